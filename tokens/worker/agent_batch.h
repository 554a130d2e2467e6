/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_batch.h - a batch of signatures over the agent's socket, several on their way at a time, so
 * that the token has the next message while the ceremony verifies and journals the last signature.
 *
 * The ceremony sends LINK_BATCH, then a LINK_SIGN (key, message) for each signature, and LINK_BATCH
 * again; each signature is answered in order. The child ends with an empty answer, or with a
 * failure, after which it signs nothing more and reads on to the end of the batch.
 *
 * Invariants:
 *  - on their way are as many as give the token about 20 ms of work, at least 2 and at most 64, and
 *    at most 128 KiB of messages (a larger message goes alone), so that both sockets' buffers hold
 *    all of it, nobody waits for the other to read, and a pause is soon there;
 *  - a signature is taken in the order of the questions or not at all; what came before a failure, a
 *    crash, or nonsense is taken, nothing behind it is.
 */
#ifndef TOKENS_AGENT_BATCH_H
#define TOKENS_AGENT_BATCH_H

#include "tokens/worker/agent_link.h"

/* Room in a socket's buffers for what is on its way. */
void agent_batch_room(int fd);

/* The ceremony's side. LINK_OK: `*rc` is 0, or -1 with `e`, and the child waits for the next
 * request. Otherwise the child must be ended; `*rc` is -1 when `e` tells an error that came before
 * that. */
enum link_end agent_batch_run(int fd, const struct token_wait *w, const struct token_doing *doing,
                              const struct token_batch *b, int *rc, struct err *e);

/* The child's side, after the first LINK_BATCH was read. */
enum link_end agent_batch_serve(int fd, struct tokens *t);

#endif
