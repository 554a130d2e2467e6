/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/agent_batch.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tokens/worker/wire.h"

#define WINDOW_LEAST 2
#define WINDOW_MOST  64
#define WINDOW_US    20000
#define WINDOW_BYTES ((size_t)128 << 10)

/* What is on its way. */
struct flight {
    int fd;
    const struct token_wait *wait;
    const struct token_doing *doing;
    const struct token_batch *b;
    struct bytes out;
    struct link_ahead ahead;
    size_t sizes[WINDOW_MOST]; /* of frames, a ring */
    size_t first, n, bytes;
    bool asked_all, held; /* held: a message that is to be sent as soon as there is room */
    const struct key *key;
    struct span message;
    int64_t last, each; /* microseconds: of the last answer, and between two */
};

static const struct secret *const no_secrets[LINK_SECRETS];

void agent_batch_room(int fd)
{
    const int room = 1 << 20; /* as much as the system allows */

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

static int64_t now_us(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static size_t window(const struct flight *f)
{
    int64_t n = f->each > 0 ? WINDOW_US / f->each : 0;

    return n < WINDOW_LEAST ? WINDOW_LEAST : n > WINDOW_MOST ? WINDOW_MOST : (size_t)n;
}

static bool fits(const struct flight *f, size_t size)
{
    return f->n == 0 || (f->n < window(f) && f->bytes + size <= WINDOW_BYTES);
}

static void put_held(struct flight *f)
{
    size_t frame = link_frame(&f->out, LINK_SIGN);

    wire_put_public(&f->out, f->key);
    wire_put(&f->out, f->message);
    link_frame_end(&f->out, frame);
    f->sizes[(f->first + f->n++) % WINDOW_MOST] = f->message.n;
    f->bytes += f->message.n;
    f->held = false;
}

/* In bursts: the child is woken once for many, and has half of its work left by then. */
static enum link_end fill(struct flight *f)
{
    enum link_end end;

    if (f->n > window(f) / 2)
        return LINK_OK;
    while (f->n < window(f)) {
        if (!f->held && !f->asked_all) {
            f->held = f->b->next(f->b->self, &f->key, &f->message);
            f->asked_all = !f->held;
        }
        if (!f->held || !fits(f, f->message.n))
            break;
        put_held(f);
    }
    end = link_flush(f->fd, &f->out);
    if (end != LINK_CLOSED)
        return end;
    f->asked_all = true; /* what was answered before is still read */
    return LINK_OK;
}

/* The next answer; *kind is a link_status. */
static enum link_end receive(struct flight *f, struct bytes *body, uint8_t *kind)
{
    const struct link_source from = {f->fd, f->wait, f->doing, &f->ahead};
    struct link_head head;
    enum link_end end;

    bytes_truncate(body, 0);
    end = link_receive(&from, LINK_ANSWER_MAX, &head, body);
    if (end == LINK_OK && (head.kind >= LINK_STATUSES || head.has[0] || head.has[1]))
        end = LINK_GARBAGE;
    *kind = head.kind;
    return end;
}

static void landed(struct flight *f)
{
    int64_t now = now_us(), took = now - f->last;

    f->last = now;
    f->each = f->each == 0 ? took + 1 : (3 * f->each + took + 3) / 4;
    f->bytes -= f->sizes[f->first];
    f->first = (f->first + 1) % WINDOW_MOST;
    f->n--;
}

/* Ends the batch. After a failure the child has nothing more to say; otherwise it answers what is
 * on its way, which is dropped, and then says with an empty answer that it has finished. */
static enum link_end finish(struct flight *f, bool child_failed, struct bytes *body)
{
    enum link_end end = link_send(f->fd, LINK_BATCH, span_of("", 0), no_secrets);
    bool finished = child_failed;
    uint8_t kind;

    while (end == LINK_OK && !finished) {
        if ((end = receive(f, body, &kind)) != LINK_OK)
            return end;
        finished = kind == LINK_FAILED || body->n == 0;
        if (kind == LINK_DONE && finished != (f->n == 0))
            return LINK_GARBAGE;
        if (!finished)
            landed(f);
    }
    return end;
}

/* Takes one answer. 0, also when the link ended; -1 when the child or the taker failed. */
static int take(struct flight *f, struct bytes *body, bool *child_failed, enum link_end *end,
                struct err *e)
{
    struct wire_in in;
    struct span sig;
    uint8_t kind;

    if ((*end = receive(f, body, &kind)) != LINK_OK)
        return 0;
    in = (struct wire_in){bytes_span(body), false};
    *child_failed = kind == LINK_FAILED;
    if (*child_failed)
        wire_err(&in, e);
    else
        sig = wire_span(&in);
    if (!wire_done(&in)) {
        *end = LINK_GARBAGE;
        return 0;
    }
    if (*child_failed)
        return -1;
    landed(f);
    *end = fill(f); /* first of all, the token gets more to do */
    return f->b->take(f->b->self, sig, e);
}

enum link_end agent_batch_run(int fd, const struct token_wait *w, const struct token_doing *doing,
                              const struct token_batch *b, int *rc, struct err *e)
{
    struct flight f = {.fd = fd, .wait = w, .doing = doing, .b = b, .last = now_us()};
    bool child_failed = false;
    struct bytes body = {0};
    enum link_end end;

    *rc = 0;
    end = link_send(fd, LINK_BATCH, span_of("", 0), no_secrets);
    if (end == LINK_OK)
        end = fill(&f);
    while (end == LINK_OK && *rc == 0 && f.n > 0)
        *rc = take(&f, &body, &child_failed, &end, e);
    if (end == LINK_OK)
        end = finish(&f, child_failed, &body);
    bytes_clear(&body);
    bytes_clear(&f.out);
    return end;
}

/* The child. */
struct serving {
    int fd;
    enum link_end end;
    bool over; /* the end of the batch was read */
    struct link_ahead ahead;
    struct bytes body, out, public;
    struct key *key; /* of public: that of the last message, and mostly that of the next */
};

/* Reads the key in front of a message. */
static bool key_read(struct serving *s, struct wire_in *in)
{
    struct wire_in at = *in;
    struct span public;
    struct err ignored;

    (void)wire_u32(in);
    (void)wire_span(in);
    public = span_of(at.rest.p, at.rest.n - in->rest.n);
    if (s->key != NULL && span_eq(public, bytes_span(&s->public)))
        return true;
    key_free(s->key);
    s->key = NULL;
    bytes_truncate(&s->public, 0);
    bytes_put_span(&s->public, public);
    return !bytes_failed(&s->public) && wire_public(&at, &s->key, &ignored) == 0;
}

/* Reads a LINK_SIGN, or the end of the batch. */
static bool serve_next(void *self, const struct key **key, struct span *message)
{
    struct serving *s = self;
    const struct link_source from = {.fd = s->fd, .ahead = &s->ahead};
    struct link_head head;
    struct wire_in in;
    bool known;

    bytes_truncate(&s->body, 0);
    s->end = link_receive(&from, LINK_REQUEST_MAX, &head, &s->body);
    if (s->end != LINK_OK)
        return false;
    if (head.has[0] || head.has[1] || (head.kind != LINK_SIGN && head.kind != LINK_BATCH)) {
        s->end = LINK_GARBAGE;
        return false;
    }
    s->over = head.kind == LINK_BATCH;
    if (s->over)
        return false;
    in = (struct wire_in){bytes_span(&s->body), false};
    known = key_read(s, &in);
    *message = wire_span(&in);
    if (!wire_done(&in) || !known) {
        s->end = bytes_failed(&s->public) ? LINK_NO_MEMORY : LINK_GARBAGE;
        return false;
    }
    *key = s->key;
    return true;
}

static int serve_take(void *self, struct span sig, struct err *e)
{
    struct serving *s = self;
    size_t frame = link_frame(&s->out, LINK_DONE);

    wire_put(&s->out, sig);
    link_frame_end(&s->out, frame);
    if (bytes_failed(&s->out))
        return err_oom(e);
    s->end = link_flush(s->fd, &s->out);
    return s->end == LINK_OK ? 0 : err_set(e, ERR_INTERNAL, "the ceremony does not listen");
}

/* The last answer; after a failure, what is still sent of the batch is read and left. */
static void serve_end(struct serving *s, int rc, const struct err *e)
{
    size_t frame = link_frame(&s->out, rc == 0 ? LINK_DONE : LINK_FAILED);
    const struct key *key;
    struct span message;

    if (rc != 0)
        wire_put_err(&s->out, e);
    link_frame_end(&s->out, frame);
    s->ahead.ended = rc != 0; /* behind the end of a failed batch, the next request may come */
    if (s->end == LINK_OK)
        s->end = link_flush(s->fd, &s->out);
    while (s->end == LINK_OK && !s->over && serve_next(s, &key, &message))
        continue;
}

enum link_end agent_batch_serve(int fd, struct tokens *t)
{
    struct serving s = {.fd = fd};
    const struct token_batch b = {&s, serve_next, serve_take};
    struct err e;
    int rc;

    err_clear(&e);
    rc = t->driver->sign_all(t->self, &b, &e);
    serve_end(&s, rc, &e);
    bytes_clear(&s.body);
    bytes_clear(&s.out);
    bytes_clear(&s.public);
    key_free(s.key);
    return s.end;
}
