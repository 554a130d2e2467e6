/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/token_act.h"

#include <assert.h>

static const struct {
    const char *name, *told;
} rows[] = {
    [TOKEN_SET_UP] = {"set-up", "set up, with a new PIN and a new SO PIN"},
    [TOKEN_CHANGE_PIN] = {"pin-changed", "PIN changed"},
    [TOKEN_UNBLOCK] = {"unblocked", "a new PIN given with the SO PIN or PUK"},
    [TOKEN_CHANGE_SO_PIN] = {"so-pin-changed", "SO PIN or PUK changed"},
};
static_assert(sizeof rows / sizeof rows[0] == TOKEN_ACTS, "every act has a row");

const char *token_act_name(enum token_act what)
{
    return rows[what].name;
}

long token_act_find(struct json name)
{
    for (long i = 0; i < TOKEN_ACTS; i++)
        if (json_text_is(name, rows[i].name))
            return i;
    return -1;
}

const char *token_act_words(enum token_act what)
{
    return rows[what].told;
}
