/* SPDX-License-Identifier: Apache-2.0 */
/* A plan is derived from a stranger's folder: roles that delegate to one another in a ring,
 * files of other roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/derive/derive.h"
#include "ceremony/repository/repository.h"
#include "metadata/client/client.h"
#include "room.h"
#include "tests/metadata/forge.h"

#define EXPIRES "\"expires\":\"2030-01-01T00:00:00Z\",\"spec_version\":\"1.0.31\",\"version\":1"

struct folder {
    struct room from, to;
    struct signer key;
    struct bytes keys, ids;
};

static int make(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    const struct signer *by;

    if (f == NULL)
        return -1;
    room_begin(&f->from, NULL);
    room_begin(&f->to, f->from.t);
    signer_init(&f->key, KEY_ED25519);
    by = &f->key;
    forge_keys(&by, 1, &f->keys);
    forge_keyids(&by, 1, &f->ids);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    struct folder *f = *state;

    bytes_clear(&f->keys);
    bytes_clear(&f->ids);
    signer_clear(&f->key);
    room_clear(&f->to);
    room_clear(&f->from);
    free(f);
    return 0;
}

static void put(const struct folder *f, const char *name, struct bytes *text)
{
    const struct signer *by = &f->key;
    struct bytes file;

    file = (struct bytes){0};
    forge_signed_by(bytes_str(text), &by, 1, &file);
    room_write(&f->from, name, bytes_span(&file));
    bytes_clear(&file);
    bytes_clear(text);
}

static void put_root(const struct folder *f)
{
    static const char *const roles[] = {"root", "snapshot", "targets", "timestamp"};
    struct signer online;
    const struct signer *by = &online;
    struct bytes text, keys, ids;

    text = (struct bytes){0};
    keys = (struct bytes){0};
    ids = (struct bytes){0};
    signer_init(&online, KEY_ED25519);
    forge_keys(&by, 1, &keys);
    forge_keyids(&by, 1, &ids);
    bytes_printf(&text, "{\"_type\":\"root\"," EXPIRES ",\"consistent_snapshot\":true,");
    bytes_printf(&text, "\"keys\":{%s,%s},\"roles\":{", bytes_str(&f->keys), bytes_str(&keys));
    for (size_t i = 0; i < 4; i++)
        bytes_printf(&text, "%s\"%s\":{\"keyids\":[%s],\"threshold\":1}", i > 0 ? "," : "",
                     roles[i], bytes_str(i % 2 == 0 ? &f->ids : &ids));
    bytes_put_str(&text, "}}");
    put(f, "metadata/1.root.json", &text);
    bytes_clear(&keys);
    bytes_clear(&ids);
    signer_clear(&online);
}

/* Metadata of a role that delegates to two others. */
static void put_targets(const struct folder *f, const char *name, const char *a, const char *b)
{
    const char *const to[] = {a, b};
    struct bytes text;

    text = (struct bytes){0};
    bytes_printf(&text, "{\"_type\":\"targets\"," EXPIRES ",\"targets\":{},\"delegations\":{");
    bytes_printf(&text, "\"keys\":{%s},\"roles\":[", bytes_str(&f->keys));
    for (size_t i = 0; i < 2; i++)
        bytes_printf(&text,
                     "%s{\"name\":\"%s\",\"keyids\":[%s],\"threshold\":1,\"terminating\":false,"
                     "\"paths\":[\"*\"]}",
                     i > 0 ? "," : "", to[i], bytes_str(&f->ids));
    bytes_put_str(&text, "]}}");
    put(f, name, &text);
}

/* A key record says that the key is a keyholder's, so that roles further down are the
 * committee's. */
static void put_key_record(const struct folder *f)
{
    struct bytes name, record;

    name = (struct bytes){0};
    record = (struct bytes){0};
    bytes_printf(&name, "keys/%s.json", key_id(f->key.key));
    bytes_printf(&record, "{\"keyid\":\"%s\",\"holder\":\"Mallory\"}", key_id(f->key.key));
    room_write(&f->from, bytes_str(&name), bytes_span(&record));
    bytes_clear(&name);
    bytes_clear(&record);
}

static void a_ring_of_delegations_ends(void **state)
{
    const struct derive_wish wish = {.title = "A ring"};
    const struct folder *f = *state;
    struct store *from, *to;
    struct plan *p;
    struct err e;

    put_root(f);
    put_targets(f, "metadata/1.targets.json", "A", "B");
    put_targets(f, "metadata/1.A.json", "B", "C");
    put_targets(f, "metadata/1.B.json", "A", "B");
    put_targets(f, "metadata/1.C.json", "A", "D");
    put_key_record(f);
    assert_int_equal(store_open(f->from.dir, &from, &e), 0);
    assert_int_equal(store_open(f->to.dir, &to, &e), 0);
    (void)alarm(60); /* it once went round for ever */
    if (plan_derive(from, &wish, to, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    assert_int_equal(plan_load(to, &p, &e), 0);
    (void)alarm(0);
    assert_int_equal(p->nroles, SIGNED_TYPES + 3); /* each once, by the first that names it */
    assert_string_equal(p->roles[SIGNED_TYPES].name, "A");
    assert_string_equal(p->roles[SIGNED_TYPES + 1].name, "B");
    assert_string_equal(p->roles[SIGNED_TYPES + 2].name, "C");
    assert_int_equal(p->roles[SIGNED_TYPES + 1].delegation->by, SIGNED_TARGETS);
    assert_int_equal(p->roles[SIGNED_TYPES + 2].delegation->by, SIGNED_TYPES);
    plan_free(p);
    store_free(from);
    store_free(to);
}

/* What the snapshot says of A: its version, and the digest of the file of that name. */
static void put_snapshot(const struct folder *f, int version, const char *file)
{
    struct bytes text, data;
    char hex[SHA256_HEX_SIZE];

    text = (struct bytes){0};
    data = (struct bytes){0};
    room_read(&f->from, file, &data);
    assert_int_equal(sha256_hex(bytes_span(&data), hex), 0);
    bytes_printf(&text,
                 "{\"_type\":\"snapshot\"," EXPIRES ",\"meta\":{\"targets.json\":{\"version\":1},"
                 "\"A.json\":{\"version\":%d,\"hashes\":{\"sha256\":\"%s\"}}}}",
                 version, hex);
    put(f, "metadata/1.snapshot.json", &text);
    bytes_clear(&data);
}

static int derive(const struct folder *f, struct err *e)
{
    const struct derive_wish wish = {.title = "Swapped"};
    struct store *from, *to;
    struct room fresh;
    int rc;

    room_begin(&fresh, f->from.t);
    assert_int_equal(store_open(f->from.dir, &from, e), 0);
    assert_int_equal(store_open(fresh.dir, &to, e), 0);
    rc = plan_derive(from, &wish, to, e);
    store_free(from);
    store_free(to);
    room_clear(&fresh);
    return rc;
}

/* Metadata does not name its own role: B's file verifies as A's, and a review of "what changes"
 * would find that nothing does. */
static void a_swapped_file_is_not_built_on(void **state)
{
    const struct folder *f = *state;
    struct err e;

    put_root(f);
    put_key_record(f);
    put_targets(f, "metadata/1.targets.json", "A", "B");
    put_targets(f, "metadata/1.A.json", "A1", "A2");
    put_targets(f, "metadata/1.B.json", "B1", "B2");
    put_snapshot(f, 1, "metadata/1.A.json");
    if (derive(f, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    put_snapshot(f, 1, "metadata/1.B.json");
    assert_int_equal(derive(f, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_non_null(strstr(e.what, "1.A.json' is not the file that the snapshot"));
    put_snapshot(f, 2, "metadata/1.A.json");
    assert_int_equal(derive(f, &e), -1);
    assert_int_equal(e.code, ERR_VERSION);
    assert_non_null(strstr(e.what, "lists A v2"));
}

#define EVERYBODY 24

/* Metadata of a role that delegates to all of "r0" to "r23", and is large. */
static void put_everybody(const struct folder *f, const char *name, size_t pad)
{
    struct bytes text;

    text = (struct bytes){0};
    bytes_printf(&text, "{\"_type\":\"targets\"," EXPIRES ",\"targets\":{},\"x-pad\":\"");
    for (size_t i = 0; i < pad; i++)
        bytes_put_u8(&text, 'x');
    bytes_printf(&text, "\",\"delegations\":{\"keys\":{%s},\"roles\":[", bytes_str(&f->keys));
    for (unsigned i = 0; i < EVERYBODY; i++)
        bytes_printf(&text,
                     "%s{\"name\":\"r%u\",\"keyids\":[%s],\"threshold\":1,"
                     "\"terminating\":false,\"paths\":[\"*\"]}",
                     i > 0 ? "," : "", i, bytes_str(&f->ids));
    bytes_put_str(&text, "]}}");
    put(f, name, &text);
}

/* `verify` of such a folder, with files of that size. */
static void look_at_everybody(const struct folder *f, size_t pad, struct client_report *report)
{
    struct repository repo;
    struct bytes root;
    char name[32];
    struct err e;

    put_root(f);
    put_everybody(f, "metadata/1.targets.json", 0);
    for (unsigned i = 0; i < EVERYBODY; i++) {
        snprintf(name, sizeof name, "metadata/1.r%u.json", i);
        put_everybody(f, name, pad);
    }
    root = (struct bytes){0};
    room_read(&f->from, "metadata/1.root.json", &root);
    assert_int_equal(repository_open(f->from.dir, &repo, &e), 0);
    *report = (struct client_report){0};
    assert_int_equal(client_run(&repo, bytes_span(&root), INT64_C(1795435200), report, &e), 0);
    repository_close(&repo);
    bytes_clear(&root);
}

static void everybody_delegates_to_everybody(void **state)
{
    struct client_report report;

    look_at_everybody(*state, 0, &report);
    if (!report.accepted)
        fail_msg("%s", report.err.what);
    assert_int_equal(report.n, 4 + EVERYBODY * (EVERYBODY + 1));
    client_report_clear(&report);
    (void)alarm(120); /* it grows by the third power of how many they are */
    look_at_everybody(*state, (size_t)2 << 20, &report);
    (void)alarm(0);
    assert_false(report.accepted);
    assert_non_null(strstr(report.err.what, "more often than is looked at"));
    client_report_clear(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_ring_of_delegations_ends, make, clear),
        cmocka_unit_test_setup_teardown(a_swapped_file_is_not_built_on, make, clear),
        cmocka_unit_test_setup_teardown(everybody_delegates_to_everybody, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
