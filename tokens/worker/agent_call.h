/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_call.h - one call to an agent: its process started when there is none, a request sent, the
 * answer received, and a process that breaks off or answers nonsense ended.
 */
#ifndef TOKENS_AGENT_CALL_H
#define TOKENS_AGENT_CALL_H

#include <sys/types.h>

#include "tokens/worker/agent_link.h"
#include "tokens/worker/wire.h"

struct agent {
    struct agent_job job; /* its channel is ours */
    struct token_wait wait;
    pid_t pid; /* 0: none runs */
    int fd;
    bool has_pin; /* the child was sent one */
};

/* A request on its way. */
struct request {
    enum link_op op;
    struct token_doing doing;
    struct bytes body;
    const struct secret *secrets[LINK_SECRETS];
    struct bytes answer;
    struct wire_in in; /* over the answer */
};

void request_init(struct request *r, enum link_op op, const char *doing);

/* Starts the process. Errors: as agent_start. */
int agent_begin(struct agent *a, struct err *e);
/* Ends the child by its pid; *status is how it ended (an end that came before is not changed). */
void agent_kill(struct agent *a, int *status);
/* The same because the link ended so; returns -1 with the error. */
int agent_broken(struct agent *a, const struct request *r, enum link_end end, struct err *e);
/* Sends and waits. 0: done or failed by the driver (*kind says which); `in` is to be read. */
int agent_exchange(struct agent *a, struct request *r, uint8_t *kind, struct err *e);
/* The same; what failed there is an error here. */
int agent_call(struct agent *a, struct request *r, struct err *e);
/* Reads the error of a failed request. Returns -1. */
int agent_failed(struct agent *a, struct request *r, struct err *e);
/* After the answer was read: `rc`, or a process that answers nonsense is ended. Clears `r`. */
int agent_finish(struct agent *a, struct request *r, int rc, struct err *e);

#endif
