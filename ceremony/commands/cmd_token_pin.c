/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/tend.h"

static int run(const struct invocation *in, struct err *e)
{
    return tend(in, in_has(in, "so") ? CARE_CHANGE_SO_PIN : CARE_CHANGE_PIN, e);
}

const struct command cmd_token_pin = {
    .name = "token-pin",
    .args = TEND_ARGS,
    .summary = "change a token's PIN, or its SO PIN; the keys stay",
    .details = TEND_DETAILS,
    .min = 0,
    .max = 1,
    .options = {DESK_TOKEN,
                {"so", NULL, "change the SO PIN, not the keyholder's PIN"},
                DESK_PIN_SOURCE,
                TEND_SO_SOURCE,
                TEND_NEW_SOURCE,
                TEND_NEW_SO_SOURCE,
                PIN_MAKE,
                DESK_LAST_TRY,
                DESK_MODULE,
                DESK_NETWORK},
    .run = run,
};
