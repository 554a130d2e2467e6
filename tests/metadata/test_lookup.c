/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups in a bundle, which has neither snapshot nor timestamp: the walk, where it ends, and what
 * it leaves open. tests/clients holds the same walk against tuf-js, with listings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/client/lookup.h"
#include "metadata/signed.h"
#include "tests/metadata/forge.h"

#define NOW "2026-11-24T12:00:00Z"

static struct signer own, stranger;

static int setup(void **state)
{
    (void)state;
    signer_init(&own, KEY_ED25519);
    signer_init(&stranger, KEY_ED25519);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    signer_clear(&own);
    signer_clear(&stranger);
    return 0;
}

/* One role's file: what it delegates, "NAME SHARE" or "NAME SHARE !" (terminating), and the path
 * that it lists. */
struct file {
    const char *role, *delegates[6], *lists;
    bool forged;         /* signed by a stranger */
    const char *expires; /* NULL: later */
};

struct shelf {
    const struct file *files; /* up to one without a name */
};

static void put_delegation(struct bytes *out, const char *text)
{
    const struct signer *const one[] = {&own};
    char name[40], share[80];
    bool terminating = text[strlen(text) - 1] == '!';

    assert_int_equal(sscanf(text, "%39s %79s", name, share), 2);
    bytes_printf(out, "{\"name\": \"%s\", \"terminating\": %s, \"threshold\": 1, ", name,
                 terminating ? "true" : "false");
    bytes_printf(out, share[0] == '#' ? "\"path_hash_prefixes\": [\"%s\"]" : "\"paths\": [\"%s\"]",
                 share[0] == '#' ? share + 1 : share);
    bytes_put_str(out, ", \"keyids\": [");
    forge_keyids(one, 1, out);
    bytes_put_str(out, "]}");
}

static void put_file(const struct file *f, struct bytes *out)
{
    const struct signer *const one[] = {&own}, *const by[] = {f->forged ? &stranger : &own};
    struct bytes text;

    text = (struct bytes){0};
    bytes_printf(&text,
                 "{\"_type\": \"targets\", \"spec_version\": \"1.0.31\", \"version\": 1, "
                 "\"expires\": \"%s\", \"targets\": {",
                 f->expires != NULL ? f->expires : "2030-01-01T00:00:00Z");
    if (f->lists != NULL)
        bytes_printf(&text, "\"%s\": {\"length\": 7, \"hashes\": {\"sha256\": \"abcd\"}}",
                     f->lists);
    bytes_put_str(&text, "}, \"delegations\": {\"keys\": {");
    forge_keys(one, 1, &text);
    bytes_put_str(&text, "}, \"roles\": [");
    for (size_t i = 0; f->delegates[i] != NULL; i++) {
        bytes_put_str(&text, i > 0 ? ", " : "");
        put_delegation(&text, f->delegates[i]);
    }
    bytes_put_str(&text, "]}}");
    forge_signed_by(bytes_str(&text), by, 1, out);
    bytes_clear(&text);
}

static void put_root(struct bytes *out)
{
    static const char *const names[] = {"root", "timestamp", "snapshot", "targets"};
    const struct signer *const one[] = {&own};
    struct bytes text;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"_type\": \"root\", \"spec_version\": \"1.0.31\", \"version\": 1, "
                         "\"expires\": \"2030-01-01T00:00:00Z\", \"consistent_snapshot\": true, "
                         "\"keys\": {");
    forge_keys(one, 1, &text);
    bytes_put_str(&text, "}, \"roles\": {");
    for (size_t i = 0; i < 4; i++) {
        bytes_printf(&text, "%s\"%s\": {\"threshold\": 1, \"keyids\": [", i > 0 ? ", " : "",
                     names[i]);
        forge_keyids(one, 1, &text);
        bytes_put_str(&text, "]}");
    }
    bytes_put_str(&text, "}}");
    forge_signed_by(bytes_str(&text), one, 1, out);
    bytes_clear(&text);
}

static int fetch(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e)
{
    const struct shelf *shelf = self;

    (void)version;
    (void)e;
    for (const struct file *f = shelf->files; f->role != NULL; f++)
        if (strcmp(f->role, role) == 0) {
            put_file(f, out);
            return 1;
        }
    return 0;
}

static int look_up(const struct file *files, const char *path, struct lookup *out, struct err *e)
{
    struct shelf shelf = {files};
    const struct repository repo = {&shelf, fetch};
    struct bytes root;
    utc_t now;
    int rc;

    root = (struct bytes){0};
    put_root(&root);
    assert_int_equal(utc_parse(span_str(NOW), &now, e), 0);
    rc = lookup_run(&repo, bytes_span(&root), now, path, out, e);
    bytes_clear(&root);
    return rc;
}

/* "a b | c": a and b were visited, c would come next. */
static char *words_of(const struct lookup *l)
{
    struct bytes b;

    b = (struct bytes){0};
    for (size_t i = 0; i < l->n; i++) {
        assert_int_equal(l->steps[i].visited, i < l->visited);
        bytes_printf(&b, "%s%s%s", i == l->visited ? "| " : "", l->steps[i].role,
                     i + 1 < l->n ? " " : "");
    }
    return bytes_take_str(&b);
}

static const struct {
    const char *path;
    struct file files[6];
    enum lookup_end end;
    const char *walk;
} rows[] = {
    {"a/b", {{.role = "targets", .lists = "a/b"}}, LOOKUP_FOUND, "targets"},
    {"a/b", {{.role = "targets", .delegates = {"x a/c"}}}, LOOKUP_NOWHERE, "targets"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*", "y */b"}},
      {.role = "x", .delegates = {"z a/b"}},
      {.role = "y", .lists = "a/b"},
      {.role = "z", .delegates = {"x */*"}}},
     LOOKUP_FOUND,
     "targets x z y"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*", "y */b"}},
      {.role = "x", .delegates = {"z a/b !"}},
      {.role = "y", .lists = "a/b"},
      {.role = "z"}},
     LOOKUP_NOWHERE,
     "targets x z"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/* !", "y */b"}},
      {.role = "x"},
      {.role = "y", .lists = "a/b"}},
     LOOKUP_NOWHERE,
     "targets x"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*", "y */b"}},
      {.role = "x", .delegates = {"z a/*", "w a/?"}},
      {.role = "y", .lists = "a/b"}},
     LOOKUP_ABSENT,
     "targets x z | w y"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*", "y */b"}},
      {.role = "x", .forged = true},
      {.role = "y", .lists = "a/b"}},
     LOOKUP_REFUSED,
     "targets x"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*"}},
      {.role = "x", .lists = "a/b", .expires = "2026-11-24T12:00:00Z"}},
     LOOKUP_REFUSED,
     "targets x"},
    {"a/b",
     {{.role = "targets", .delegates = {"x a/*", "y */b"}},
      {.role = "x", .lists = "a/b"},
      {.role = "y"}},
     LOOKUP_FOUND,
     "targets x"},
    /* printf a/b | sha256sum */
    {"a/b",
     {{.role = "targets", .delegates = {"x #c10", "y #c14"}}, {.role = "y", .lists = "a/b"}},
     LOOKUP_FOUND,
     "targets y"},
    {"a/b",
     {{.role = "targets", .delegates = {"targets/x a/b"}},
      {.role = "targets/x", .delegates = {"targets/x */*"}}},
     LOOKUP_NOWHERE,
     "targets targets/x"},
};

static void walks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lookup l;
        struct err e;
        char *walk;

        if (look_up(rows[i].files, rows[i].path, &l, &e) != 0)
            fail_msg("row %zu: %s", i, e.what);
        walk = words_of(&l);
        if (l.end != rows[i].end || strcmp(walk, rows[i].walk) != 0)
            fail_msg("row %zu: '%s', end %d", i, walk, (int)l.end);
        assert_int_equal(l.client.err.code != ERR_NONE, l.end == LOOKUP_REFUSED);
        assert_false(l.client.complete);
        assert_int_equal(l.length, l.end == LOOKUP_FOUND ? 7 : 0);
        assert_string_equal(l.target_hash, l.end == LOOKUP_FOUND ? "abcd" : "");
        free(walk);
        lookup_clear(&l);
    }
}

static void says_by_what(void **state)
{
    static const struct file files[] = {
        {.role = "targets", .delegates = {"x a/*"}}, {.role = "x", .delegates = {"y #c14 !"}}, {0}};
    struct lookup l;
    struct err e;

    (void)state;
    assert_int_equal(look_up(files, "a/b", &l, &e), 0);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.steps[0].share, SHARE_ALL);
    assert_string_equal(l.steps[0].delegator, "root");
    assert_int_equal(l.steps[1].share, SHARE_PATTERN);
    assert_string_equal(l.steps[1].by, "a/*");
    assert_string_equal(l.steps[1].delegator, "targets");
    assert_false(l.steps[1].terminating);
    assert_int_equal(l.steps[2].share, SHARE_PREFIX);
    assert_string_equal(l.steps[2].by, "c14");
    assert_true(l.steps[2].terminating);
    assert_int_equal(l.steps[2].threshold, 1);
    assert_int_equal(l.steps[2].nkeyids, 1);
    assert_string_equal(l.steps[2].keyids[0], key_id(own.key));
    assert_string_equal(l.steps[2].key_ids[0], key_id(own.key));
    lookup_clear(&l);
}

static void refuses_what_is_no_path(void **state)
{
    static const char *const paths[] = {"", "/a", "../a", "a//b", "a\\b", "a\nb"};
    static const struct file files[] = {{.role = "targets", .delegates = {NULL}}, {0}};

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct lookup l;
        struct err e;

        assert_int_equal(look_up(files, paths[i], &l, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(says_by_what),
        cmocka_unit_test(refuses_what_is_no_path),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
