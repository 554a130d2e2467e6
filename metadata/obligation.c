/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/obligation.h"

#include <inttypes.h>
#include <stdio.h>

static struct obligation obligation_by(const struct root *root, enum signed_type type)
{
    struct obligation o = {.role = &root->roles[type], .keys = &root->keys};

    if (type == SIGNED_ROOT)
        snprintf(o.label, sizeof o.label, "v%" PRId64 " keys", root->head.version);
    else
        snprintf(o.label, sizeof o.label, "%s keys", signed_type_name(type));
    return o;
}

size_t obligations_of(enum signed_type type, const struct root *old, const struct root *next,
                      struct obligation out[OBLIGATIONS_MAX])
{
    size_t n = 0;

    if (type == SIGNED_ROOT && old != NULL)
        out[n++] = obligation_by(old, type);
    out[n++] = obligation_by(next, type);
    return n;
}

int obligation_delegated(const struct targets *by, const char *role, struct obligation *out)
{
    const struct delegation *d = targets_delegation(by, role);

    if (d == NULL)
        return -1;
    *out = (struct obligation){.role = &d->role, .keys = &by->keys};
    snprintf(out->label, sizeof out->label, "%.42s keys", role);
    return 0;
}

bool obligation_has(const struct obligation *o, const struct key *key)
{
    return role_find_key(o->role, o->keys, key) != NULL;
}
