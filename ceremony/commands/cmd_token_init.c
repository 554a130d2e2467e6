/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/token_admin_command.h"

static int run(const struct invocation *in, struct err *e)
{
    return token_admin_command(in, TOKEN_SET_UP, e);
}

const struct command cmd_token_init = {
    .name = "token-init",
    .args = TOKEN_ADMIN_ARGS,
    .summary = "set a token up: a label, and a PIN and an SO PIN that its holder chooses",
    .details = TOKEN_ADMIN_DETAILS
    "\nWhat is on the token is destroyed; its serial number must be typed for that. The old\n"
    "SO PIN, such as a vendor's default, is replaced first and does not stay.",
    .options = {OPTION_TOKEN,
                {"label", "TEXT", "the token's name, up to 32 bytes; default: as it was"},
                {"destroy", "SERIAL", "do not ask: what is on the token with this serial may go"},
                TOKEN_ADMIN_SO_SOURCE,
                TOKEN_ADMIN_NEW_SO_SOURCE,
                TOKEN_ADMIN_NEW_SOURCE,
                PIN_MAKE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .run = run,
};
