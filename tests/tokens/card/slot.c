/* SPDX-License-Identifier: Apache-2.0 */
#include "slot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* vpcd's messages: two bytes of length, then a command, or one of these. */
enum { VPCD_OFF = 0, VPCD_ON = 1, VPCD_RESET = 2, VPCD_ATR = 4 };

struct slot {
    const struct device *device;
    void *self;
    uint16_t port;
    int socket; /* -1: the device is out */
    char image[1024], serial[32];
    bool quit;
    unsigned fault_ins, fault_sw, faults;
    unsigned delay_ins, delay_ms, leave_ins, leave_at, corrupt;
    struct bytes typed; /* orders, up to the last whole line */
};

static void take_out(struct slot *s)
{
    if (s->socket < 0)
        return;
    close(s->socket);
    s->socket = -1;
    s->device->close(s->self);
}

static bool put_in(struct slot *s)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(s->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int yes = 1;

    take_out(s);
    if (s->device->open(s->self, s->image, s->serial) != 0)
        return false;
    if ((s->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return false;
    for (int i = 0; connect(s->socket, (void *)&to, sizeof to) != 0; i++) {
        if (i == 6000) { /* five minutes */
            take_out(s);
            return false;
        }
        usleep(50 * 1000);
    }
    setsockopt(s->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return true;
}

static bool order(struct slot *s, const char *line)
{
    unsigned a, b, n;

    if (sscanf(line, "in %1023s %31s", s->image, s->serial) == 2)
        return put_in(s);
    if (strcmp(line, "out") == 0)
        take_out(s);
    else if (strcmp(line, "clear") == 0) {
        s->faults = s->delay_ms = s->leave_at = s->corrupt = 0;
        return s->device->order(s->self, line);
    } else if (sscanf(line, "leave %x %u", &a, &n) == 2) {
        s->leave_ins = a;
        s->leave_at = n;
    } else if (sscanf(line, "fault %x %x %u", &a, &b, &n) == 3) {
        s->fault_ins = a;
        s->fault_sw = b;
        s->faults = n;
    } else if (sscanf(line, "delay %x %u", &a, &n) == 2) {
        s->delay_ins = a;
        s->delay_ms = n;
    } else if (sscanf(line, "corrupt %u", &n) == 1)
        s->corrupt = n;
    else if (strcmp(line, "quit") == 0)
        s->quit = true;
    else
        return s->device->order(s->self, line);
    return true;
}

static void read_orders(struct slot *s)
{
    char part[512], *end;
    ssize_t n = read(STDIN_FILENO, part, sizeof part);

    if (n <= 0)
        s->quit = true;
    else
        bytes_put(&s->typed, part, (size_t)n);
    while ((end = memchr(s->typed.p, '\n', s->typed.n)) != NULL) {
        size_t length = (size_t)(end - (char *)s->typed.p);
        bool done;

        *end = '\0';
        done = order(s, (char *)s->typed.p);
        printf("%s %s\n", done ? "done" : "refused", (char *)s->typed.p);
        fflush(stdout);
        memmove(s->typed.p, s->typed.p + length + 1, s->typed.n - length - 1);
        bytes_truncate(&s->typed, s->typed.n - length - 1);
    }
}

/* vpcd sends a length and its message apart, and waits for the first to be acknowledged. */
static bool read_all(int fd, uint8_t *p, size_t n)
{
    const int yes = 1;

    while (n > 0) {
        ssize_t got;

        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
        got = recv(fd, p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool answer(struct slot *s, struct span body)
{
    struct bytes m;
    ssize_t sent;

    m = (struct bytes){0};
    bytes_put_u8(&m, (uint8_t)(body.n >> 8));
    bytes_put_u8(&m, (uint8_t)body.n);
    bytes_put_span(&m, body);
    sent = send(s->socket, m.p, m.n, MSG_NOSIGNAL);
    bytes_clear(&m);
    return sent == (ssize_t)body.n + 2;
}

/* True when the device is still there after the time that the command takes. */
static bool work(struct slot *s, struct span command)
{
    struct pollfd orders = {.fd = STDIN_FILENO, .events = POLLIN};
    uint8_t ins = command.n > 1 ? command.p[1] : 0;
    unsigned ms = ins == s->delay_ins ? s->delay_ms : 0;

    if (s->device->waits != NULL)
        ms += s->device->waits(s->self, command);
    if (ms > 0 && poll(&orders, 1, (int)ms) > 0)
        read_orders(s);
    if (s->leave_at > 0 && ins == s->leave_ins && --s->leave_at == 0)
        take_out(s);
    return s->socket >= 0 && !s->quit;
}

static unsigned run(struct slot *s, struct span command, struct bytes *out)
{
    uint8_t ins = command.n > 1 ? command.p[1] : 0;
    unsigned sw;

    if (s->faults > 0 && ins == s->fault_ins) {
        s->faults--;
        return s->fault_sw;
    }
    sw = s->device->command(s->self, command, out);
    if (s->corrupt > 0 && ins == s->device->sign && sw == SW_OK && out->n > 0) {
        s->corrupt--;
        out->p[out->n - 1] ^= 1;
    }
    return sw;
}

static bool serve(struct slot *s)
{
    uint8_t head[2], message[65536];
    struct bytes out;
    size_t n;
    unsigned sw;
    bool done;

    if (!read_all(s->socket, head, 2) || (n = (size_t)head[0] << 8 | head[1]) == 0 ||
        !read_all(s->socket, message, n))
        return false;
    if (n == 1 && message[0] == VPCD_ATR)
        return answer(s, s->device->atr);
    if (n == 1) { /* power off, on, reset */
        s->device->reset(s->self);
        return true;
    }
    if (!work(s, span_of(message, n)))
        return false;
    out = (struct bytes){0};
    sw = run(s, span_of(message, n), &out);
    bytes_put_u8(&out, (uint8_t)(sw >> 8));
    bytes_put_u8(&out, (uint8_t)sw);
    done = answer(s, bytes_span(&out));
    bytes_clear(&out);
    return done;
}

int slot_main(int argc, char **argv, const struct device *d, void *self)
{
    struct slot s = {.device = d, .self = self, .socket = -1};

    if (argc != 2 || (s.port = (uint16_t)strtoul(argv[1], NULL, 10)) == 0) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    s.typed = (struct bytes){0};
    while (!s.quit) {
        struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = s.socket, .events = POLLIN}};

        if (poll(p, s.socket >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
            break;
        if (p[0].revents != 0)
            read_orders(&s);
        else if (s.socket >= 0 && p[1].revents != 0 && !serve(&s))
            take_out(&s);
    }
    take_out(&s);
    bytes_clear(&s.typed);
    return 0;
}
