/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/token_admin_command.h"

static int run(const struct invocation *in, struct err *e)
{
    return token_admin_command(in, in_has(in, "so") ? TOKEN_CHANGE_SO_PIN : TOKEN_CHANGE_PIN, e);
}

const struct command cmd_token_pin = {
    .name = "token-pin",
    .args = TOKEN_ADMIN_ARGS,
    .summary = "change a token's PIN, or its SO PIN; the keys stay",
    .details = TOKEN_ADMIN_DETAILS,
    .options = {OPTION_TOKEN,
                {"so", NULL, "change the SO PIN, not the keyholder's PIN"},
                OPTION_PIN_SOURCE,
                TOKEN_ADMIN_SO_SOURCE,
                TOKEN_ADMIN_NEW_SOURCE,
                TOKEN_ADMIN_NEW_SO_SOURCE,
                PIN_MAKE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .run = run,
};
