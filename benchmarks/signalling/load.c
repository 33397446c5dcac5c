/*
 * Sends prepared proxy binding updates and measures how soon each is acknowledged.
 *
 *     load SOURCE DESTINATION FILE WINDOW RATE
 *
 * FILE is mapped: three 32-bit numbers of this machine (size of a packet, count, offset of the
 * Timestamp option's data or 0), then the packets. At most WINDOW of them wait for an answer; RATE
 * is how many a second are due, 0 for as many as the window lets through. Each gets its sequence
 * number and the time of its departure; its latency counts from the moment at which it was due.
 * One line of JSON tells the outcome.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOBILITY_HEADER = 135, SEQUENCES = 1 << 16, MAX_PACKET = 2048 };
enum { PBU_SEQUENCE = 6, PBA_STATUS = 6, PBA_SEQUENCE = 8, PBA_SIZE = 12 };
static const uint64_t SECOND = 1000000000, PATIENCE = 2 * SECOND;

struct updates { uint32_t size, count, timestamp_at; };

static const struct updates *updates;
static int wire;
static uint64_t due_at[SEQUENCES];
static uint8_t is_pending[SEQUENCES];
static uint32_t *latencies_us;
static uint32_t sent, answered, refused, lost, pending;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec * SECOND + at.tv_nsec;
}

static struct sockaddr_in6 address_of(const char *text)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET6, text, &address.sin6_addr) != 1)
        die(text);
    return address;
}

static void open_wire(const char *source, const char *destination)
{
    struct sockaddr_in6 near = address_of(source), far = address_of(destination);
    int room = 8 << 20;
    wire = socket(AF_INET6, SOCK_RAW, MOBILITY_HEADER);
    if (wire < 0 || bind(wire, (struct sockaddr *)&near, sizeof near)
        || connect(wire, (struct sockaddr *)&far, sizeof far))
        die("socket");
    setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
}

static void map_updates(const char *path)
{
    struct stat file;
    int descriptor = open(path, O_RDONLY);
    if (descriptor < 0 || fstat(descriptor, &file))
        die(path);
    updates = mmap(NULL, file.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (updates == MAP_FAILED || updates->size > MAX_PACKET)
        die("updates");
    latencies_us = calloc(updates->count, sizeof *latencies_us);
}

/* RFC 5213 8.8: 48 bits of seconds, 16 bits of 1/65536 s. */
static void put_timestamp(uint8_t *field)
{
    uint64_t at = now(CLOCK_REALTIME);
    uint64_t stamp = (at / SECOND) << 16 | (at % SECOND << 16) / SECOND;
    for (int octet = 7; octet >= 0; octet--, stamp >>= 8)
        field[octet] = stamp;
}

static void send_next(uint64_t due)
{
    uint8_t packet[MAX_PACKET];
    uint16_t sequence = sent;
    memcpy(packet, (const uint8_t *)(updates + 1) + (size_t)sent * updates->size, updates->size);
    packet[PBU_SEQUENCE] = sequence >> 8;
    packet[PBU_SEQUENCE + 1] = sequence;
    if (updates->timestamp_at)
        put_timestamp(packet + updates->timestamp_at);
    if (send(wire, packet, updates->size, 0) < 0)
        die("send");
    due_at[sequence] = due;
    is_pending[sequence] = 1;
    sent++;
    pending++;
}

static void take_answers(void)
{
    uint8_t packet[MAX_PACKET];
    while (recv(wire, packet, sizeof packet, MSG_DONTWAIT) >= PBA_SIZE) {
        uint16_t sequence = packet[PBA_SEQUENCE] << 8 | packet[PBA_SEQUENCE + 1];
        if (!is_pending[sequence])
            continue;
        is_pending[sequence] = 0;
        pending--;
        refused += packet[PBA_STATUS] >= 128;
        latencies_us[answered++] = (now(CLOCK_MONOTONIC) - due_at[sequence]) / 1000;
    }
}

static void give_up_pending(void)
{
    lost += pending;
    pending = 0;
    memset(is_pending, 0, sizeof is_pending);
}

static void wait_for_answers(uint64_t pause)
{
    struct pollfd answer = { .fd = wire, .events = POLLIN };
    struct timespec limit = { .tv_sec = pause / SECOND, .tv_nsec = pause % SECOND };
    if (ppoll(&answer, 1, &limit, NULL) == 0 && pause == PATIENCE)
        give_up_pending();
}

static void run(uint32_t window, uint64_t rate)
{
    uint64_t begin = now(CLOCK_MONOTONIC);
    while (sent < updates->count || pending) {
        uint64_t pause = PATIENCE;
        while (sent < updates->count && pending < window) {
            uint64_t at = now(CLOCK_MONOTONIC);
            uint64_t due = rate ? begin + sent * SECOND / rate : at;
            if (due > at) {
                pause = due - at;
                break;
            }
            send_next(due);
        }
        wait_for_answers(pause);
        take_answers();
    }
}

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double quantile_ms(double share)
{
    return answered ? latencies_us[(uint32_t)(share * (answered - 1))] / 1000.0 : 0;
}

int main(int count, char **arguments)
{
    if (count != 6)
        return 2;
    open_wire(arguments[1], arguments[2]);
    map_updates(arguments[3]);
    uint64_t begin = now(CLOCK_MONOTONIC);
    run(atoi(arguments[4]), strtoull(arguments[5], NULL, 10));
    double seconds = (now(CLOCK_MONOTONIC) - begin) / (double)SECOND;
    qsort(latencies_us, answered, sizeof *latencies_us, by_size);
    printf("{\"answered\": %u, \"refused\": %u, \"lost\": %u, \"seconds\": %f, "
           "\"p50_ms\": %f, \"p99_ms\": %f}\n",
           answered, refused, lost, seconds, quantile_ms(0.5), quantile_ms(0.99));
    return 0;
}
