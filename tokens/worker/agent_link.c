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

static void put_size(uint8_t head[HEAD_SIZE], size_t size)
{
    for (size_t i = 0; i < 4; i++)
        head[i] = (uint8_t)(size >> (24 - 8 * i));
}

size_t link_frame(struct bytes *out, uint8_t kind)
{
    const uint8_t head[HEAD_SIZE] = {[4] = kind};

    bytes_put(out, head, sizeof head);
    return out->n - (bytes_failed(out) ? 0 : sizeof head);
}

void link_frame_end(struct bytes *out, size_t frame)
{
    if (!bytes_failed(out))
        put_size(out->p + frame, out->n - frame - HEAD_SIZE);
}

enum link_end link_flush(int fd, struct bytes *out)
{
    enum link_end end = bytes_failed(out) ? LINK_NO_MEMORY : write_all(fd, out->p, out->n);

    bytes_truncate(out, 0);
    return end;
}

enum link_end link_send(int fd, uint8_t kind, struct span body,
                        const struct secret *const secrets[LINK_SECRETS])
{
    uint8_t head[SMALL] = {[4] = kind};
    size_t n = body.n <= SMALL - HEAD_SIZE ? body.n : 0; /* what is small goes in one piece */
    enum link_end end;

    if (body.n > LINK_REQUEST_MAX)
        return LINK_GARBAGE;
    put_size(head, body.n);
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

static enum link_end wait_readable(const struct link_source *from)
{
    struct pollfd in = {.fd = from->fd, .events = POLLIN};

    if (from->wait != NULL && from->wait->wait != NULL)
        return from->wait->wait(from->wait->self, from->fd, from->doing) == 0 ? LINK_OK : LINK_LEFT;
    while (poll(&in, 1, -1) < 0)
        if (errno != EINTR)
            return LINK_CLOSED;
    return LINK_OK;
}

/* At least one byte, at most `n`. */
static enum link_end read_some(const struct link_source *from, uint8_t *p, size_t n, size_t *got)
{
    for (;;) {
        ssize_t came = recv(from->fd, p, n, MSG_DONTWAIT);
        enum link_end end;

        if (came > 0) {
            *got = (size_t)came;
            return LINK_OK;
        }
        if (came == 0 || (errno != EAGAIN && errno != EINTR))
            return LINK_CLOSED;
        if ((end = wait_readable(from)) != LINK_OK)
            return end;
    }
}

static enum link_end read_ahead(const struct link_source *from, uint8_t *p, size_t n, size_t *got)
{
    struct link_ahead *a = from->ahead;
    enum link_end end;

    if (a->at == a->n && a->ended)
        return read_some(from, p, n, got);
    if (a->at == a->n) {
        a->at = a->n = 0;
        if ((end = read_some(from, a->buffer, sizeof a->buffer, &a->n)) != LINK_OK)
            return end;
    }
    *got = a->n - a->at < n ? a->n - a->at : n;
    memcpy(p, a->buffer + a->at, *got);
    a->at += *got;
    return LINK_OK;
}

static enum link_end read_all(const struct link_source *from, uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t got;
        enum link_end end =
            from->ahead != NULL ? read_ahead(from, p, n, &got) : read_some(from, p, n, &got);

        if (end != LINK_OK)
            return end;
        p += got;
        n -= got;
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

enum link_end link_receive(const struct link_source *from, uint32_t max, struct link_head *head,
                           struct bytes *body)
{
    uint8_t raw[HEAD_SIZE], step[STEP];
    enum link_end end = read_all(from, raw, sizeof raw);

    if (end != LINK_OK)
        return end;
    if (!read_head(raw, head) || head->size > max)
        return LINK_GARBAGE;
    for (size_t left = head->size, n; left > 0; left -= n) {
        n = left < STEP ? left : STEP;
        if ((end = read_all(from, step, n)) != LINK_OK)
            return end;
        bytes_put(body, step, n);
        if (bytes_failed(body))
            return LINK_NO_MEMORY;
    }
    return LINK_OK;
}
