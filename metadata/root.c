/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/old_form.h"
#include "metadata/signed.h"

static const char *const type_names[] = {
    [SIGNED_ROOT] = "root",
    [SIGNED_TIMESTAMP] = "timestamp",
    [SIGNED_SNAPSHOT] = "snapshot",
    [SIGNED_TARGETS] = "targets",
};
static_assert(sizeof type_names / sizeof type_names[0] == SIGNED_TYPES, "every type has a name");

const char *signed_type_name(enum signed_type t)
{
    return (unsigned)t < SIGNED_TYPES ? type_names[t] : "unknown";
}

/* -1: no such type. */
static int type_by_name(struct span name, enum signed_type *out)
{
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (span_is(name, type_names[t])) {
            *out = (enum signed_type)t;
            return 0;
        }
    return -1;
}

static int type_read(struct json object, enum signed_type *out, struct err *e)
{
    struct json type;

    if (json_need(object, "_type", JSON_STRING, &type, e) != 0)
        return -1;
    return type_by_name(json_inside(type), out) == 0
               ? 0
               : json_refuse(type, e, "'_type' is not root, timestamp, snapshot or targets");
}

/* Specification 4.3: "1.x" or "1.x.y" is what this program, and every client, understands. */
static int spec_version_check(struct json object, struct err *e)
{
    struct json version;
    struct span text;
    bool ok;

    if (json_need(object, "spec_version", JSON_STRING, &version, e) != 0)
        return -1;
    text = json_inside(version);
    ok = text.n >= 3 && memcmp(text.p, "1.", 2) == 0 && text.p[text.n - 1] != '.';
    for (size_t i = 2; ok && i < text.n; i++)
        ok = text.p[i] == '.' ? text.p[i - 1] != '.' : text.p[i] >= '0' && text.p[i] <= '9';
    return ok ? 0 : json_refuse(version, e, "'spec_version' is not 1.x or 1.x.y");
}

static int expires_read(struct json object, utc_t *out, struct err *e)
{
    struct json expires;
    struct err why, ignored;

    if (json_need(object, "expires", JSON_STRING, &expires, e) != 0)
        return -1;
    err_clear(&why);
    if (utc_parse(json_inside(expires), out, &why) == 0)
        return 0;
    if (old_form_utc(json_inside(expires), out, &ignored) == 0)
        return old_form_judge(expires,
                              "an old form of a time, with a fraction or an offset: python-tuf "
                              "refuses it",
                              e);
    return json_refuse(expires, e, "'expires': %s", why.what);
}

int signed_head_read(struct json object, struct signed_head *out, struct err *e)
{
    struct signed_head h = {.object = object};
    struct json version;

    *out = (struct signed_head){0};
    if (type_read(object, &h.type, e) != 0 || spec_version_check(object, e) != 0 ||
        json_need(object, "version", JSON_INTEGER, &version, e) != 0 ||
        expires_read(object, &h.expires, e) != 0)
        return -1;
    h.version = json_integer(version);
    if (h.version < 1)
        return json_refuse(version, e, "'version' is a number from 1");
    *out = h;
    return 0;
}

int signed_head_expect(struct json object, enum signed_type type, struct signed_head *out,
                       struct err *e)
{
    struct json at;

    if (signed_head_read(object, out, e) != 0)
        return -1;
    if (out->type == type)
        return 0;
    if (!json_get(object, "_type", &at))
        at = object;
    json_refuse(at, e, "this is %s metadata, not %s", signed_type_name(out->type),
                signed_type_name(type));
    *out = (struct signed_head){0};
    return -1;
}

void root_clear(struct root *r)
{
    keyring_clear(&r->keys);
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        role_clear(&r->roles[t]);
    *r = (struct root){0};
}

/* The four top-level roles, and no other: most clients refuse a fifth. */
static int roles_read(struct json roles, struct root *r, struct err *e)
{
    static const char *const known[] = {"root", "timestamp", "snapshot", "targets", NULL};
    struct json role;

    if (json_only(roles, known, e) != 0)
        return -1;
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (json_need(roles, type_names[t], JSON_OBJECT, &role, e) != 0 ||
            role_read(role, type_names[t], &r->roles[t], e) != 0)
            return -1;
    return 0;
}

int root_read(struct json object, struct root *out, struct err *e)
{
    struct root r = {0};
    struct json keys, roles, consistent;

    *out = r;
    if (signed_head_expect(object, SIGNED_ROOT, &r.head, e) != 0 ||
        json_need(object, "keys", JSON_OBJECT, &keys, e) != 0 ||
        json_need(object, "roles", JSON_OBJECT, &roles, e) != 0)
        return -1;
    if (json_get(object, "consistent_snapshot", &consistent)) {
        if (json_kind(consistent) != JSON_BOOL)
            return json_refuse(consistent, e, "'consistent_snapshot' is true or false");
        r.consistent_snapshot = json_true(consistent);
    }
    if (keyring_read(keys, &r.keys, e) != 0 || roles_read(roles, &r, e) != 0) {
        root_clear(&r);
        return -1;
    }
    *out = r;
    return 0;
}

bool root_online_key(const struct root *r, const struct key *key)
{
    return role_find_key(&r->roles[SIGNED_SNAPSHOT], &r->keys, key) != NULL ||
           role_find_key(&r->roles[SIGNED_TIMESTAMP], &r->keys, key) != NULL;
}
