/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_child.h - the agent's own process: confined first, then a driver, then one request after the
 * other until the socket closes.
 */
#ifndef TOKENS_AGENT_CHILD_H
#define TOKENS_AGENT_CHILD_H

#include <sys/types.h>

#include "tokens/worker/agent.h"

/* Runs in the forked child and never returns. `parent` is the pid that must be alive. */
#define AGENT_CHILD_NO_MEMORY 71 /* its exit status */

_Noreturn void agent_child_run(int fd, const struct agent_job *job, pid_t parent);

#endif
