/* SPDX-License-Identifier: Apache-2.0 */
#include "moves_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRES INT64_C(1795435200)

static int file_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    const struct moves_world *w = self;

    for (size_t i = 0; i < WORLD_FILES; i++)
        if (w->files[i].name != NULL && strcmp(w->files[i].name, name) == 0) {
            if (w->files[i].data.n > limit)
                return err_set(e, ERR_INPUT, "'%s' is too large", name);
            bytes_put_span(out, bytes_span(&w->files[i].data));
            return 1;
        }
    return 0;
}

void moves_world_file(struct moves_world *w, const char *name, const char *text)
{
    size_t i = 0;

    while (w->files[i].name != NULL && strcmp(w->files[i].name, name) != 0)
        i++;
    assert_true(i < WORLD_FILES);
    if (w->files[i].name == NULL)
        w->files[i].name = strdup(name);
    bytes_clear(&w->files[i].data);
    bytes_put_str(&w->files[i].data, text);
}

/* Keys of all types that developers bring. */
static void make_keys(struct moves_world *w)
{
    static const enum key_type types[] = {KEY_ED25519, KEY_P256};
    char name[32];

    for (size_t i = 0; i < WORLD_KEYS; i++) {
        EVP_PKEY *pkey = forge_pkey(types[i % 2]);
        struct bytes pem;
        struct err e;

        pem = (struct bytes){0};
        forge_pem(pkey, &pem);
        assert_int_equal(key_from_pem(bytes_span(&pem), &w->keys[i], &e), 0);
        snprintf(name, sizeof name, "inputs/keys/%zu.pem", i);
        moves_world_file(w, name, bytes_str(&pem));
        if (i == 1)
            moves_world_file(w, "inputs/keys/again.pem", bytes_str(&pem));
        bytes_clear(&pem);
        EVP_PKEY_free(pkey);
    }
    w->own[0] = w->keys[0];
}

static void put_key(const struct moves_world *w, const char *keyid, size_t key, struct bytes *out)
{
    bytes_printf(out, "%s\"%s\": ", out->p[out->n - 1] == '{' ? "" : ", ",
                 keyid != NULL ? keyid : key_id(w->keys[key]));
    json_print(key_object(w->keys[key]), 0, out);
}

static void put_role(const char *name, const char *keyids, unsigned threshold, const char *share,
                     struct bytes *out)
{
    bytes_printf(out,
                 "%s{\"name\": \"targets/simple/%s\", \"keyids\": [%s], \"threshold\": %u, "
                 "\"terminating\": %s, %s}",
                 out->p[out->n - 1] == '[' ? "" : ", ", name, keyids, threshold,
                 strcmp(name, "Last") == 0 ? "true" : "false", share);
}

static void put_simple(const struct moves_world *w, struct bytes *out)
{
    static const struct {
        const char *name, *keys, *share;
        unsigned threshold;
    } rows[] = {
        {"Seed1", "0", "\"paths\": [\"simple/Seed1/*\"]", 1},
        {"Seed2", "0", "\"paths\": [\"simple/Seed2/*\"]", 1},
        {"Gone", "0", "\"paths\": [\"simple/Gone/*\"]", 1},
        {"Dev", "12", "\"paths\": [\"simple/Dev/*\"]", 2},
        {"Rising", "3", "\"paths\": [\"simple/Rising/*\"]", 1},
        {"Kept", "2", "\"paths\": [\"other/Kept/*\"]", 1},
        {"Last", "3", "\"paths\": [\"simple/Last/*\"]", 1},
        {"Alone", "7", "\"paths\": [\"simple/Alone/*\"]", 1},
        {"Bins", "3", "\"path_hash_prefixes\": [\"0a\", \"0b\"]", 1},
    };

    bytes_put_str(out, "\"delegations\": {\"keys\": {");
    for (size_t i = 0; i < 4; i++)
        put_key(w, NULL, i, out);
    put_key(w, NULL, 7, out);
    put_key(w, "odd", 4, out);
    put_key(w, "double", 3, out);
    bytes_put_str(out, "}, \"roles\": [");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char keyids[256] = "";

        for (const char *k = rows[i].keys; *k != '\0'; k++)
            snprintf(keyids + strlen(keyids), sizeof keyids - strlen(keyids), "%s\"%s\"",
                     k == rows[i].keys ? "" : ", ", key_id(w->keys[*k - '0']));
        put_role(rows[i].name, keyids, rows[i].threshold, rows[i].share, out);
    }
    put_role("Odd", "\"odd\"", 1, "\"paths\": [\"simple/Odd/*\"]", out);
    put_role("Lost", "\"nobody\"", 1, "\"paths\": [\"simple/Lost/*\"]", out);
    put_role("Double", "\"odd\", \"double\"", 1, "\"paths\": [\"simple/Double/*\"]", out);
    bytes_put_str(out, "]}, ");
}

static void put_bins(const struct moves_world *w, struct bytes *out)
{
    bytes_put_str(out, "\"delegations\": {\"keys\": {");
    put_key(w, NULL, 0, out);
    bytes_printf(out,
                 "}, \"succinct_roles\": {\"keyids\": [\"%s\"], \"threshold\": 1, \"bit_length\": "
                 "4, \"name_prefix\": \"bin\"}}, ",
                 key_id(w->keys[0]));
}

static void make_role(struct moves_world *w, enum world_role role)
{
    struct bytes text;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"_type\": \"targets\", ");
    if (role == SIMPLE)
        put_simple(w, &text);
    if (role == SUCCINCT)
        put_bins(w, &text);
    bytes_put_str(&text, "\"expires\": \"2026-11-23T12:00:00Z\", \"spec_version\": \"1.0.31\", "
                         "\"targets\": {}, \"version\": 4}");
    if (json_doc_take(&text, "base", JSON_TEXT, &w->docs[role], &e) != 0 ||
        targets_read(json_root(w->docs[role]), &w->targets[role], &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    w->roles[role].targets = &w->targets[role];
}

struct moves_world *moves_world_new(void)
{
    static const struct store_ops ops = {.read = file_read};
    static const char *const simple[] = {"simple/*/*"}, *const claimed[] = {"claimed/*/*"},
                             *const fresh[] = {"a/*/*", "b/*", "index.html"},
                             *const flat[] = {"flat/index.html", "flat/x*"};
    static const struct moves_role roles[] = {
        [SIMPLE] = {.name = "targets/simple", .paths = simple, .npaths = 1},
        [CLAIMED] = {.name = "targets/claimed", .paths = claimed, .npaths = 1},
        [FRESH] = {.name = "targets/fresh", .paths = fresh, .npaths = 3},
        [FLAT] = {.name = "targets/flat", .paths = flat, .npaths = 2},
        [SUCCINCT] = {.name = "bins", .paths = simple, .npaths = 1},
    };
    static char path[] = "world";
    struct moves_world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    make_keys(w);
    memcpy(w->roles, roles, sizeof w->roles);
    make_role(w, SIMPLE);
    make_role(w, CLAIMED);
    make_role(w, FLAT);
    make_role(w, SUCCINCT);
    w->store = (struct store){.ops = &ops, .self = w, .path = path};
    w->wish = (struct moves_wish){
        .store = &w->store, .roles = w->roles, .nroles = WORLD_ROLES, .own = w->own, .nown = 1};
    return w;
}

void moves_world_reset(struct moves_world *w)
{
    move_set_free(w->set);
    w->set = NULL;
    findings_clear(&w->findings);
}

void moves_world_free(struct moves_world *w)
{
    moves_world_reset(w);
    for (size_t i = 0; i < WORLD_KEYS; i++)
        key_free(w->keys[i]);
    for (size_t i = 0; i < WORLD_ROLES; i++) {
        targets_clear(&w->targets[i]);
        json_doc_free(w->docs[i]);
    }
    for (size_t i = 0; i < WORLD_FILES; i++) {
        free(w->files[i].name);
        bytes_clear(&w->files[i].data);
    }
    free(w);
}

int moves_world_try(struct moves_world *w, const char *file, struct span text, struct err *e)
{
    char name[64];

    snprintf(name, sizeof name, "inputs/%s", file);
    moves_world_file(w, name, "");
    for (size_t i = 0; i < WORLD_FILES; i++)
        if (w->files[i].name != NULL && strcmp(w->files[i].name, name) == 0)
            bytes_put_span(&w->files[i].data, text);
    w->file = (struct moves_file){file, "targets/simple"};
    w->wish.files = &w->file;
    w->wish.nfiles = 1;
    return moves_read(&w->wish, &w->set, &w->findings, e);
}

void moves_world_run(struct moves_world *w, const char *file, const char *text)
{
    struct err e;

    if (moves_world_try(w, file, span_str(text), &e) != 0)
        fail_msg("%s (%s) in: %.400s", e.what, e.where, text);
}

void moves_world_read(struct moves_world *w)
{
    struct err e;

    if (moves_read(&w->wish, &w->set, &w->findings, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
}

void moves_after(const struct moves_world *w, enum world_role role, struct moves_after *out)
{
    const struct move_changes *c = move_set_at(w->set, role);
    struct compose_targets t = {.version = 5,
                                .expires = EXPIRES,
                                .set = c->set,
                                .nset = c->nset,
                                .removed = c->removed,
                                .nremoved = c->nremoved};
    struct bytes text;
    struct err e;

    if (w->docs[role] != NULL)
        t.base = json_root(w->docs[role]);
    text = (struct bytes){0};
    if (compose_targets(&t, &text, &e) != 0 ||
        json_doc_take(&text, "after", JSON_CANONICAL, &out->doc, &e) != 0 ||
        targets_read(json_root(out->doc), &out->t, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
}

const struct delegation *moves_after_find(const struct moves_after *a, const char *name)
{
    for (size_t i = 0; i < a->t.n; i++)
        if (strcmp(a->t.delegations[i].role.name, name) == 0)
            return &a->t.delegations[i];
    return NULL;
}

void moves_after_clear(struct moves_after *a)
{
    targets_clear(&a->t);
    json_doc_free(a->doc);
}
