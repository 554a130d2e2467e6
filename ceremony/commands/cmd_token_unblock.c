/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/token_admin_command.h"

static int run(const struct invocation *in, struct err *e)
{
    return token_admin_command(in, TOKEN_UNBLOCK, e);
}

const struct command cmd_token_unblock = {
    .name = "token-unblock",
    .args = TOKEN_ADMIN_ARGS,
    .summary = "give a locked token a new PIN by its SO PIN; the keys stay",
    .details = TOKEN_ADMIN_DETAILS,
    .options = {OPTION_TOKEN, TOKEN_ADMIN_SO_SOURCE, TOKEN_ADMIN_NEW_SOURCE, PIN_MAKE,
                OPTION_LAST_TRY, OPTION_MODULE, OPTION_NETWORK},
    .run = run,
};
