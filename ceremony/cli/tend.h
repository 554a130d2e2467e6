/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tend.h - what the commands token-init, token-pin and token-unblock share: which token, which
 * PINs, the act, and its record.
 */
#ifndef CEREMONY_CLI_TEND_H
#define CEREMONY_CLI_TEND_H

#include "ceremony/acts/care.h"
#include "ceremony/cli/desk.h"

#define TEND_ARGS    "[DIR]"
#define TEND_DETAILS "With DIR, the act is recorded in that ceremony's journal; a PIN never is.\n"
#define TEND_SO_SOURCE                                                                             \
    {                                                                                              \
        "so-pin-source", "FILE|fd:N", "where the SO PIN is read from; default: the terminal"       \
    }
#define TEND_NEW_SOURCE                                                                            \
    {                                                                                              \
        "new-pin-source", "FILE|fd:N", "where the new PIN is read from; default: the terminal"     \
    }
#define TEND_NEW_SO_SOURCE                                                                         \
    {                                                                                              \
        "new-so-pin-source", "FILE|fd:N", "where the new SO PIN is read from"                      \
    }

/* `in` has at most one argument: the ceremony's folder. */
int tend(const struct invocation *in, enum care what, struct err *e);

#endif
