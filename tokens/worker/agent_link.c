/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/agent_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD_SIZE  8
#define SMALL      4096
#define STEP       65536 /* bytes; memory grows with what has come, not with what was announced */
#define STALLED_MS 10000

static enum link_end write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        struct pollfd out = {.fd = fd, .events = POLLOUT};

        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            return LINK_CLOSED;
        if (poll(&out, 1, STALLED_MS) == 0)
            return LINK_STALLED;
    }
    return LINK_OK;
}

enum link_end link_send(int fd, uint8_t kind, struct span body,
                        const struct secret *const secrets[LINK_SECRETS])
{
    uint8_t head[SMALL] = {[4] = kind};
    size_t n = body.n <= SMALL - HEAD_SIZE ? body.n : 0; /* what is small goes in one piece */
    enum link_end end;

    if (body.n > LINK_REQUEST_MAX)
        return LINK_GARBAGE;
    for (size_t i = 0; i < 4; i++)
        head[i] = (uint8_t)(body.n >> (24 - 8 * i));
    for (size_t i = 0; i < LINK_SECRETS; i++)
        if (secrets[i] != NULL) {
            head[5] = (uint8_t)(head[5] | 1U << i);
            head[6 + i] = (uint8_t)secret_size(secrets[i]);
        }
    if (n > 0)
        memcpy(head + HEAD_SIZE, body.p, n);
    if ((end = write_all(fd, head, HEAD_SIZE + n)) != LINK_OK ||
        (n == 0 && (end = write_all(fd, body.p, body.n)) != LINK_OK))
        return end;
    for (size_t i = 0; i < LINK_SECRETS; i++)
        if (secrets[i] != NULL &&
            (end = write_all(fd, secret_data(secrets[i]), secret_size(secrets[i]))) != LINK_OK)
            return end;
    return LINK_OK;
}

static enum link_end wait_readable(int fd, const struct token_wait *w,
                                   const struct token_doing *doing)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};

    if (w != NULL && w->wait != NULL)
        return w->wait(w->self, fd, doing) == 0 ? LINK_OK : LINK_LEFT;
    while (poll(&in, 1, -1) < 0)
        if (errno != EINTR)
            return LINK_CLOSED;
    return LINK_OK;
}

static enum link_end read_all(int fd, const struct token_wait *w, const struct token_doing *doing,
                              uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = recv(fd, p, n, MSG_DONTWAIT);
        enum link_end end;

        if (got > 0) {
            p += got;
            n -= (size_t)got;
            continue;
        }
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            return LINK_CLOSED;
        if ((end = wait_readable(fd, w, doing)) != LINK_OK)
            return end;
    }
    return LINK_OK;
}

static bool read_head(const uint8_t in[HEAD_SIZE], struct link_head *h)
{
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < 4; i++)
        h->size = h->size << 8 | in[i];
    h->kind = in[4];
    for (size_t i = 0; i < LINK_SECRETS; i++) {
        h->has[i] = (in[5] >> i & 1U) != 0;
        h->secret[i] = in[6 + i];
        if (!h->has[i] && h->secret[i] != 0)
            return false;
    }
    return in[5] < 1U << LINK_SECRETS;
}

enum link_end link_receive(int fd, const struct token_wait *w, const struct token_doing *doing,
                           uint32_t max, struct link_head *head, struct bytes *body)
{
    uint8_t raw[HEAD_SIZE], step[STEP];
    enum link_end end = read_all(fd, w, doing, raw, sizeof raw);

    if (end != LINK_OK)
        return end;
    if (!read_head(raw, head) || head->size > max)
        return LINK_GARBAGE;
    while (body->n < head->size) {
        size_t n = head->size - body->n < STEP ? head->size - body->n : STEP;

        if ((end = read_all(fd, w, doing, step, n)) != LINK_OK)
            return end;
        bytes_put(body, step, n);
        if (bytes_failed(body))
            return LINK_GARBAGE;
    }
    return LINK_OK;
}
