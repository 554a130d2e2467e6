/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "metadata/signed.h"

void targets_clear(struct targets *t)
{
    keyring_clear(&t->keys);
    for (size_t i = 0; i < t->n; i++)
        role_clear(&t->delegations[i].role);
    free(t->delegations);
    free(t->by_name);
    *t = (struct targets){0};
}

/* An array of strings; with `hex`, of hex digits. */
static int strings_check(struct json list, bool hex, struct err *e)
{
    struct json item;

    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        struct span text = json_span(item);

        if (json_kind(item) != JSON_STRING || text.n <= 2)
            return json_refuse(item, e, "a string that is not empty is expected");
        for (size_t i = 1; hex && i < text.n - 1; i++)
            if (strchr("0123456789abcdefABCDEF", text.p[i]) == NULL || text.p[i] == '\0')
                return json_refuse(item, e, "a prefix of a hash is made of hex digits");
    }
    return 0;
}

/* Paths and hash prefixes exclude each other (specification 4.5). */
static int share_read(struct json object, struct delegation *d, struct err *e)
{
    bool paths = json_get(object, "paths", &d->paths);
    bool prefixes = json_get(object, "path_hash_prefixes", &d->prefixes);

    if (paths == prefixes)
        return json_refuse(object, e,
                           paths ? "'paths' and 'path_hash_prefixes' exclude each other"
                                 : "neither 'paths' nor 'path_hash_prefixes' is there");
    if (json_kind(paths ? d->paths : d->prefixes) != JSON_ARRAY)
        return json_refuse(paths ? d->paths : d->prefixes, e, "an array is expected");
    return strings_check(paths ? d->paths : d->prefixes, prefixes, e);
}

static int name_read(struct json at, char **out, struct err *e)
{
    struct err why;

    if ((*out = json_strdup(at)) == NULL)
        return err_oom(e);
    err_clear(&why);
    return role_name_check(span_str(*out), &why) == 0 ? 0 : json_refuse(at, e, "%s", why.what);
}

static int delegation_read(struct json object, struct delegation *d, struct err *e)
{
    struct json name, terminating;
    char *text = NULL;
    int rc = -1;

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e, "a delegated role is an object");
    if (json_need(object, "name", JSON_STRING, &name, e) == 0 && name_read(name, &text, e) == 0 &&
        json_need(object, "terminating", JSON_BOOL, &terminating, e) == 0 &&
        role_read(object, text, &d->role, e) == 0 && share_read(object, d, e) == 0) {
        d->terminating = json_true(terminating);
        d->object = object;
        rc = 0;
    }
    free(text);
    return rc;
}

static int by_name(const void *a, const void *b, void *delegations)
{
    const struct delegation *d = delegations;
    const size_t *x = a, *y = b;
    int order = strcmp(d[*x].role.name, d[*y].role.name);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* The place in the file of the later of two entries of one name. */
static int refuse_twice(struct json list, const struct targets *t, size_t later, struct err *e)
{
    struct json_iter it;
    struct json item = list;

    it = json_iter_of(list);
    for (size_t i = 0; i <= later; i++)
        (void)json_next(&it, NULL, &item);
    return json_refuse(item, e, "role '%s' is delegated to twice", t->delegations[later].role.name);
}

static int list_read(struct json list, struct targets *t, struct err *e)
{
    struct json item;

    if ((t->delegations = calloc(json_count(list) + 1, sizeof *t->delegations)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        t->n++;
        if (delegation_read(item, &t->delegations[t->n - 1], e) != 0)
            return -1;
    }
    if ((t->by_name = calloc(t->n + 1, sizeof *t->by_name)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < t->n; i++)
        t->by_name[i] = i;
    qsort_r(t->by_name, t->n, sizeof *t->by_name, by_name, t->delegations);
    for (size_t i = 1; i < t->n; i++)
        if (strcmp(t->delegations[t->by_name[i - 1]].role.name,
                   t->delegations[t->by_name[i]].role.name) == 0)
            return refuse_twice(list, t, t->by_name[i], e);
    return 0;
}

static bool is_bin(const struct delegation *d, const char *role)
{
    size_t n = strlen(d->role.name), width = (d->bit_length + 3) / 4;

    if (strncmp(role, d->role.name, n) != 0 || role[n] != '-' || strlen(role) != n + 1 + width)
        return false;
    return strspn(role + n + 1, "0123456789abcdef") == width &&
           strtoull(role + n + 1, NULL, 16) >> d->bit_length == 0;
}

const struct delegation *targets_delegation(const struct targets *t, const char *role)
{
    size_t low = 0, high = t->n;

    if (t->n == 1 && t->delegations[0].bit_length > 0)
        return is_bin(&t->delegations[0], role) ? &t->delegations[0] : NULL;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct delegation *d = &t->delegations[t->by_name[mid]];
        int order = strcmp(d->role.name, role);

        if (order == 0)
            return d;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* TAP 15: one row stands for 2^bit_length bins. */
static int succinct_read(struct json object, struct targets *t, struct err *e)
{
    struct json bits, prefix;
    struct delegation *d;
    char *name = NULL;
    int rc = -1;

    if ((t->delegations = calloc(1, sizeof *t->delegations)) == NULL)
        return err_oom(e);
    d = &t->delegations[0];
    t->n = 1;
    if (json_need(object, "bit_length", JSON_INTEGER, &bits, e) != 0 ||
        json_need(object, "name_prefix", JSON_STRING, &prefix, e) != 0 ||
        name_read(prefix, &name, e) != 0 || role_read(object, name, &d->role, e) != 0)
        goto out;
    if (json_integer(bits) < 1 || json_integer(bits) > 32) {
        json_refuse(bits, e, "'bit_length' is 1 to 32");
        goto out;
    }
    d->bit_length = (unsigned)json_integer(bits);
    d->terminating = true;
    d->object = object;
    rc = 0;
out:
    free(name);
    return rc;
}

static int delegations_read(struct json object, struct targets *t, struct err *e)
{
    struct json keys, roles, succinct;
    bool listed = json_get(object, "roles", &roles);
    bool bins = json_get(object, "succinct_roles", &succinct);

    t->has_delegations = true;
    if (json_need(object, "keys", JSON_OBJECT, &keys, e) != 0 ||
        keyring_read(keys, &t->keys, e) != 0)
        return -1;
    if (listed == bins)
        return json_refuse(object, e,
                           listed ? "'roles' and 'succinct_roles' exclude each other"
                                  : "neither 'roles' nor 'succinct_roles' is there");
    if (listed)
        return json_need(object, "roles", JSON_ARRAY, &roles, e) == 0 ? list_read(roles, t, e) : -1;
    return json_need(object, "succinct_roles", JSON_OBJECT, &succinct, e) == 0
               ? succinct_read(succinct, t, e)
               : -1;
}

/* Each target: {length, hashes: {algorithm: hex}}. */
static int files_check(struct json targets, struct err *e)
{
    struct json_iter it, hashes_it;
    struct json path, file, length, hashes, hash;

    it = json_iter_of(targets);
    while (json_next(&it, &path, &file)) {
        if (json_need(file, "length", JSON_INTEGER, &length, e) != 0 ||
            json_need(file, "hashes", JSON_OBJECT, &hashes, e) != 0)
            return -1;
        if (json_integer(length) < 0)
            return json_refuse(length, e, "a length is not negative");
        hashes_it = json_iter_of(hashes);
        if (!json_next(&hashes_it, NULL, &hash))
            return json_refuse(hashes, e, "a target has no hash");
        do {
            if (json_kind(hash) != JSON_STRING)
                return json_refuse(hash, e, "a hash is a string of hex digits");
        } while (json_next(&hashes_it, NULL, &hash));
    }
    return 0;
}

int targets_read(struct json object, struct targets *out, struct err *e)
{
    struct targets t = {0};
    struct json delegations;

    *out = t;
    if (signed_head_expect(object, SIGNED_TARGETS, &t.head, e) != 0 ||
        json_need(object, "targets", JSON_OBJECT, &t.targets, e) != 0 ||
        files_check(t.targets, e) != 0)
        return -1;
    if (json_get(object, "delegations", &delegations) &&
        (json_need(object, "delegations", JSON_OBJECT, &delegations, e) != 0 ||
         delegations_read(delegations, &t, e) != 0)) {
        targets_clear(&t);
        return -1;
    }
    *out = t;
    return 0;
}
