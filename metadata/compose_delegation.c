/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/compose_delegation.h"

#include <string.h>

#include "metadata/compose_object.h"

static int refuse(const struct compose_delegation *d, struct err *e, const char *why)
{
    err_set(e, ERR_INPUT, "the delegation to '%.200s' can't be written: %s", d->name, why);
    return err_todo(e, "correct what the plan has for this role");
}

static bool hex_only(const struct compose_delegation *d)
{
    for (size_t i = 0; i < d->nprefixes; i++)
        if (d->prefixes[i][0] == '\0' ||
            d->prefixes[i][strspn(d->prefixes[i], "0123456789abcdefABCDEF")] != '\0')
            return false;
    return true;
}

int compose_delegation_check(const struct compose_delegation *d, struct err *e)
{
    struct err why;

    err_clear(&why);
    if (role_name_check(span_str(d->name), &why) != 0)
        return refuse(d, e, why.what);
    if (d->who.threshold < 1 || d->who.threshold > d->who.n)
        return refuse(d, e, "its threshold is from 1 to the number of its keys");
    if ((d->npaths > 0) + (d->nprefixes > 0) + (d->bit_length > 0) != 1)
        return refuse(d, e, "it has either patterns, prefixes or bins");
    for (size_t i = 0; i < d->npaths; i++)
        if (d->paths[i][0] == '\0')
            return refuse(d, e, "a pattern is empty");
    if (!hex_only(d))
        return refuse(d, e, "a prefix of a hash is made of hex digits");
    if (d->bit_length > 32)
        return refuse(d, e, "bins have 1 to 32 bits");
    return 0;
}

static void put_strings(const char *const *items, size_t n, struct bytes *out)
{
    bytes_put_u8(out, '[');
    for (size_t i = 0; i < n; i++) {
        compose_comma(out);
        compose_string(out, items[i]);
    }
    bytes_put_u8(out, ']');
}

static int put_role(const struct compose_delegation *d, struct json base, struct bytes *out,
                    struct err *e)
{
    struct compose_member members[] = {{.name = "keyids"},
                                       {.name = "threshold"},
                                       {.name = "name"},
                                       {.name = "terminating"},
                                       {.name = "paths", .goes = d->npaths == 0},
                                       {.name = "path_hash_prefixes", .goes = d->nprefixes == 0}};

    compose_keyids(&d->who, &members[0].value);
    bytes_printf(&members[1].value, "%u", d->who.threshold);
    compose_string(&members[2].value, d->name);
    bytes_put_str(&members[3].value, d->terminating ? "true" : "false");
    if (d->npaths > 0)
        put_strings(d->paths, d->npaths, &members[4].value);
    if (d->nprefixes > 0)
        put_strings(d->prefixes, d->nprefixes, &members[5].value);
    return compose_object(base, members, 6, out, e);
}

static int put_bins(const struct compose_delegation *d, struct json base, struct bytes *out,
                    struct err *e)
{
    struct compose_member members[] = {
        {.name = "keyids"}, {.name = "threshold"}, {.name = "name_prefix"}, {.name = "bit_length"}};

    compose_keyids(&d->who, &members[0].value);
    bytes_printf(&members[1].value, "%u", d->who.threshold);
    compose_string(&members[2].value, d->name);
    bytes_printf(&members[3].value, "%u", d->bit_length);
    return compose_object(base, members, 4, out, e);
}

int compose_delegation(const struct compose_delegation *d, struct json base, struct bytes *out,
                       struct err *e)
{
    return d->bit_length > 0 ? put_bins(d, base, out, e) : put_role(d, base, out, e);
}
