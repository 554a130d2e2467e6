/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/tend.h"

static int run(const struct invocation *in, struct err *e)
{
    return tend(in, CARE_SET_UP, e);
}

const struct command cmd_token_init = {
    .name = "token-init",
    .args = TEND_ARGS,
    .summary = "set a token up: a label, and a PIN and an SO PIN that its holder chooses",
    .details = TEND_DETAILS
    "What is on the token is destroyed; its serial number must be typed for that. The SO\n"
    "PIN before, a vendor's default among them, is replaced first and does not stay.",
    .min = 0,
    .max = 1,
    .options = {DESK_TOKEN,
                {"label", "TEXT", "the token's name, up to 32 bytes; default: as it was"},
                {"destroy", "SERIAL", "do not ask: what is on the token with this serial may go"},
                TEND_SO_SOURCE,
                TEND_NEW_SO_SOURCE,
                TEND_NEW_SOURCE,
                PIN_MAKE,
                DESK_LAST_TRY,
                DESK_MODULE,
                DESK_NETWORK},
    .run = run,
};
