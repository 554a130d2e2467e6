/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent.h - runs a token driver in a process of its own, reached over a socket pair.
 *
 * A vendor's PKCS#11 module is foreign code. In the agent it may crash, hang, leak or write to
 * stderr: the ceremony sees a closed socket or silence, says so, and starts a new agent. The
 * ceremony's own process loads no module, has no threads, and holds a PIN only until it is sent.
 *
 * Invariants:
 *  - the child closes every descriptor but its end of the socket pair and points 0, 1 and 2 away
 *    from the terminal; when its parent dies it finishes the call it is in, and is gone within three
 *    seconds (keeper.h);
 *  - before it runs a byte of a module, the child gives up what sandbox.h lists: network sockets,
 *    files but those of its module (needs.h), other processes, terminals, capabilities; what a module
 *    may reach comes connected from its keeper (keeper.h) or the broker (broker.h);
 *  - a PIN crosses the socket from locked page to locked page and is wiped in the child as soon as
 *    the module has answered, or when the login ends if a key wants it before each signature; at
 *    logout, and after a PIN was refused, set or changed, the child ends too, for modules leave
 *    copies of PINs in their memory;
 *  - every message has a bounded size and is checked on both sides: neither trusts the other;
 *  - a dead or abandoned agent is killed by its pid and replaced at the next call.
 */
#ifndef TOKENS_AGENT_H
#define TOKENS_AGENT_H

#include "tokens/token.h"

/* What is waited for, in words. */
struct token_doing {
    const char *now;   /* "waiting for token 'B-2' to sign" */
    const char *later; /* when it takes longer than a moment: "touch the token"; NULL: as before */
};

/* How a caller waits. wait() is called while an answer is outstanding. It returns 0 once `fd` is
 * readable, or -1 when the person gave up, which kills the agent and ends the call with ERR_LEFT.
 * NULL: wait for ever. */
struct token_wait {
    void *self;
    int (*wait)(void *self, int fd, const struct token_doing *doing);
};

/* Makes the driver inside the child; called there once, behind the filters of sandbox.h. */
typedef int (*agent_make)(void *arg, struct tokens **out, struct err *e);

struct agent_job {
    agent_make make;
    void *arg;          /* for make; outlives the agent, which makes a new child after a crash */
    const char *module; /* what it needs is opened to it (needs.h); NULL: what every module needs */
    const char
        *folder; /* where it also may write, made when absent, and for which it stays the same
                         * user (user.h); NULL: nowhere */
    int channel; /* a module that may reach something asks there (broker.h); -1: none */
};

/* Starts an agent without module, folder and channel. `wait` is copied. Errors: those of `make`,
 * ERR_TOKEN, ERR_INTERNAL, ERR_IO. */
int agent_start(agent_make make, void *arg, const struct token_wait *wait, struct tokens **out,
                struct err *e);
/* The same with them: the texts outlive the agent, the channel is moved in, also on failure. */
int agent_start_job(const struct agent_job *job, const struct token_wait *wait, struct tokens **out,
                    struct err *e);
/* Replaces how calls wait (a walk's screen instead of blocking). */
void agent_set_wait(struct tokens *agent, const struct token_wait *wait);

#endif
