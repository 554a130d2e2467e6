/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets metadata whose delegations change. Names and keyids are sorted once and then found, so
 * that a hundred thousand delegations cost n log n.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/compose.h"
#include "metadata/compose_object.h"

/* One entry of a list of delegations, or succinct bins: checked and written. */

static int refuse_delegation(const struct compose_delegation *d, struct err *e, const char *why)
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

/* What every reader would refuse is refused before it is written. Errors: ERR_INPUT. */
static int compose_delegation_check(const struct compose_delegation *d, struct err *e)
{
    struct err why;

    err_clear(&why);
    if (role_name_check(span_str(d->name), &why) != 0)
        return refuse_delegation(d, e, why.what);
    if (d->who.threshold < 1 || d->who.threshold > d->who.n)
        return refuse_delegation(d, e, "its threshold is from 1 to the number of its keys");
    if ((d->npaths > 0) + (d->nprefixes > 0) + (d->bit_length > 0) != 1)
        return refuse_delegation(d, e, "it has either patterns, prefixes or bins");
    for (size_t i = 0; i < d->npaths; i++)
        if (d->paths[i][0] == '\0')
            return refuse_delegation(d, e, "a pattern is empty");
    if (!hex_only(d))
        return refuse_delegation(d, e, "a prefix of a hash is made of hex digits");
    if (d->bit_length > 32)
        return refuse_delegation(d, e, "bins have 1 to 32 bits");
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

/* Appends the role object, with the unknown members of the one before (`base`; n == 0: none). The
 * names and keys that others in the file have are the caller's matter. Errors: ERR_INTERNAL. */
static int compose_delegation(const struct compose_delegation *d, struct json base,
                              struct bytes *out, struct err *e)
{
    return d->bit_length > 0 ? put_bins(d, base, out, e) : put_role(d, base, out, e);
}

struct named {
    const char *name;
    const struct compose_delegation *d; /* NULL: it goes */
    bool met;                           /* in the base */
};

struct mixing {
    const struct compose_targets *t;
    struct named *names; /* those set and removed, sorted */
    size_t nnames;
    struct compose_key *keys; /* of those set, sorted by keyid, each once */
    size_t nkeys;
    struct json *kept; /* keyids of delegations that stay, as the base has them */
    size_t nkept;
    struct bytes text; /* a name of the base, decoded */
    struct err *e;
};

static int by_bytes(const void *a, const void *b)
{
    const struct json *x = a, *y = b;

    return span_cmp(json_span(*x), json_span(*y));
}

static int names_init(struct mixing *m)
{
    const struct compose_targets *t = m->t;

    if ((m->names = calloc(t->nset + t->nremoved + 1, sizeof *m->names)) == NULL)
        return err_oom(m->e);
    for (size_t i = 0; i < t->nset; i++) {
        if (compose_delegation_check(&t->set[i], m->e) != 0)
            return -1;
        if (t->set[i].bit_length > 0 && t->nset > 1)
            return err_set(m->e, ERR_INPUT, "succinct bins '%.200s' are to be beside others",
                           t->set[i].name);
        m->names[m->nnames++] = (struct named){.name = t->set[i].name, .d = &t->set[i]};
    }
    for (size_t i = 0; i < t->nremoved; i++)
        m->names[m->nnames++] = (struct named){.name = t->removed[i]};
    array_sort(m->names, m->nnames, sizeof *m->names);
    for (size_t i = 1; i < m->nnames; i++)
        if (strcmp(m->names[i - 1].name, m->names[i].name) == 0) {
            err_set(m->e, ERR_INPUT, "the delegation to '%.200s' is to be changed twice",
                    m->names[i].name);
            return err_todo(m->e, "give one action for it");
        }
    return 0;
}

static int keys_init(struct mixing *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->t->nset; i++)
        n += m->t->set[i].who.n;
    if ((m->keys = calloc(n + 1, sizeof *m->keys)) == NULL)
        return err_oom(m->e);
    n = 0;
    for (size_t i = 0; i < m->t->nset; i++)
        for (size_t k = 0; k < m->t->set[i].who.n; k++)
            m->keys[n++] = compose_key_at(&m->t->set[i].who, k);
    m->nkeys = n;
    return compose_keys_sort(m->keys, &m->nkeys, m->e);
}

/* What becomes of the delegation of the base that has this name; NULL: it stays. */
static int named_find(struct mixing *m, struct json name, struct named **out)
{
    bytes_truncate(&m->text, 0);
    json_text(name, &m->text);
    if (bytes_failed(&m->text))
        return err_oom(m->e);
    *out = array_find(m->names, m->nnames, sizeof *m->names, bytes_str(&m->text));
    if (*out == NULL)
        return 0;
    if ((*out)->met)
        return json_refuse(name, m->e, "this role is delegated to twice");
    (*out)->met = true;
    return 0;
}

/* One delegation of the base: as it is, in its new form, or not any more. */
static int put_listed(struct mixing *m, struct json role, struct bytes *out)
{
    struct named *found;
    struct json name;
    struct json list, id;

    if (json_need(role, "name", JSON_STRING, &name, m->e) != 0 || named_find(m, name, &found) != 0)
        return -1;
    if (found != NULL && found->d == NULL)
        return 0;
    compose_comma(out);
    if (found != NULL)
        return compose_delegation(found->d, role, out, m->e);
    bytes_put_span(out, json_span(role));
    /* Notes the keys of a delegation that stays. */
    if (json_need(role, "keyids", JSON_ARRAY, &list, m->e) != 0)
        return -1;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &id);) {
        if (array_grow(&m->kept, m->nkept, sizeof *m->kept, m->e) != 0)
            return -1;
        m->kept[m->nkept++] = id;
    }
    return 0;
}

static int put_roles(struct mixing *m, struct json base, struct bytes *out)
{
    struct json role;

    bytes_put_u8(out, '[');
    for (struct json_iter it = json_iter_of(base); base.n > 0 && json_next(&it, NULL, &role);)
        if (put_listed(m, role, out) != 0)
            return -1;
    for (size_t i = 0; i < m->t->nset; i++) { /* new ones in the order given */
        struct named *found = array_find(m->names, m->nnames, sizeof *m->names, m->t->set[i].name);

        if (found->met)
            continue;
        found->met = true;
        compose_comma(out);
        if (compose_delegation(found->d, (struct json){0}, out, m->e) != 0)
            return -1;
    }
    bytes_put_u8(out, ']');
    return 0;
}

/* The bins of the base: they go, or stay, and then there is nothing beside them. */
static int bins_go(struct mixing *m, struct json bins)
{
    struct named *found;
    struct json name;

    if (json_need(bins, "name_prefix", JSON_STRING, &name, m->e) != 0 ||
        named_find(m, name, &found) != 0)
        return -1;
    if (found != NULL && found->d == NULL)
        return 0;
    if (found != NULL)
        found->met = false; /* a role of that name is none of the bins */
    json_refuse(bins, m->e, "there are succinct bins, which must be alone");
    return err_todo(m->e, "remove '%.200s' in the same step, or delegate to bins only",
                    bytes_str(&m->text));
}

/* Succinct bins in place of whatever is there. */
static int put_succinct(struct mixing *m, struct json roles, struct json bins, struct bytes *out)
{
    const struct compose_delegation *d = &m->t->set[0];
    struct json base = {0}, name;
    struct named *found;
    struct json role;

    for (struct json_iter it = json_iter_of(roles); roles.n > 0 && json_next(&it, NULL, &role);)
        if (json_need(role, "name", JSON_STRING, &name, m->e) != 0 ||
            named_find(m, name, &found) != 0)
            return -1;
    if (bins.n > 0) {
        if (json_need(bins, "name_prefix", JSON_STRING, &name, m->e) != 0 ||
            named_find(m, name, &found) != 0)
            return -1;
        if (found != NULL && found->d != NULL)
            base = bins;
    }
    return compose_delegation(d, base, out, m->e);
}

static bool is_kept(const struct mixing *m, struct json keyid)
{
    return m->nkept > 0 && bsearch(&keyid, m->kept, m->nkept, sizeof *m->kept, by_bytes) != NULL;
}

/* A key that the base does not have. A delegation that stays and names its keyid all the same would
 * get a key that it never had. */
static int put_new(struct mixing *m, const struct compose_key *key, struct bytes *out)
{
    bytes_truncate(&m->text, 0);
    compose_string(&m->text, key->id);
    if (bytes_failed(&m->text))
        return err_oom(m->e);
    if (is_kept(m, (struct json){NULL, m->text.p, m->text.n})) {
        err_set(m->e, ERR_INPUT, "a delegation names keyid '%.64s', and its key is not in the file",
                key->id);
        return err_todo(m->e,
                        "set that delegation anew, too: who holds this key could sign for it");
    }
    compose_comma(out);
    bytes_put_span(out, bytes_span(&m->text));
    bytes_put_u8(out, ':');
    bytes_put_span(out, key_object(key->key));
    return 0;
}

/* One that it has: it stays, unless no delegation names it. */
static int put_old(struct mixing *m, struct json name, struct json value, const struct key *same,
                   struct bytes *out)
{
    bool stays = is_kept(m, name);

    if (same == NULL && !stays)
        return 0;
    if (same != NULL && stays && !span_eq(json_span(value), key_object(same))) {
        json_refuse(value, m->e, "under this keyid is not the key that is to have it");
        return err_todo(m->e,
                        "set all delegations that name it anew; find out who wrote this file");
    }
    compose_comma(out);
    bytes_put_span(out, json_span(name));
    bytes_put_u8(out, ':');
    bytes_put_span(out, stays ? json_span(value) : key_object(same));
    return 0;
}

/* The base's keys that some delegation still has, and the new ones between them. */
static int put_keys(struct mixing *m, struct json base, struct bytes *out)
{
    struct json name, value;
    size_t next = 0;

    if (m->nkept > 0)
        qsort(m->kept, m->nkept, sizeof *m->kept, by_bytes);
    bytes_put_u8(out, '{');
    for (struct json_iter it = json_iter_of(base); base.n > 0 && json_next(&it, &name, &value);) {
        const struct key *same = NULL;

        while (next < m->nkeys && compose_name_cmp(name, m->keys[next].id) > 0)
            if (put_new(m, &m->keys[next++], out) != 0)
                return -1;
        if (next < m->nkeys && json_text_is(name, m->keys[next].id))
            same = m->keys[next++].key;
        if (put_old(m, name, value, same, out) != 0)
            return -1;
    }
    while (next < m->nkeys)
        if (put_new(m, &m->keys[next++], out) != 0)
            return -1;
    bytes_put_u8(out, '}');
    return 0;
}

/* What is there before: a list, bins, or neither. */
static int base_read(struct json base, struct json *keys, struct json *roles, struct json *bins,
                     struct err *e)
{
    bool listed, succinct;

    if (base.n == 0)
        return 0;
    listed = json_get(base, "roles", roles);
    succinct = json_get(base, "succinct_roles", bins);
    if (listed == succinct)
        return json_refuse(base, e, "either 'roles' or 'succinct_roles' is there");
    if (json_need(base, "keys", JSON_OBJECT, keys, e) != 0)
        return -1;
    return listed ? json_need(base, "roles", JSON_ARRAY, roles, e)
                  : json_need(base, "succinct_roles", JSON_OBJECT, bins, e);
}

static int all_met(const struct mixing *m)
{
    for (size_t i = 0; i < m->nnames; i++)
        if (m->names[i].d == NULL && !m->names[i].met) {
            err_set(m->e, ERR_INPUT, "'%.200s' can't be removed: nothing is delegated to it",
                    m->names[i].name);
            return err_todo(m->e, "name a role that is there, or leave this out");
        }
    return 0;
}

static int put_delegations(struct mixing *m, struct json base, struct bytes *out)
{
    struct json keys = {0}, roles = {0}, bins = {0};
    bool succinct = m->t->nset > 0 && m->t->set[0].bit_length > 0;
    struct compose_member members[] = {{.name = "roles", .goes = succinct},
                                       {.name = "succinct_roles", .goes = !succinct},
                                       {.name = "keys"}};
    int rc = base_read(base, &keys, &roles, &bins, m->e);

    if (rc == 0 && succinct)
        rc = put_succinct(m, roles, bins, &members[1].value);
    else if (rc == 0) {
        rc = bins.n > 0 ? bins_go(m, bins) : 0;
        rc = rc == 0 ? put_roles(m, roles, &members[0].value) : rc;
    }
    if (rc == 0)
        rc = put_keys(m, keys, &members[2].value);
    if (rc == 0)
        rc = all_met(m);
    if (rc == 0)
        return compose_object(base, members, 3, out, m->e);
    for (size_t i = 0; i < 3; i++)
        bytes_clear(&members[i].value);
    return -1;
}

static int mix(const struct compose_targets *t, struct json base, struct bytes *out, struct err *e)
{
    struct mixing m = {.t = t, .e = e};
    int rc = -1;

    if (names_init(&m) == 0 && keys_init(&m) == 0)
        rc = put_delegations(&m, base, out);
    bytes_clear(&m.text);
    free(m.names);
    free(m.keys);
    free(m.kept);
    return rc;
}

int compose_targets(const struct compose_targets *t, struct bytes *out, struct err *e)
{
    struct compose_member members[6] = {
        {.name = "version"}, {.name = "expires"}, {.name = "delegations"}};
    struct json before = {0};
    size_t n = 2;

    if (t->nset + t->nremoved > 0) {
        if (t->base.n > 0)
            (void)json_get(t->base, "delegations", &before);
        if (mix(t, before, &members[n++].value, e) != 0) {
            bytes_clear(&members[2].value);
            return -1;
        }
    }
    bytes_printf(&members[0].value, "%" PRId64, t->version);
    compose_utc(t->expires, &members[1].value);
    if (t->base.n == 0) {
        members[n].name = "_type";
        bytes_put_str(&members[n++].value, "\"targets\"");
        members[n].name = "spec_version";
        bytes_put_str(&members[n++].value, "\"" COMPOSE_SPEC_VERSION "\"");
        members[n].name = "targets";
        bytes_put_str(&members[n++].value, "{}");
    }
    return compose_object(t->base, members, n, out, e);
}
