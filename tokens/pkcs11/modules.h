/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modules.h - the PKCS#11 modules of a machine as one driver, each in an agent of its own.
 *
 * Invariants:
 *  - a file is loaded once, whatever its names (realpath);
 *  - a module that can't be loaded, crashes, hangs or lies is a problem line of the list; the others
 *    continue, and see neither its memory nor a PIN that is meant for it.
 */
#ifndef TOKENS_MODULES_H
#define TOKENS_MODULES_H

#include "tokens/worker/agent.h"
#include "tokens/worker/broker.h"

/* The paths are copied. `loopback`: the module, by its path or its file's name, that may connect to
 * this machine itself through `broker`; NULL: none. One that is not among the paths is a problem
 * line. Errors: ERR_INTERNAL, ERR_IO. */
int modules_open(const char *const *paths, size_t n, struct broker *broker, const char *loopback,
                 struct tokens **out, struct err *e);
/* As agent_set_wait, for all of them. */
void modules_set_wait(struct tokens *t, const struct token_wait *wait);

#endif
