/*
 * Answers each proxy binding update with one and the same acknowledgement: the ceiling.
 *
 *     echo ADDRESS
 *
 * Nothing is looked at but the sequence number, which goes back. Says "ready" once it listens, and
 * ends with its standard input.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOBILITY_HEADER = 135, MAX_PACKET = 2048, BATCH = 64 };
enum { PBU_SEQUENCE = 6, PBA_SEQUENCE = 8 };

/* Status 0, flags K and P, lifetime 600 s, and the room that a binding's options take. */
static uint8_t answer[112] = { 59, 13, 6, 0, 0, 0, 0, 0x20, 0, 0, 0, 150, 1, 98 };

static int answer_one(int wire)
{
    uint8_t packet[MAX_PACKET];
    struct sockaddr_in6 source;
    socklen_t length = sizeof source;
    ssize_t size = recvfrom(wire, packet, sizeof packet, MSG_DONTWAIT, (void *)&source, &length);
    if (size < PBU_SEQUENCE + 2)
        return 0;
    answer[PBA_SEQUENCE] = packet[PBU_SEQUENCE];
    answer[PBA_SEQUENCE + 1] = packet[PBU_SEQUENCE + 1];
    source.sin6_port = 0;
    sendto(wire, answer, sizeof answer, 0, (void *)&source, length);
    return 1;
}

int main(int count, char **arguments)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
    int room = 8 << 20;
    int wire = socket(AF_INET6, SOCK_RAW, MOBILITY_HEADER);
    if (count != 2 || inet_pton(AF_INET6, arguments[1], &address.sin6_addr) != 1
        || bind(wire, (void *)&address, sizeof address)) {
        perror("echo");
        return 1;
    }
    setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    puts("ready");
    fflush(stdout);
    struct pollfd both[] = { { wire, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
    while (poll(both, 2, -1) > 0 && !both[1].revents)
        for (int left = BATCH; left > 0 && answer_one(wire); left--)
            ;
    return 0;
}
