/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"
#include "ceremony/cli/tend.h"

static int run(const struct invocation *in, struct err *e)
{
    return tend(in, CARE_UNBLOCK, e);
}

const struct command cmd_token_unblock = {
    .name = "token-unblock",
    .args = TEND_ARGS,
    .summary = "give a locked token a new PIN by its SO PIN; the keys stay",
    .details = TEND_DETAILS,
    .min = 0,
    .max = 1,
    .options = {DESK_TOKEN, TEND_SO_SOURCE, TEND_NEW_SOURCE, PIN_MAKE, DESK_LAST_TRY, DESK_MODULE,
                DESK_NETWORK},
    .run = run,
};
