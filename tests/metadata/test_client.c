/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client against a repository in memory: sound in all but one place, and then one attack at a
 * time. A `struct twist` says what is wrong; all zero is a sound repository.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/client/client.h"
#include "metadata/signed.h"
#include "tests/metadata/forge.h"

#define NOW    "2026-11-24T12:00:00Z"
#define LATER  "2027-11-24T12:00:00Z"
#define BEFORE "2026-11-24T11:59:59Z"

enum who { ROOT_1, ROOT_2, ROOT_3, ROOT_4, TARGETS, ONLINE, SIMPLE, STRANGER, PEOPLE };

struct file {
    char role[32];
    int64_t version; /* in its name; 0: none */
    struct bytes text;
};

struct world {
    struct signer s[PEOPLE];
    struct file files[32];
    size_t n;
};

enum listed_hash { HASH_RIGHT, HASH_OTHER, HASH_OTHER_512, HASH_UNKNOWN };
static const char *const beside[] = {"", "", ", \"sha512\": \"00\"", ", \"crc32\": \"00\""};

struct twist {
    /* 2.root.json: keys 1, 2, 4 after 1, 2, 3, both with threshold 2 */
    int root_version;      /* inside; 0: 2 */
    const char *root_by;   /* digits; NULL: "12" */
    const char *root_ends; /* the time; NULL: LATER */
    bool no_root_2, root_3;
    /* the listings */
    bool no_timestamp, no_snapshot;
    const char *timestamp_ends, *snapshot_ends, *targets_ends, *simple_ends;
    int timestamp_by, snapshot_by, targets_by, simple_by; /* enum who + 1; 0: the right one */
    int snapshot_inside, targets_inside, simple_inside;   /* the version; 0: as listed */
    int snapshot_length, targets_length, simple_length;   /* added to the listed length */
    enum listed_hash snapshot_hash, targets_hash, simple_hash;
    bool targets_unlisted, simple_unlisted;
    bool targets_gone, simple_gone;
    bool targets_twice; /* two of two keyids, one key */
    const char *simple; /* the delegation's share; NULL: paths */
    const char *bins;   /* succinct_roles instead, with this bit_length */
    bool bins_foreign;  /* one bin is signed by a stranger */
};

static int setup(void **state)
{
    static struct world w;

    for (size_t i = 0; i < PEOPLE; i++)
        signer_init(&w.s[i], i == ROOT_2 || i == SIMPLE ? KEY_P256 : KEY_ED25519);
    *state = &w;
    return 0;
}

static void empty(struct world *w)
{
    for (size_t i = 0; i < w->n; i++)
        bytes_clear(&w->files[i].text);
    w->n = 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    empty(w);
    for (size_t i = 0; i < PEOPLE; i++)
        signer_clear(&w->s[i]);
    return 0;
}

static int fetch(void *self, const char *role, int64_t version, struct bytes *out, struct err *e)
{
    const struct world *w = self;

    (void)e;
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->files[i].role, role) == 0 &&
            (version <= 0 || w->files[i].version == version)) {
            bytes_put_span(out, bytes_span(&w->files[i].text));
            return 1;
        }
    return 0;
}

/* Signs `text` (cleared) and puts it on the shelf. */
static struct span publish_as(struct world *w, const char *role, int64_t version,
                              struct bytes *text, const struct forged_signature *sigs, size_t n)
{
    struct file *f = &w->files[w->n++];

    assert_true(w->n <= sizeof w->files / sizeof w->files[0]);
    *f = (struct file){.version = version};
    assert_true(strlen(role) < sizeof f->role);
    memcpy(f->role, role, strlen(role) + 1);
    f->text = (struct bytes){0};
    forge_file(bytes_str(text), sigs, n, &f->text);
    bytes_clear(text);
    return bytes_span(&f->text);
}

static struct span publish(struct world *w, const char *role, int64_t version, struct bytes *text,
                           const struct signer *const *by, size_t n)
{
    struct forged_signature sigs[PEOPLE] = {0};

    for (size_t i = 0; i < n; i++)
        sigs[i].by = by[i];
    return publish_as(w, role, version, text, sigs, n);
}

static struct span publish_by(struct world *w, const char *role, int64_t version,
                              struct bytes *text, int by, enum who otherwise)
{
    const struct signer *one[] = {&w->s[by > 0 ? by - 1 : (int)otherwise]};

    return publish(w, role, version, text, one, 1);
}

static void put_head(struct bytes *out, const char *type, int version, const char *ends)
{
    *out = (struct bytes){0};
    bytes_printf(out,
                 "{\"_type\": \"%s\", \"spec_version\": \"1.0.31\", \"version\": %d, "
                 "\"expires\": \"%s\", ",
                 type, version, ends != NULL ? ends : LATER);
}

static void put_role(struct bytes *out, const char *name, const struct signer *const *keys,
                     size_t n, unsigned threshold)
{
    bytes_printf(out, "\"%s\": {\"keyids\": [", name);
    forge_keyids(keys, n, out);
    bytes_printf(out, "], \"threshold\": %u}", threshold);
}

/* The key of targets with a field more: another keyid, the same key. */
static void put_twin(struct world *w, struct bytes *object, char id[SHA256_HEX_SIZE])
{
    struct json_doc *doc;
    struct key *k;
    struct err e;

    bytes_put_str(object, "{\"a\": 1, ");
    bytes_put(object, key_object(w->s[TARGETS].key).p + 1, key_object(w->s[TARGETS].key).n - 1);
    doc = forge_doc(bytes_str(object));
    assert_int_equal(key_from_json(json_root(doc), &k, &e), 0);
    memcpy(id, key_id(k), SHA256_HEX_SIZE);
    key_free(k);
    json_doc_free(doc);
}

static void publish_root(struct world *w, int name, int inside, enum who third, const char *by,
                         const struct twist *t)
{
    const struct signer *keys[] = {&w->s[ROOT_1], &w->s[ROOT_2], &w->s[third], &w->s[TARGETS],
                                   &w->s[ONLINE]};
    const struct signer *signers[PEOPLE];
    struct bytes text, twin;
    char id[SHA256_HEX_SIZE];
    size_t n = 0;

    put_head(&text, "root", inside, t->root_ends);
    twin = (struct bytes){0};
    put_twin(w, &twin, id);
    bytes_put_str(&text, "\"consistent_snapshot\": true, \"keys\": {");
    forge_keys(keys, 5, &text);
    if (t->targets_twice)
        bytes_printf(&text, ", \"%s\": %s", id, bytes_str(&twin));
    bytes_put_str(&text, "}, \"roles\": {");
    put_role(&text, "root", keys, 3, 2);
    bytes_put_str(&text, ", ");
    put_role(&text, "timestamp", keys + 4, 1, 1);
    bytes_put_str(&text, ", ");
    put_role(&text, "snapshot", keys + 4, 1, 1);
    bytes_put_str(&text, ", ");
    if (t->targets_twice)
        bytes_printf(&text, "\"targets\": {\"keyids\": [\"%s\", \"%s\"], \"threshold\": 2}", id,
                     key_id(w->s[TARGETS].key));
    else
        put_role(&text, "targets", keys + 3, 1, 1);
    bytes_put_str(&text, "}}");
    for (; *by != '\0'; by++)
        signers[n++] = &w->s[ROOT_1 + (*by - '1')];
    publish(w, "root", name, &text, signers, n);
    bytes_clear(&twin);
}

static void put_delegations(struct world *w, const struct twist *t, struct bytes *out)
{
    const struct signer *keys[] = {&w->s[SIMPLE]};

    bytes_put_str(out, "\"delegations\": {\"keys\": {");
    forge_keys(keys, 1, out);
    bytes_put_str(out, "}, ");
    if (t->bins != NULL) {
        bytes_put_str(out, "\"succinct_roles\": {\"keyids\": [");
        forge_keyids(keys, 1, out);
        bytes_printf(out, "], \"threshold\": 1, \"bit_length\": %s, \"name_prefix\": \"bin\"}}",
                     t->bins);
        return;
    }
    bytes_put_str(out, "\"roles\": [{\"name\": \"targets/simple\", \"keyids\": [");
    forge_keyids(keys, 1, out);
    bytes_printf(out, "], \"threshold\": 1, \"terminating\": false, %s}]}",
                 t->simple != NULL ? t->simple : "\"paths\": [\"simple/*\"]");
}

/* `"name.json": {...}` for a listing, appended with a comma in front where one is due. */
static void put_listed(struct bytes *out, const char *role, int version, struct span text,
                       int longer, enum listed_hash other_hash)
{
    char hex[SHA256_HEX_SIZE];

    assert_int_equal(sha256_hex(text, hex), 0);
    if (other_hash == HASH_OTHER)
        hex[0] = hex[0] == '0' ? '1' : '0';
    bytes_printf(out, "%s\"%s.json\": {\"version\": %d, \"length\": %zu, ", out->n > 0 ? ", " : "",
                 role, version, text.n + (size_t)longer);
    bytes_printf(out, "\"hashes\": {\"sha256\": \"%s\"%s}}", hex, beside[other_hash]);
}

static void publish_below(struct world *w, const struct twist *t, struct bytes *listed)
{
    const struct signer *twice = &w->s[TARGETS];
    struct bytes text;
    struct span file;

    for (int bin = 0; t->bins != NULL && bin < 4; bin++) {
        char name[16] = "bin-0";

        name[4] = (char)('0' + bin);
        put_head(&text, "targets", 1, NULL);
        bytes_put_str(&text, "\"targets\": {}}");
        file =
            publish_by(w, name, 1, &text, t->bins_foreign && bin == 2 ? STRANGER + 1 : 0, SIMPLE);
        put_listed(listed, name, 1, file, 0, false);
    }
    if (t->bins == NULL && !t->simple_gone) {
        put_head(&text, "targets", t->simple_inside > 0 ? t->simple_inside : 4, t->simple_ends);
        bytes_put_str(&text, "\"targets\": {}}");
        file = publish_by(w, "targets/simple", 4, &text, t->simple_by, SIMPLE);
        if (!t->simple_unlisted)
            put_listed(listed, "targets/simple", 4, file, t->simple_length, t->simple_hash);
    } else if (t->bins == NULL)
        put_listed(listed, "targets/simple", 4, span_str("x"), 0, false);

    put_head(&text, "targets", t->targets_inside > 0 ? t->targets_inside : 2, t->targets_ends);
    bytes_put_str(&text, "\"targets\": {}, ");
    put_delegations(w, t, &text);
    bytes_put_str(&text, "}");
    if (t->targets_twice) {
        struct bytes twin;
        char id[SHA256_HEX_SIZE];

        twin = (struct bytes){0};
        put_twin(w, &twin, id);
        bytes_clear(&twin);
        file = publish_as(w, "targets", 2, &text,
                          (const struct forged_signature[]){{twice, NULL}, {twice, id}}, 2);
    } else
        file = publish_by(w, "targets", t->targets_gone ? 9 : 2, &text, t->targets_by, TARGETS);
    if (!t->targets_unlisted)
        put_listed(listed, "targets", 2, file, t->targets_length, t->targets_hash);
}

static void build(struct world *w, const struct twist *t)
{
    struct bytes listed, stamped, text;
    struct span file;

    empty(w);
    publish_root(w, 1, 1, ROOT_3, "12", &(struct twist){.targets_twice = t->targets_twice});
    if (!t->no_root_2)
        publish_root(w, 2, t->root_version > 0 ? t->root_version : 2, ROOT_4,
                     t->root_by != NULL ? t->root_by : "12", t);
    if (t->root_3)
        publish_root(w, 3, 3, ROOT_4, "124", t);
    listed = (struct bytes){0};
    stamped = (struct bytes){0};
    publish_below(w, t, &listed);
    if (!t->no_snapshot) {
        put_head(&text, "snapshot", t->snapshot_inside > 0 ? t->snapshot_inside : 6,
                 t->snapshot_ends);
        bytes_printf(&text, "\"meta\": {%s}}", bytes_str(&listed));
        file = publish_by(w, "snapshot", 6, &text, t->snapshot_by, ONLINE);
        put_listed(&stamped, "snapshot", 6, file, t->snapshot_length, t->snapshot_hash);
    }
    if (!t->no_timestamp) {
        if (t->no_snapshot)
            put_listed(&stamped, "snapshot", 6, span_str("x"), 0, false);
        put_head(&text, "timestamp", 8, t->timestamp_ends);
        bytes_printf(&text, "\"meta\": {%s}}", bytes_str(&stamped));
        publish_by(w, "timestamp", 0, &text, t->timestamp_by, ONLINE);
    }
    bytes_clear(&listed);
    bytes_clear(&stamped);
}

static void run_at(struct world *w, const char *now, struct client_report *report)
{
    struct repository repo = {w, fetch};
    struct err e;
    utc_t t;

    assert_int_equal(utc_parse(span_str(now), &t, &e), 0);
    if (client_run(&repo, bytes_span(&w->files[0].text), t, report, &e) != 0)
        fail_msg("%s", e.what);
}

static const struct client_row *row_of(const struct client_report *r, const char *role)
{
    const struct client_row *found = NULL;

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rows[i].role, role) == 0)
            found = &r->rows[i];
    if (found == NULL)
        fail_msg("no row '%s'", role);
    return found;
}

static void accepts_what_is_sound(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){0});
    run_at(w, NOW, &r);
    if (!r.accepted)
        fail_msg("%s (%s)", r.err.what, r.err.where);
    assert_true(r.complete);
    assert_int_equal(r.n, 6); /* root 1 and 2, timestamp, snapshot, targets, targets/simple */
    assert_int_equal(r.rows[1].version, 2);
    assert_int_equal(r.rows[1].threshold, 2);
    assert_int_equal(r.rows[1].valid, 2);
    assert_int_equal(r.rows[1].old_threshold, 2);
    assert_int_equal(r.rows[1].old_valid, 2);
    assert_int_equal(r.rows[1].nsigners, 2);
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.rows[i].verdict, CLIENT_ACCEPTED);
        assert_int_equal(strlen(r.rows[i].sha256), 64);
        assert_null(r.rows[i].note);
    }
    client_report_clear(&r);
}

static const struct attack {
    const char *name;
    struct twist twist;
    const char *role; /* whose row is refused */
    enum err_code code;
    const char *what; /* part of it */
} attacks[] = {
    {"root rollback", {.root_version = 1}, "root", ERR_VERSION, "version 1"},
    {"root version gap", {.root_version = 3}, "root", ERR_VERSION, "version 3"},
    {"old threshold", {.root_by = "14"}, "root", ERR_SIGNATURE, "only 1 of the 2"},
    {"new threshold", {.root_by = "13"}, "root", ERR_SIGNATURE, "only 1 of the 2"},
    {"no signatures", {.root_by = ""}, "root", ERR_SIGNATURE, "only 0 of the 2"},
    {"expired root", {.root_ends = BEFORE}, "root", ERR_EXPIRED, "expired"},
    {"root expires now", {.root_ends = NOW}, "root", ERR_EXPIRED, "expired"},
    {"expired timestamp", {.timestamp_ends = NOW}, "timestamp", ERR_EXPIRED, "expired"},
    {"expired snapshot", {.snapshot_ends = NOW}, "snapshot", ERR_EXPIRED, "expired"},
    {"expired targets", {.targets_ends = NOW}, "targets", ERR_EXPIRED, "expired"},
    {"expired delegated role", {.simple_ends = NOW}, "targets/simple", ERR_EXPIRED, "expired"},
    {"timestamp by a stranger", {.timestamp_by = STRANGER + 1}, "timestamp", ERR_SIGNATURE, "0 of"},
    {"snapshot by a stranger", {.snapshot_by = STRANGER + 1}, "snapshot", ERR_SIGNATURE, "0 of"},
    {"targets by the online key", {.targets_by = ONLINE + 1}, "targets", ERR_SIGNATURE, "0 of"},
    {"delegated role by its delegator's key",
     {.simple_by = TARGETS + 1},
     "targets/simple",
     ERR_SIGNATURE,
     "0 of"},
    {"one key under two keyids",
     {.targets_twice = true},
     "targets",
     ERR_SIGNATURE,
     "only 1 of the 2"},
    {"snapshot rollback", {.snapshot_inside = 5}, "snapshot", ERR_VERSION, "version 5, 6"},
    {"targets rollback", {.targets_inside = 1}, "targets", ERR_VERSION, "version 1, 2"},
    {"delegated rollback", {.simple_inside = 3}, "targets/simple", ERR_VERSION, "version 3, 4"},
    {"delegated future", {.simple_inside = 5}, "targets/simple", ERR_VERSION, "version 5, 4"},
    {"snapshot's length", {.snapshot_length = 1}, "snapshot", ERR_SIGNATURE, "bytes"},
    {"snapshot's hash", {.snapshot_hash = HASH_OTHER}, "snapshot", ERR_SIGNATURE, "another hash"},
    {"targets' length", {.targets_length = -1}, "targets", ERR_SIGNATURE, "bytes"},
    {"targets' hash", {.targets_hash = HASH_OTHER}, "targets", ERR_SIGNATURE, "another hash"},
    {"delegated length", {.simple_length = 3}, "targets/simple", ERR_SIGNATURE, "bytes"},
    {"delegated hash", {.simple_hash = HASH_OTHER}, "targets/simple", ERR_SIGNATURE, "another"},
    {"second hash", {.targets_hash = HASH_OTHER_512}, "targets", ERR_SIGNATURE, "by sha512"},
    {"unknown hash", {.snapshot_hash = HASH_UNKNOWN}, "snapshot", ERR_INPUT, "'crc32'"},
    {"targets not listed",
     {.targets_unlisted = true},
     "snapshot",
     ERR_INPUT,
     "'targets.json' is not listed"},
    {"snapshot withheld", {.no_snapshot = true}, "snapshot", ERR_INCOMPLETE, "not there"},
    {"targets withheld", {.targets_gone = true}, "targets", ERR_INCOMPLETE, "not there"},
    {"delegated role withheld",
     {.simple_gone = true},
     "targets/simple",
     ERR_INCOMPLETE,
     "not there"},
    {"a prefix that is no hex",
     {.simple = "\"path_hash_prefixes\": [\"xy\"]"},
     "targets",
     ERR_INPUT,
     "hex digits"},
    {"paths and prefixes",
     {.simple = "\"path_hash_prefixes\": [\"a\"], \"paths\": [\"a\"]"},
     "targets",
     ERR_INPUT,
     "exclude"},
    {"a bin by a stranger", {.bins = "2", .bins_foreign = true}, "bin-2", ERR_SIGNATURE, "0 of"},
    {"bins without number", {.bins = "33"}, "targets", ERR_INPUT, "1 to 32"},
    {"too many bins", {.bins = "32"}, "bin", ERR_INPUT, "more than are looked at"},
};

static void refuses_each_attack(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        const struct attack *a = &attacks[i];
        const struct client_row *row;
        struct client_report r;

        build(w, &a->twist);
        run_at(w, NOW, &r);
        if (r.accepted)
            fail_msg("accepted: %s", a->name);
        row = row_of(&r, a->role);
        if (row->verdict != CLIENT_REFUSED || row->err.code != a->code || r.err.code != a->code)
            fail_msg("%s: verdict %d, '%s' (code %d; first %d)", a->name, (int)row->verdict,
                     row->err.what, (int)row->err.code, (int)r.err.code);
        if (strstr(row->err.what, a->what) == NULL)
            fail_msg("%s: '%s'", a->name, row->err.what);
        client_report_clear(&r);
    }
}

/* A client that finds no 2.root.json never learns of 3.root.json. */
static void a_missing_root_hides_the_next(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.no_root_2 = true, .root_3 = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "root")->version, 1);
    client_report_clear(&r);
}

/* The chain goes on to the end, and an expired root in its middle does no harm. */
static void the_chain_is_followed_to_its_end(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.root_3 = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "root")->version, 3);
    client_report_clear(&r);
}

/* What a ceremony makes: no online role, which is said and refuses nothing. */
static void a_bundle_without_online_roles_is_said_so(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.no_timestamp = true, .no_snapshot = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_false(r.complete);
    assert_int_equal(row_of(&r, "timestamp")->verdict, CLIENT_ABSENT);
    assert_int_equal(row_of(&r, "snapshot")->verdict, CLIENT_ABSENT);
    assert_int_equal(row_of(&r, "targets")->verdict, CLIENT_UNBOUND);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_UNBOUND);
    client_report_clear(&r);

    /* and thresholds hold all the same */
    build(w, &(struct twist){.no_timestamp = true, .no_snapshot = true, .simple_by = STRANGER + 1});
    run_at(w, NOW, &r);
    assert_false(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_REFUSED);
    client_report_clear(&r);
}

static void a_role_that_no_snapshot_lists_is_absent(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.simple_unlisted = true});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_ABSENT);
    assert_non_null(strstr(row_of(&r, "targets/simple")->note, "does not list"));
    client_report_clear(&r);
}

static void shares_of_every_kind(void **state)
{
    struct world *w = *state;
    struct client_report r;

    build(w, &(struct twist){.simple = "\"path_hash_prefixes\": [\"0\", \"aF\"]"});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(row_of(&r, "targets/simple")->verdict, CLIENT_ACCEPTED);
    client_report_clear(&r);

    build(w, &(struct twist){.bins = "2"});
    run_at(w, NOW, &r);
    assert_true(r.accepted);
    assert_int_equal(r.n, 5 + 4);
    assert_int_equal(row_of(&r, "bin-0")->verdict, CLIENT_ACCEPTED);
    assert_int_equal(row_of(&r, "bin-3")->verdict, CLIENT_ACCEPTED);
    client_report_clear(&r);
}

/* The trusted root is held against its own threshold, and must be a root. */
static void the_trusted_root_is_not_believed(void **state)
{
    struct world *w = *state;
    struct repository repo = {w, fetch};
    struct client_report r;
    struct err e;
    char *digit;

    build(w, &(struct twist){0});
    assert_int_equal(client_run(&repo, span_str("{}"), 0, &r, &e), 0);
    assert_false(r.accepted);
    assert_int_equal(r.err.code, ERR_INPUT);
    client_report_clear(&r);
    assert_int_equal(client_run(&repo, bytes_span(&w->files[w->n - 1].text), 0, &r, &e), 0);
    assert_false(r.accepted);
    client_report_clear(&r);
    assert_non_null(digit = strstr((char *)w->files[0].text.p, "2027-11-24"));
    digit[3] = '8';
    run_at(w, NOW, &r);
    assert_false(r.accepted);
    assert_int_equal(r.err.code, ERR_SIGNATURE);
    client_report_clear(&r);
}

/* Every file of the repository, torn at many places: never accepted as a whole, never a crash. */
static void torn_files_are_refused(void **state)
{
    struct world *w = *state;

    for (size_t file = 0; file < 6; file++)
        for (size_t part = 0; part < 16; part++) {
            struct client_report r;

            build(w, &(struct twist){0});
            assert_int_equal(w->n, 6);
            bytes_truncate(&w->files[file].text, w->files[file].text.n * part / 16);
            run_at(w, NOW, &r);
            assert_false(r.accepted);
            client_report_clear(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_sound),
        cmocka_unit_test(refuses_each_attack),
        cmocka_unit_test(a_missing_root_hides_the_next),
        cmocka_unit_test(the_chain_is_followed_to_its_end),
        cmocka_unit_test(a_bundle_without_online_roles_is_said_so),
        cmocka_unit_test(a_role_that_no_snapshot_lists_is_absent),
        cmocka_unit_test(shares_of_every_kind),
        cmocka_unit_test(the_trusted_root_is_not_believed),
        cmocka_unit_test(torn_files_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
