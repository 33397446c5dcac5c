/* Sends UDP packets of 64 octets as fast as it can, for some milliseconds: from or to an address
 * in a prefix that is drawn anew for each packet. Prints how many.
 *
 * flood to|from BASE PREFIXES LENGTH FIXED MILLISECONDS
 *
 * BASE is the first of PREFIXES prefixes of LENGTH bits; FIXED is the other end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SIZE = 64, BATCH = 64, SOURCE = 8, DESTINATION = 24 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static uint32_t draw(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Address ::1 of the prefix of this number, the prefixes being at most 64 bits long. */
static void set_address(uint8_t *address, uint64_t base, uint32_t number, int length)
{
    uint64_t upper = base + ((uint64_t)number << (64 - length));
    for (int i = 0; i < 8; i++)
        address[i] = upper >> (56 - 8 * i);
    memset(address + 8, 0, 8);
    address[15] = 1;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    int is_to = strcmp(argv[1], "to") == 0, length = atoi(argv[4]);
    uint32_t prefixes = atoi(argv[3]);
    uint8_t base_octets[16], fixed[16], packets[BATCH][SIZE] = {{0}};
    inet_pton(AF_INET6, argv[2], base_octets);
    inet_pton(AF_INET6, argv[5], fixed);
    uint64_t base = 0;
    for (int i = 0; i < 8; i++)
        base = base << 8 | base_octets[i];

    struct sockaddr_in6 to[BATCH];
    struct iovec data[BATCH];
    struct mmsghdr messages[BATCH];
    memset(to, 0, sizeof to);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        uint8_t *packet = packets[i];
        packet[0] = 0x60;
        packet[5] = SIZE - 40;
        packet[6] = 17;
        packet[7] = 64;
        memcpy(packet + (is_to ? SOURCE : DESTINATION), fixed, 16);
        packet[43] = 9;
        packet[45] = SIZE - 40;
        packet[47] = 1;
        to[i].sin6_family = AF_INET6;
        data[i] = (struct iovec){packet, SIZE};
        messages[i].msg_hdr.msg_name = &to[i];
        messages[i].msg_hdr.msg_namelen = sizeof to[i];
        messages[i].msg_hdr.msg_iov = &data[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int raw = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);
    double end = now_ms() + atoi(argv[6]);
    uint64_t sent = 0;
    while (now_ms() < end) {
        for (int i = 0; i < BATCH; i++) {
            uint8_t *packet = packets[i];
            uint8_t *moving = packet + (is_to ? DESTINATION : SOURCE);
            set_address(moving, base, draw() % prefixes, length);
            memcpy(&to[i].sin6_addr, packet + DESTINATION, 16);
        }
        int made = sendmmsg(raw, messages, BATCH, 0);
        if (made > 0)
            sent += made;
    }
    printf("%llu\n", (unsigned long long)sent);
    if (sent == 0)
        perror("flood");
    return sent == 0;
}
