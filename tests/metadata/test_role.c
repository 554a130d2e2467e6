/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four read models against files that are wrong in one place: the error names the line, and the
 * path or the subject.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/signed.h"
#include "tests/metadata/forge.h"

/* A sound file of each type, a member a line; tests replace one text by another. K is a keyid and O
 * its key object. */
static const char root_text[] = "{\"_type\": \"root\",\n"
                                "\"spec_version\": \"1.0.31\",\n"
                                "\"version\": 3,\n"
                                "\"expires\": \"2027-11-24T00:00:00Z\",\n"
                                "\"consistent_snapshot\": true,\n"
                                "\"keys\": {@K: @O},\n"
                                "\"roles\": {\n"
                                "\"root\": {\"keyids\": [@K], \"threshold\": 1},\n"
                                "\"timestamp\": {\"keyids\": [@K], \"threshold\": 1},\n"
                                "\"snapshot\": {\"keyids\": [@K], \"threshold\": 1},\n"
                                "\"targets\": {\"keyids\": [@K], \"threshold\": 1}},\n"
                                "\"x-room\": [1, {\"b\": 2}]}";

static const char targets_text[] =
    "{\"_type\": \"targets\",\n"
    "\"spec_version\": \"1.0.31\",\n"
    "\"version\": 2,\n"
    "\"expires\": \"2027-11-24T00:00:00Z\",\n"
    "\"targets\": {\"a/b.tgz\":\n"
    "{\"length\": 5, \"hashes\": {\"sha256\": \"00\"}, \"custom\": {\"x\": 1}}},\n"
    "\"delegations\": {\"keys\": {@K: @O},\n"
    "\"roles\": [\n"
    "{\"name\": \"simple\", \"keyids\": [@K], \"threshold\": 1, \"terminating\": false,\n"
    "\"paths\": [\"simple/*\"]},\n"
    "{\"name\": \"bins/0\", \"keyids\": [@K], \"threshold\": 1, \"terminating\": true,\n"
    "\"path_hash_prefixes\": [\"0\", \"aF\"]}\n"
    "]}}";

static const char succinct_text[] = "{\"_type\": \"targets\",\n"
                                    "\"spec_version\": \"1.0.31\",\n"
                                    "\"version\": 2,\n"
                                    "\"expires\": \"2027-11-24T00:00:00Z\",\n"
                                    "\"targets\": {},\n"
                                    "\"delegations\": {\"keys\": {@K: @O},\n"
                                    "\"succinct_roles\": {\"keyids\": [@K], \"threshold\": 1,\n"
                                    "\"bit_length\": 14,\n"
                                    "\"name_prefix\": \"bin\"}}}";

static const char snapshot_text[] = "{\"_type\": \"snapshot\",\n"
                                    "\"spec_version\": \"1.0.31\",\n"
                                    "\"version\": 9,\n"
                                    "\"expires\": \"2027-11-24T00:00:00Z\",\n"
                                    "\"meta\": {\n"
                                    "\"targets.json\": {\"version\": 2},\n"
                                    "\"simple.json\": {\"version\": 4, \"length\": 10,\n"
                                    "\"hashes\": {\"sha256\": \"@H\"}}}}";

static const char timestamp_text[] = "{\"_type\": \"timestamp\",\n"
                                     "\"spec_version\": \"1.0\",\n"
                                     "\"version\": 9,\n"
                                     "\"expires\": \"2027-11-24T00:00:00Z\",\n"
                                     "\"meta\": {\"snapshot.json\": {\"version\": 9}}}";

struct world {
    struct signer signer;
    struct bytes quoted_id, object;
};

static int setup(void **state)
{
    static struct world w; /* cmocka's state needs a home */

    signer_init(&w.signer, KEY_ED25519);
    w.quoted_id = (struct bytes){0};
    w.object = (struct bytes){0};
    bytes_printf(&w.quoted_id, "\"%s\"", key_id(w.signer.key));
    bytes_put_span(&w.object, key_object(w.signer.key));
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    signer_clear(&w->signer);
    bytes_clear(&w->quoted_id);
    bytes_clear(&w->object);
    return 0;
}

/* `text` with the first `from` replaced by `to`, and the marks filled in; the caller frees it. */
static char *with(const struct world *w, const char *text, const char *from, const char *to)
{
    static const char hash[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    const char *at = from != NULL ? strstr(text, from) : NULL;
    struct bytes once, out;

    if (from != NULL && at == NULL)
        fail_msg("'%s' is not in the text", from);
    once = (struct bytes){0};
    out = (struct bytes){0};
    bytes_put(&once, text, at != NULL ? (size_t)(at - text) : strlen(text));
    if (at != NULL)
        bytes_printf(&once, "%s%s", to, at + strlen(from));
    for (const char *p = bytes_str(&once); *p != '\0'; p++) {
        if (p[0] == '@' && p[1] == 'K')
            bytes_put_span(&out, bytes_span(&w->quoted_id));
        else if (p[0] == '@' && p[1] == 'O')
            bytes_put_span(&out, bytes_span(&w->object));
        else if (p[0] == '@' && p[1] == 'H')
            bytes_put_str(&out, hash);
        else
            bytes_put_u8(&out, (uint8_t)*p);
        p += p[0] == '@' && p[1] != '\0' && strchr("KOH", p[1]) != NULL;
    }
    bytes_clear(&once);
    return bytes_take_str(&out);
}

static int read_as(enum signed_type type, struct json object, struct err *e)
{
    struct root root;
    struct targets targets;
    struct listing listing;
    int rc;

    if (type == SIGNED_ROOT) {
        rc = root_read(object, &root, e);
        root_clear(&root);
    } else if (type == SIGNED_TARGETS) {
        rc = targets_read(object, &targets, e);
        targets_clear(&targets);
    } else {
        rc = listing_read(object, type, &listing, e);
        listing_clear(&listing);
    }
    return rc;
}

struct refusal {
    const char *from, *to;
    const char *where;       /* begins so, behind "file:" */
    const char *what, *path; /* parts of `what` and `where`; NULL: not looked at */
};

static void refuse_each(const struct world *w, enum signed_type type, const char *text,
                        const struct refusal *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *wrong = with(w, text, rows[i].from, rows[i].to);
        struct json_doc *doc = forge_doc(wrong);
        struct err e;

        err_clear(&e);
        if (read_as(type, json_root(doc), &e) == 0)
            fail_msg("accepted: %s", rows[i].to);
        assert_int_equal(e.code, ERR_INPUT);
        if (strncmp(e.where, "file:", 5) != 0 ||
            strncmp(e.where + 5, rows[i].where, strlen(rows[i].where)) != 0)
            fail_msg("%s: not at line %s but '%s': %s", rows[i].to, rows[i].where, e.where, e.what);
        if (strstr(e.what, rows[i].what) == NULL)
            fail_msg("%s: '%s'", rows[i].to, e.what);
        if (rows[i].path != NULL && strstr(e.where, rows[i].path) == NULL)
            fail_msg("%s: '%s' is not in '%s'", rows[i].to, rows[i].path, e.where);
        json_doc_free(doc);
        free(wrong);
    }
}
#define REFUSE_EACH(state, type, text, rows)                                                       \
    refuse_each(*(state), type, text, rows, sizeof(rows) / sizeof(rows)[0])

static void heads_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {"\"_type\": \"timestamp\"", "\"_type\": \"mirrors\"", "1:", "'_type' is not", "_type"},
        {"\"_type\": \"timestamp\"", "\"_type\": \"Timestamp\"", "1:", "'_type' is not", "_type"},
        {"\"_type\": \"timestamp\"", "\"_type\": 1", "1:", "not a string", "_type"},
        {"\"_type\": \"timestamp\"", "\"_type\": \"root\"", "1:", "root metadata, not timestamp",
         "_type"},
        {"\"_type\": \"timestamp\",", "", "1:1", "'_type' is missing", NULL},
        {"\"1.0\"", "\"2.0\"", "2:", "not 1.x", "spec_version"},
        {"\"1.0\"", "\"1\"", "2:", "not 1.x", "spec_version"},
        {"\"1.0\"", "\"1.\"", "2:", "not 1.x", "spec_version"},
        {"\"1.0\"", "\"1..0\"", "2:", "not 1.x", "spec_version"},
        {"\"1.0\"", "\"1.0 \"", "2:", "not 1.x", "spec_version"},
        {"\"1.0\"", "1", "2:", "not a string", "spec_version"},
        {"\"version\": 9", "\"version\": 0", "3:", "a number from 1", "version"},
        {"\"version\": 9", "\"version\": -1", "3:", "a number from 1", "version"},
        {"\"version\": 9", "\"version\": \"9\"", "3:", "not an integer", "version"},
        {"\"version\": 9,", "", "1:1", "'version' is missing", NULL},
        {"00:00:00Z", "00:00:00", "4:", "YYYY", "expires"},
        {"00:00:00Z", "00:00:00.0Z", "4:", "an old form of a time", "expires"},
        {"00:00:00Z", "00:00:00+00:00", "4:", "an old form of a time", "expires"},
        {"00:00:00Z", "00:00:00.0", "4:", "YYYY", "expires"},
        {"2027-11-24", "2027-11-31", "4:", "calendar", "expires"},
        {"\"2027-11-24T00:00:00Z\"", "0", "4:", "not a string", "expires"},
    };

    REFUSE_EACH(state, SIGNED_TIMESTAMP, timestamp_text, rows);
}

static void roots_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {"\"consistent_snapshot\": true", "\"consistent_snapshot\": 1", "5:", "true or false",
         "consistent_snapshot"},
        {"\"keys\": {@K: @O}", "\"keys\": []", "6:", "not an object", "keys"},
        {"@K: @O", "@K: 1", "6:", "a key is an object", "keys"},
        {"@K: @O", "\"\": @O", "6:", "a keyid is empty", "keys"},
        {"@K: @O", "@K: {}", "6:", "'keytype' is missing", "keys"},
        {"\"roles\": {", "\"rules\": {", "1:1", "'roles' is missing", NULL},
        {"\"root\": {\"keyids\": [@K], \"threshold\": 1},\n", "\n", "7:", "'root' is missing",
         "roles"},
        {"\"timestamp\": {\"keyids\"", "\"mirrors\": {\"keyids\"", "9:", "mirrors", "roles"},
        {"\"threshold\": 1},\n\"timestamp\"", "\"threshold\": 0},\n\"timestamp\"",
         "8:", "threshold is 1 to 1", "roles.root.threshold"},
        {"\"threshold\": 1},\n\"timestamp\"", "\"threshold\": 2},\n\"timestamp\"",
         "8:", "threshold is 1 to 1", "roles.root.threshold"},
        {"\"threshold\": 1},\n\"timestamp\"", "\"threshold\": -1},\n\"timestamp\"",
         "8:", "threshold is 1 to 1", "roles.root.threshold"},
        {"\"threshold\": 1},\n\"timestamp\"", "\"threshold\": 4294967297},\n\"timestamp\"",
         "8:", "threshold is 1 to 1", "roles.root.threshold"},
        {"\"threshold\": 1},\n\"timestamp\"", "\"threshold\": true},\n\"timestamp\"",
         "8:", "not an integer", "roles.root.threshold"},
        {"\"snapshot\": {\"keyids\": [@K]", "\"snapshot\": {\"keyids\": []", "10:", "no keys",
         "roles.snapshot.keyids"},
        {"\"snapshot\": {\"keyids\": [@K]", "\"snapshot\": {\"keyids\": [@K, @K]",
         "10:", "there twice", "roles.snapshot.keyids[1]"},
        {"\"snapshot\": {\"keyids\": [@K]", "\"snapshot\": {\"keyids\": [3]",
         "10:", "a keyid is a string", "roles.snapshot.keyids[0]"},
        {"\"snapshot\": {\"keyids\": [@K]", "\"snapshot\": {\"keyids\": {}", "10:", "not a list",
         "roles.snapshot.keyids"},
    };

    REFUSE_EACH(state, SIGNED_ROOT, root_text, rows);
}

static void targets_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {"\"targets\": {\"a/b", "\"target\": {\"a/b", "1:1", "'targets' is missing", NULL},
        {"\"length\": 5", "\"length\": -5", "6:", "not negative", "targets[\"a/b.tgz\"].length"},
        {"\"length\": 5", "\"length\": \"5\"", "6:", "not an integer", "length"},
        {"\"length\": 5, ", "", "6:", "'length' is missing", "targets[\"a/b.tgz\"]"},
        {"{\"sha256\": \"00\"}", "{}", "6:", "no hash", "hashes"},
        {"{\"sha256\": \"00\"}", "{\"sha256\": 0}", "6:", "a string of hex", "hashes.sha256"},
        {"{\"sha256\": \"00\"}", "[]", "6:", "not an object", "hashes"},
        {"\"delegations\": {\"keys\": {@K: @O},", "\"delegations\": {", "7:", "'keys' is missing",
         "delegations"},
        {"\"roles\": [", "\"roles\": [3,", "8:", "a delegated role is an object", "roles[0]"},
        {"\"name\": \"simple\"", "\"name\": \"\"", "9:", "empty", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"root\"", "9:", "top-level", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"../root\"", "9:", "'..'", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"a//b\"", "9:", "empty", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"/a\"", "9:", "slash", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"a\\\\b\"", "9:", "backslash", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"a\\u001bb\"", "9:", "control", "roles[0].name"},
        {"\"name\": \"simple\"", "\"name\": \"bins/0\"", "11:", "twice", "roles[1]"},
        {"\"terminating\": false", "\"terminating\": 0", "9:", "not true or false",
         "roles[0].terminating"},
        {", \"terminating\": false", "", "9:", "'terminating' is missing", "roles[0]"},
        {"\"paths\": [\"simple/*\"]", "\"paths\": [1]", "10:", "a string", "roles[0].paths[0]"},
        {"\"paths\": [\"simple/*\"]", "\"paths\": [\"\"]", "10:", "a string", "roles[0].paths[0]"},
        {"\"paths\": [\"simple/*\"]", "\"paths\": \"simple/*\"", "10:", "an array",
         "roles[0].paths"},
        {"\"paths\": [\"simple/*\"]", "\"path\": [\"simple/*\"]", "9:", "neither", "roles[0]"},
        {"\"paths\": [\"simple/*\"]", "\"paths\": [\"a\"], \"path_hash_prefixes\": [\"a\"]",
         "9:", "exclude", "roles[0]"},
        {"\"aF\"", "\"0g\"", "12:", "hex digits", "roles[1].path_hash_prefixes[1]"},
        {"\"threshold\": 1, \"terminating\": false", "\"threshold\": 2, \"terminating\": false",
         "9:", "threshold is 1 to 1", "roles[0].threshold"},
        {"\"roles\": [", "\"succinct_roles\": {}, \"roles\": [", "7:", "exclude", "delegations"},
    };

    REFUSE_EACH(state, SIGNED_TARGETS, targets_text, rows);
}

static void succinct_roles_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {"\"bit_length\": 14", "\"bit_length\": 0", "8:", "1 to 32", "succinct_roles.bit_length"},
        {"\"bit_length\": 14", "\"bit_length\": 33", "8:", "1 to 32", "succinct_roles.bit_length"},
        {"\"bit_length\": 14,", "", "7:", "'bit_length' is missing", "succinct_roles"},
        {"\"name_prefix\": \"bin\"", "\"name_prefix\": 1", "9:", "not a string", "name_prefix"},
        {"\"name_prefix\": \"bin\"", "\"name_prefix\": \"..\"", "9:", "'..'", "name_prefix"},
        {"\"threshold\": 1", "\"threshold\": 2", "7:", "threshold is 1 to 1", "threshold"},
        {"\"succinct_roles\": {", "\"succinct_roles\": [{", "7:", "not an object",
         "succinct_roles"},
        {"\"succinct_roles\"", "\"succinct\"", "6:", "neither", "delegations"},
    };

    /* one row opens a list that must be closed */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes text;

        text = (struct bytes){0};
        bytes_put_str(&text, succinct_text);
        if (strchr(rows[i].to, '[') != NULL) {
            bytes_truncate(&text, text.n - 2);
            bytes_put_str(&text, "]}}");
        }
        refuse_each(*state, SIGNED_TARGETS, bytes_str(&text), &rows[i], 1);
        bytes_clear(&text);
    }
}

static void listings_are_refused(void **state)
{
    static const struct refusal rows[] = {
        {"\"meta\": {", "\"mita\": {", "1:1", "'meta' is missing", NULL},
        {"\"targets.json\"", "\"target.json\"", "5:", "'targets.json' is not listed", "meta"},
        {"{\"version\": 2}", "{\"version\": 0}", "6:", "a number from 1",
         "meta[\"targets.json\"].version"},
        {"{\"version\": 2}", "{}", "6:", "'version' is missing", "meta[\"targets.json\"]"},
        {"{\"version\": 2}", "2", "6:", "an object is expected", "meta[\"targets.json\"]"},
        {"\"length\": 10", "\"length\": 0", "7:", "number of bytes", "length"},
        {"\"length\": 10", "\"length\": \"10\"", "7:", "number of bytes", "length"},
        {"{\"sha256\": \"@H\"}", "{}", "8:", "at least one hash", "hashes"},
        {"{\"sha256\": \"@H\"}", "3", "8:", "at least one hash", "hashes"},
        {"\"@H\"", "\"@H00\"", "8:", "64 hex digits", "hashes.sha256"},
        {"\"@H\"", "\"xy\"", "8:", "64 hex digits", "hashes.sha256"},
        {"\"@H\"", "7", "8:", "hex digits", "hashes.sha256"},
    };
    static const struct refusal stamp[] = {
        {"\"snapshot.json\"", "\"root.json\"", "5:", "'snapshot.json' is not listed", "meta"},
    };

    REFUSE_EACH(state, SIGNED_SNAPSHOT, snapshot_text, rows);
    REFUSE_EACH(state, SIGNED_TIMESTAMP, timestamp_text, stamp);
}

static void what_is_sound_is_read(void **state)
{
    const struct world *w = *state;
    char *text = with(w, root_text, NULL, NULL);
    struct json_doc *doc = forge_doc(text);
    struct root root;
    struct err e;

    assert_int_equal(root_read(json_root(doc), &root, &e), 0);
    assert_int_equal(root.head.version, 3);
    assert_true(root.consistent_snapshot);
    assert_int_equal(root.keys.n, 1);
    assert_false(root.keys.entries[0].id_mismatch);
    assert_int_equal(root.roles[SIGNED_SNAPSHOT].threshold, 1);
    assert_true(role_has(&root.roles[SIGNED_TARGETS], key_id(w->signer.key)));
    /* unknown fields stay in the bytes that are signed */
    assert_non_null(memmem(json_span(root.head.object).p, json_span(root.head.object).n,
                           "\"x-room\":[1,{\"b\":2}]", 20));
    root_clear(&root);
    json_doc_free(doc);
    free(text);
}

static void delegations_are_read(void **state)
{
    char *text = with(*state, targets_text, NULL, NULL),
         *bins = with(*state, succinct_text, NULL, NULL);
    struct json_doc *doc = forge_doc(text);
    struct targets t;
    struct err e;

    assert_int_equal(targets_read(json_root(doc), &t, &e), 0);
    assert_int_equal(t.n, 2);
    assert_string_equal(t.delegations[0].role.name, "simple");
    assert_false(t.delegations[0].terminating);
    assert_int_equal(json_count(t.delegations[0].paths), 1);
    assert_int_equal(t.delegations[0].prefixes.n, 0);
    assert_true(t.delegations[1].terminating);
    assert_int_equal(json_count(t.delegations[1].prefixes), 2);
    targets_clear(&t);
    json_doc_free(doc);

    doc = forge_doc(bins);
    assert_int_equal(targets_read(json_root(doc), &t, &e), 0);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.delegations[0].bit_length, 14);
    assert_string_equal(t.delegations[0].role.name, "bin");
    targets_clear(&t);
    json_doc_free(doc);
    free(text);
    free(bins);
}

static void listings_are_read(void **state)
{
    char *text = with(*state, snapshot_text, NULL, NULL);
    struct json_doc *doc = forge_doc(text);
    struct listing l;
    struct file_meta m;
    struct err e;

    assert_int_equal(listing_read(json_root(doc), SIGNED_SNAPSHOT, &l, &e), 0);
    assert_int_equal(listing_find(&l, "simple.json", &m, &e), 1);
    assert_int_equal(m.version, 4);
    assert_int_equal(m.length, 10);
    assert_int_equal(json_count(m.hashes), 1);
    assert_int_equal(listing_find(&l, "targets.json", &m, &e), 1);
    assert_int_equal(m.length, -1);
    assert_int_equal(m.hashes.n, 0);
    assert_int_equal(listing_find(&l, "absent.json", &m, &e), 0);
    listing_clear(&l);
    json_doc_free(doc);
    free(text);
}

static void paths_of_strangers(void **state)
{
    static const char *const good[] = {"a", "targets/simple", "a/b/c.json", "\xC3\xA4/..b", "..."};
    static const char *const bad[] = {"",      "/",      "/a",  "a/",      "a//b", ".",
                                      "..",    "a/../b", "./a", "a/..",    "a\\b", "a\nb",
                                      "a\x7F", "\xFF",   "a/.", "\xC2\x80"};
    char longest[1026];
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(path_check(span_str(good[i]), &e), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (path_check(span_str(bad[i]), &e) == 0)
            fail_msg("accepted: '%s'", bad[i]);
    memset(longest, 'a', sizeof longest);
    assert_int_equal(path_check(span_of(longest, 1024), &e), 0);
    assert_int_equal(path_check(span_of(longest, 1025), &e), -1);
    assert_int_equal(path_check(span_of("a\0b", 3), &e), -1);
    assert_int_equal(role_name_check(span_str("snapshot"), &e), -1);
    assert_int_equal(role_name_check(span_str("snapshots"), &e), 0);
}

/* {aa: one key, bb: the same, cc: another}; dd is nowhere. */
static struct keyring three_ids(const struct world *w, const struct signer *other)
{
    struct keyring ring;
    struct json_doc *doc;
    struct bytes text;
    struct span one = bytes_span(&w->object), two = key_object(other->key);
    struct err e;

    text = (struct bytes){0};
    bytes_printf(&text, "{\"aa\":%.*s,\"bb\":%.*s,\"cc\":%.*s}", (int)one.n, (const char *)one.p,
                 (int)one.n, (const char *)one.p, (int)two.n, (const char *)two.p);
    assert_int_equal(json_doc_read(bytes_span(&text), "keys", JSON_TEXT, &doc, &e), 0);
    assert_int_equal(keyring_read(json_root(doc), &ring, &e), 0);
    json_doc_free(doc);
    bytes_clear(&text);
    return ring;
}

static void the_same_keys_are_the_same_material(void **state)
{
    static const struct {
        const char *a[3], *b[3];
        bool same;
    } rows[] = {
        {{"aa", "cc"}, {"cc", "aa"}, true},
        {{"aa", "cc"}, {"cc", "bb"}, true}, /* another id of the same key */
        {{"aa", "bb"}, {"aa"}, true},
        {{"aa", "cc"}, {"aa"}, false},
        {{"aa"}, {"aa", "cc"}, false},
        {{"aa"}, {"cc"}, false},
        {{"aa", "dd"}, {"dd", "bb"}, true}, /* one that is not there is known by its id */
        {{"aa", "dd"}, {"aa", "ee"}, false},
        {{"dd"}, {"aa"}, false},
    };
    struct signer other;
    struct keyring ring;

    signer_init(&other, KEY_ED25519);
    ring = three_ids(*state, &other);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct role a = {.keyids = (char **)(uintptr_t)rows[i].a},
                    b = {.keyids = (char **)(uintptr_t)rows[i].b};

        while (a.n < 3 && a.keyids[a.n] != NULL)
            a.n++;
        while (b.n < 3 && b.keyids[b.n] != NULL)
            b.n++;
        if (role_same_keys(&a, &ring, &b, &ring) != rows[i].same ||
            role_same_keys(&b, &ring, &a, &ring) != rows[i].same)
            fail_msg("row %zu", i);
    }
    keyring_clear(&ring);
    signer_clear(&other);
}

static bool any(const void *self, const struct key *key)
{
    (void)self;
    return key != NULL;
}

static void a_role_with_a_key_that_is_nowhere_is_not_all_of_a_kind(void **state)
{
    const char *ids[] = {"aa", "cc", "dd"};
    struct role role = {.keyids = (char **)(uintptr_t)ids, .n = 2};
    struct signer other;
    struct keyring ring;

    signer_init(&other, KEY_ED25519);
    ring = three_ids(*state, &other);
    assert_true(role_all(&role, &ring, any, NULL));
    role.n = 3;
    assert_false(role_all(&role, &ring, any, NULL));
    keyring_clear(&ring);
    signer_clear(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_refused),
        cmocka_unit_test(roots_are_refused),
        cmocka_unit_test(targets_are_refused),
        cmocka_unit_test(succinct_roles_are_refused),
        cmocka_unit_test(listings_are_refused),
        cmocka_unit_test(what_is_sound_is_read),
        cmocka_unit_test(delegations_are_read),
        cmocka_unit_test(listings_are_read),
        cmocka_unit_test(paths_of_strangers),
        cmocka_unit_test(the_same_keys_are_the_same_material),
        cmocka_unit_test(a_role_with_a_key_that_is_nowhere_is_not_all_of_a_kind),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
