/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/care_name.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name, *told;
} rows[] = {
    [CARE_SET_UP] = {"set-up", "set up, with a new PIN and a new SO PIN"},
    [CARE_CHANGE_PIN] = {"pin-changed", "PIN changed"},
    [CARE_UNBLOCK] = {"unblocked", "a new PIN given with the SO PIN or PUK"},
    [CARE_CHANGE_SO_PIN] = {"so-pin-changed", "SO PIN or PUK changed"},
};
static_assert(sizeof rows / sizeof rows[0] == CARES, "every act has a row");

const char *care_name(enum care what)
{
    return rows[what].name;
}

long care_find(const char *name)
{
    for (long i = 0; i < CARES; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}

const char *care_told(const char *name)
{
    long at = care_find(name);

    return at < 0 ? "?" : rows[at].told;
}
