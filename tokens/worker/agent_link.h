/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_link.h - frames on the socket pair between an agent and the ceremony.
 *
 * A frame is a head of eight bytes (size of the body, big-endian; operation or status; which of two
 * secrets follow; their sizes), the body, and the secrets. Bodies are bounded: LINK_REQUEST_MAX
 * towards the agent (a message to be signed may be large), LINK_ANSWER_MAX back.
 */
#ifndef TOKENS_AGENT_LINK_H
#define TOKENS_AGENT_LINK_H

#include "tokens/worker/agent.h"

#define LINK_REQUEST_MAX (UINT32_C(1) << 30) /* bytes */
#define LINK_ANSWER_MAX  (UINT32_C(1) << 22)
#define LINK_SECRETS     2

enum link_op {
    LINK_HELLO,
    LINK_LIST,
    LINK_LOGIN,
    LINK_LOGOUT,
    LINK_KEYS,
    LINK_GENERATE,
    LINK_SIGN,  /* inside a batch only: agent_batch.h */
    LINK_BATCH, /* begins one, ends one */
    LINK_DESTROY,
    LINK_INITIALISE,
    LINK_PUBLIC_KEYS,
    LINK_CHANGE_PIN,
    LINK_UNBLOCK,
    LINK_CERTIFICATES,
    LINK_LOGIN_SO,
    LINK_OPS
};

enum link_status { LINK_DONE, LINK_FAILED, LINK_STATUSES };

enum link_end {
    LINK_OK,
    LINK_CLOSED,  /* the other side is gone */
    LINK_GARBAGE, /* more than is allowed, or not a frame */
    LINK_STALLED, /* the other side takes nothing any more */
    LINK_LEFT,    /* the person gave up */
    LINK_NO_MEMORY
};

struct link_head {
    uint32_t size;
    uint8_t kind; /* link_op or link_status */
    bool has[LINK_SECRETS];
    uint8_t secret[LINK_SECRETS]; /* bytes */
};

/* What came on a socket and was not yet asked for. Never of what could carry secrets. */
struct link_ahead {
    size_t at, n;
    bool ended; /* no more is read than is asked for */
    uint8_t buffer[1 << 16];
};

/* Begins a frame without secrets behind `out`; its body is appended, then the frame is ended. The
 * caller sends several at once. */
size_t link_frame(struct bytes *out, uint8_t kind);
void link_frame_end(struct bytes *out, size_t frame);
/* Sends the frames in `out` and empties it. */
enum link_end link_flush(int fd, struct bytes *out);
/* Sends a frame; a secret may be NULL. */
enum link_end link_send(int fd, uint8_t kind, struct span body,
                        const struct secret *const secrets[LINK_SECRETS]);
/* From where a frame is read. */
struct link_source {
    int fd;
    const struct token_wait *wait;   /* NULL: waits for ever */
    const struct token_doing *doing; /* for `wait` */
    struct link_ahead *ahead;        /* NULL: takes nothing behind the frame */
};

/* Reads head and body, which is appended to. The secrets are still to be read. */
enum link_end link_receive(const struct link_source *from, uint32_t max, struct link_head *head,
                           struct bytes *body);

#endif
