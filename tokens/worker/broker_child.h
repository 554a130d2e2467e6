/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_child.h - what the broker's process does, from its first to its last line.
 */
#ifndef TOKENS_BROKER_CHILD_H
#define TOKENS_BROKER_CHILD_H

#include <sys/types.h>

/* Takes rules from `parent` on `fd`, and serves their channels, until that end is closed. */
_Noreturn void broker_child_run(int fd, pid_t parent);

#endif
