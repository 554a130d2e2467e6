/* SPDX-License-Identifier: Apache-2.0 */
/* Random delegations, randomly changed: what was not named is unchanged. And many of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "composed.h"

/* Random bases. Names repeat the letters that sorting could get wrong. */
#define ROLES 8
static const char *const names[ROLES] = {"a",        "a/b",   "a-b", "B",
                                         "\xc3\xa9", "q\\\"", "zz",  "a/b/c"};
static const char *const plain_names[ROLES] = {"a",        "a/b", "a-b", "B",
                                               "\xc3\xa9", "q\"", "zz",  "a/b/c"};

struct model {
    bool in_base[ROLES], set[ROLES], removed[ROLES];
    size_t order[ROLES]; /* of the base */
    size_t n;
    unsigned key_of[ROLES], new_key[ROLES];
};

static void random_model(struct model *m)
{
    size_t shuffled[ROLES];

    *m = (struct model){.n = 0};
    for (size_t i = 0; i < ROLES; i++)
        shuffled[i] = i;
    for (size_t i = ROLES - 1; i > 0; i--) {
        size_t k = (size_t)rand() % (i + 1), swap = shuffled[i];

        shuffled[i] = shuffled[k];
        shuffled[k] = swap;
    }
    for (size_t i = 0; i < ROLES; i++) {
        size_t r = shuffled[i];

        m->in_base[r] = rand() % 3 != 0;
        m->key_of[r] = (unsigned)rand() % KEYS;
        m->new_key[r] = (unsigned)rand() % KEYS;
        if (m->in_base[r])
            m->order[m->n++] = r;
        if (rand() % 3 == 0)
            m->set[r] = true;
        else if (m->in_base[r] && rand() % 3 == 0)
            m->removed[r] = true;
    }
}

/* Keys with even numbers are listed under their hashes, the others under odd names. */
static void put_keyid(const struct fixture *f, unsigned key, struct bytes *out)
{
    if (key % 2 == 0)
        bytes_printf(out, "\"%s\"", key_id(f->keys[key]));
    else
        bytes_printf(out, "\"key \xc3\xa9 %u\"", key);
}

static struct json_doc *random_base(const struct fixture *f, const struct model *m)
{
    struct bytes text;
    struct json_doc *doc;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{" HEAD "\"A\": {\"b\": 1}, \"zz\": \"\\u00e9\", \"delegations\": "
                         "{\"keys\": {");
    for (unsigned i = 0; i < KEYS; i++) {
        bytes_put_str(&text, i > 0 ? ", " : "");
        put_keyid(f, i, &text);
        bytes_put_str(&text, ": ");
        bytes_put_span(&text, key_object(f->keys[i]));
    }
    bytes_put_str(&text, "}, \"x-more\": [{}], \"roles\": [");
    for (size_t i = 0; i < m->n; i++) {
        bytes_printf(&text, "%s{\"name\": \"%s\", \"x\": {\"n\": %zu}, \"keyids\": [",
                     i > 0 ? ", " : "", names[m->order[i]], i);
        put_keyid(f, m->key_of[m->order[i]], &text);
        bytes_printf(&text, "], \"threshold\": 1, \"terminating\": %s, \"%s\": [\"%zu\"]}",
                     i % 2 ? "true" : "false", i % 3 ? "paths" : "path_hash_prefixes", i);
    }
    bytes_put_str(&text, "]}, " TAIL "}");
    if (json_doc_take(&text, "base", JSON_TEXT, &doc, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    return doc;
}

static struct json element(struct json array, size_t at)
{
    struct json_iter it;
    struct json v;

    it = json_iter_of(array);
    do
        assert_true(json_next(&it, NULL, &v));
    while (at-- > 0);
    return v;
}

static void assert_same(struct json a, struct json b)
{
    assert_true(span_eq(json_span(a), json_span(b)));
}

static void check_role(const struct fixture *f, const struct model *m, size_t role, size_t was,
                       struct json old_roles, struct json new, const struct delegation *d)
{
    struct json ignored;

    assert_string_equal(d->role.name, plain_names[role]);
    if (was < ROLES) { /* it was there before: what is unknown stays */
        assert_same(member(new, "x"), member(element(old_roles, was), "x"));
        if (!m->set[role])
            assert_same(new, element(old_roles, was));
    } else
        assert_false(json_get(new, "x", &ignored));
    if (m->set[role]) {
        assert_int_equal(d->role.n, 1);
        assert_string_equal(d->role.keyids[0], key_id(f->keys[m->new_key[role]]));
        assert_json(d->paths, "[\"new/*\"]");
        assert_int_equal(d->prefixes.n, 0);
    }
}

/* Every key that a role names, and no other, with the bytes that it had. */
static void check_keys(struct json old_keys, const struct result *r)
{
    struct json now = member(member(r->root, "delegations"), "keys"), before;

    for (size_t k = 0; k < r->t.keys.n; k++) {
        const char *id = r->t.keys.entries[k].keyid;
        bool used = false;

        for (size_t i = 0; i < r->t.n; i++)
            used = used || role_has(&r->t.delegations[i].role, id);
        assert_true(used);
        if (json_get(old_keys, id, &before))
            assert_same(member(now, id), before);
    }
    for (size_t i = 0; i < r->t.n; i++)
        assert_non_null(keyring_find(&r->t.keys, r->t.delegations[i].role.keyids[0]));
}

static void check(const struct fixture *f, const struct model *m, struct json base,
                  const struct compose_targets *t)
{
    struct json was = member(base, "delegations"), is;
    struct json old_roles = member(was, "roles");
    struct result r;
    size_t at = 0;

    compose(t, &r);
    is = member(r.root, "delegations");
    assert_same(member(r.root, "A"), member(base, "A"));
    assert_same(member(r.root, "zz"), member(base, "zz"));
    assert_same(member(r.root, "targets"), member(base, "targets"));
    assert_same(member(is, "x-more"), member(was, "x-more"));
    assert_int_equal(json_count(r.root), json_count(base));
    assert_int_equal(json_count(is), json_count(was));
    assert_int_equal(r.t.head.version, t->version);
    for (size_t i = 0; i < m->n; i++)
        if (!m->removed[m->order[i]]) {
            check_role(f, m, m->order[i], i, old_roles, element(member(is, "roles"), at),
                       &r.t.delegations[at]);
            at++;
        }
    for (size_t i = 0; i < t->nset; i++) {
        size_t role = 0;

        while (strcmp(plain_names[role], t->set[i].name) != 0)
            role++;
        if (!m->in_base[role]) {
            check_role(f, m, role, ROLES, old_roles, element(member(is, "roles"), at),
                       &r.t.delegations[at]);
            at++;
        }
    }
    assert_int_equal(r.t.n, at);
    if (t->nset + t->nremoved > 0)
        check_keys(member(was, "keys"), &r);
    else
        assert_same(is, was);
    result_clear(&r);
}

static void test_what_is_not_named_is_unchanged(void **state)
{
    struct fixture *f = *state;
    const char *paths[] = {"new/*"};

    srand(458);
    for (unsigned round = 0; round < 2000; round++) {
        struct compose_delegation set[ROLES];
        const struct key *keys[ROLES];
        const char *removed[ROLES];
        struct compose_targets t = {
            .version = 5, .expires = EXPIRES, .set = set, .removed = removed};
        struct json_doc *doc;
        struct model m;

        random_model(&m);
        for (size_t r = 0; r < ROLES; r++) {
            size_t i = (r * 5 + round) % ROLES; /* in another order than they are listed in */

            keys[t.nset] = f->keys[m.new_key[i]];
            if (m.set[i]) {
                set[t.nset] = (struct compose_delegation){.name = plain_names[i],
                                                          .who = {&keys[t.nset], 1, 1, NULL},
                                                          .paths = paths,
                                                          .npaths = 1};
                t.nset++;
            } else if (m.removed[i])
                removed[t.nremoved++] = plain_names[i];
        }
        doc = random_base(f, &m);
        t.base = json_root(doc);
        check(f, &m, t.base, &t);
        json_doc_free(doc);
    }
}

/* CPU seconds to compose `n` delegations, and again half of them. */
static double time_of(const struct compose_delegation *set, size_t n)
{
    const char *gone[] = {"p/000007"};
    struct compose_targets t = {.version = 1, .expires = EXPIRES, .set = set, .nset = n};
    struct bytes first, second;
    struct json_doc *doc;
    clock_t spent, start;
    struct err e;

    first = (struct bytes){0};
    second = (struct bytes){0};
    start = clock();
    assert_int_equal(compose_targets(&t, &first, &e), 0);
    spent = clock() - start;
    assert_int_equal(json_doc_read(bytes_span(&first), "many", JSON_CANONICAL, &doc, &e), 0);
    t.base = json_root(doc);
    t.set = set + n / 2;
    t.nset = n / 2;
    t.removed = gone;
    t.nremoved = 1;
    start = clock();
    assert_int_equal(compose_targets(&t, &second, &e), 0);
    spent += clock() - start;
    assert_true(second.n < first.n && second.n > first.n - 400);
    json_doc_free(doc);
    bytes_clear(&first);
    bytes_clear(&second);
    return (double)spent / CLOCKS_PER_SEC;
}

#define MANY 40000

/* Eight times as many cost sixty-four times as much where each is looked for among all. */
static void test_many(void **state)
{
    struct compose_delegation *set = calloc(MANY, sizeof *set);
    const struct key **keys = calloc(MANY, sizeof *keys);
    const char *path[] = {"p/*"};
    char(*text)[16] = calloc(MANY, sizeof *text);
    double few = 1e9, many = 1e9;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        keys[i] = forge_key(i);
        snprintf(text[i], sizeof text[i], "p/%06" PRIu32, i);
        set[i] = (struct compose_delegation){
            .name = text[i], .who = {&keys[i], 1, 1, NULL}, .paths = path, .npaths = 1};
    }
    for (unsigned i = 0; i < 5; i++) {
        double once = time_of(set, MANY / 8);

        few = once < few ? once : few;
    }
    for (unsigned i = 0; i < 5 && many > 30 * few; i++) { /* a busy machine's caches are others' */
        double once = time_of(set, MANY);

        many = once < many ? once : many;
    }
    if (many > 30 * few)
        fail_msg("%d delegations took %.3f s, %d took %.3f s", MANY / 8, few, MANY, many);
    for (size_t i = 0; i < MANY; i++)
        key_free((struct key *)(uintptr_t)keys[i]);
    free(keys);
    free(set);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_named_is_unchanged),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
