/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.h - the process beside a module's that the module can't reach: it connects to the sockets
 * of the module's daemons for it (needs.h), for a filter can't look at a path; and when the
 * ceremony's process is gone, it ends the module's.
 *
 * Invariants: it is a child of the module's process, dies with it, and never sees a PIN or a
 * request.
 */
#ifndef TOKENS_KEEPER_H
#define TOKENS_KEEPER_H

#include <sys/types.h>

#include "metadata/base/err.h"
#include "tokens/worker/needs.h"

/* Forks it from the process of a module, whose `parent` is the ceremony's; to be called before that
 * process is confined. *channel: where connections are asked for. Errors: ERR_IO. */
int keeper_start(const struct needs *needs, pid_t parent, int *channel, struct err *e);

#endif
