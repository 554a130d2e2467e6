/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_admin_command.h - what the commands token-init, token-pin and token-unblock share: which
 * token, which PINs, the act, and its record.
 */
#ifndef CEREMONY_CLI_TOKEN_ADMIN_COMMAND_H
#define CEREMONY_CLI_TOKEN_ADMIN_COMMAND_H

#include "ceremony/acts/token_admin.h"
#include "ceremony/cli/context.h"

#define TOKEN_ADMIN_ARGS "[DIR]"
#define TOKEN_ADMIN_DETAILS                                                                        \
    "With DIR, the act is recorded in that ceremony's journal; a PIN never is."
#define TOKEN_ADMIN_SO_SOURCE                                                                      \
    {                                                                                              \
        "so-pin-source", "FILE|fd:N", "where the SO PIN is read from; default: the terminal"       \
    }
#define TOKEN_ADMIN_NEW_SOURCE                                                                     \
    {                                                                                              \
        "new-pin-source", "FILE|fd:N", "where the new PIN is read from; default: the terminal"     \
    }
#define TOKEN_ADMIN_NEW_SO_SOURCE                                                                  \
    {                                                                                              \
        "new-so-pin-source", "FILE|fd:N", "where the new SO PIN is read from"                      \
    }

/* `in` has at most one argument: the ceremony's folder. */
int token_admin_command(const struct invocation *in, enum token_act what, struct err *e);

#endif
