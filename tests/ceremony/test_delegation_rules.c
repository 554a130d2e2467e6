/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule about delegations: a list that breaks it, one that does not, and 16,384 roles at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_rules.h"
#include "tests/metadata/forge.h"

#define BINS 16384

static struct signer people[3];

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        signer_init(&people[i], KEY_ED25519);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        signer_clear(&people[i]);
    return 0;
}

/* A delegation in short: its share as the members of JSON. */
struct entry {
    const char *name, *share;
    bool terminating;
    unsigned threshold; /* 0: 1 */
};

static void put_entry(struct bytes *out, const struct entry *entry)
{
    const struct signer *const both[] = {&people[0], &people[1]};

    bytes_printf(out,
                 "{\"name\": \"%s\", \"terminating\": %s, \"threshold\": %u, %s, \"keyids\": [",
                 entry->name, entry->terminating ? "true" : "false",
                 entry->threshold > 0 ? entry->threshold : 1, entry->share);
    forge_keyids(both, 2, out);
    bytes_put_str(out, "]}");
}

/* A targets file in memory. */
struct file {
    struct bytes text;
    struct json_doc *doc;
    struct targets targets;
};

static void file_begin(struct file *f, unsigned keys)
{
    const struct signer *const all[] = {&people[0], &people[1], &people[2]};

    f->text = (struct bytes){0};
    bytes_put_str(&f->text,
                  "{\"_type\": \"targets\", \"spec_version\": \"1.0.31\", \"version\": 1, "
                  "\"expires\": \"2030-01-01T00:00:00Z\", \"targets\": {}, "
                  "\"delegations\": {\"keys\": {");
    forge_keys(all, keys, &f->text);
    bytes_put_str(&f->text, "}, ");
}

static void file_end(struct file *f)
{
    struct err e;

    bytes_put_str(&f->text, "}}");
    f->doc = forge_doc(bytes_str(&f->text));
    assert_int_equal(targets_read(json_root(f->doc), &f->targets, &e), 0);
}

static void file_make(struct file *f, unsigned keys, const struct entry *entries)
{
    file_begin(f, keys);
    bytes_put_str(&f->text, "\"roles\": [");
    for (size_t i = 0; entries[i].name != NULL; i++) {
        bytes_put_str(&f->text, i > 0 ? ", " : "");
        put_entry(&f->text, &entries[i]);
    }
    bytes_put_str(&f->text, "]");
    file_end(f);
}

static void file_clear(struct file *f)
{
    targets_clear(&f->targets);
    json_doc_free(f->doc);
    bytes_clear(&f->text);
}

static const struct finding *find(const struct findings *f, const char *rule)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, rule) == 0)
            return &f->items[i];
    return NULL;
}

#define PATHS(x)    "\"paths\": [" x "]"
#define PREFIXES(x) "\"path_hash_prefixes\": [" x "]"

struct row {
    const char *says; /* "rule" or "rule!" (a refusal) or NULL: nothing at all */
    struct entry above[3], entries[5];
    const char *text; /* in the finding; NULL: not looked at */
};

static const struct row rows[] = {
    {NULL,
     {{0}},
     {{"a", PATHS("\"a/*\""), false, 0}, {"b", PATHS("\"b/*\", \"c/?x\""), true, 0}},
     NULL},
    {"pattern-never!", {{0}}, {{"a", PATHS("\"a//b\""), false, 0}}, "two slashes"},
    {"pattern-never!", {{0}}, {{"a", PATHS("\"/a\""), false, 0}}, "begins with a slash"},
    {"pattern-differs", {{0}}, {{"a", PATHS("\"{a,b}\""), false, 0}}, "braces"},
    {"pattern-differs", {{0}}, {{"a", PATHS("\"a/**\""), false, 0}}, "'**'"},
    {"pattern-text!", {{0}}, {{"a", PATHS("\"LONG\""), false, 0}}, "longer than"},
    {"pattern-twice", {{0}}, {{"a", PATHS("\"x*\", \"x*\""), false, 0}}, "twice in role 'a'"},
    {"pattern-twice",
     {{0}},
     {{"a", PATHS("\"x*\""), false, 0}, {"b", PATHS("\"x*\""), false, 0}},
     "both"},
    {"pattern-case",
     {{0}},
     {{"p/D", PATHS("\"p/D/*\""), false, 0}, {"p/d1", PATHS("\"p/d/*\""), false, 0}},
     "Windows"},
    {"pattern-ancestor!",
     {{"targets/packages", PATHS("\"packages/2.7/D/*\""), false, 0}},
     {{"django", PATHS("\"packages/2.7/D/Django/*\""), false, 0}},
     "can never match"},
    {"pattern-ancestor",
     {{"top", PATHS("\"*/*\""), false, 0}, {"s", PATHS("\"simple/d*\", \"simple/e*\""), false, 0}},
     {{"x", PATHS("\"simple/[d-f]*\""), false, 0}},
     "may match only in part"},
    {NULL,
     {{"top", PATHS("\"*/*\""), false, 0}, {"s", PATHS("\"x\", \"simple/[a-f]*\""), false, 0}},
     {{"x", PATHS("\"simple/[d-f]*\""), false, 0}},
     NULL},
    {"pattern-ancestor", /* together they match all of it: that was not looked at */
     {{"s", PATHS("\"simple/d*\", \"simple/[ef]*\""), false, 0}},
     {{"x", PATHS("\"simple/[d-f]*\""), false, 0}},
     "may match only in part"},
    {"overlap",
     {{0}},
     {{"claimed", PATHS("\"simple/d*\""), false, 0},
      {"unclaimed", PATHS("\"simple/*\""), false, 0}},
     "clients ask 'claimed' first"},
    {"hidden!",
     {{0}},
     {{"a", PATHS("\"t\", \"s/[a-z]*\""), true, 0}, {"b", PATHS("\"s/[d-f]x\""), false, 0}},
     "role 'b' is never asked"},
    {"hidden-in-part",
     {{0}},
     {{"a", PATHS("\"s/[a-m]*\""), true, 0}, {"b", PATHS("\"s/[a-z]x\""), false, 0}},
     "some of what 's/[a-z]x' of role 'b' matches may be hidden"},
    {"number-name!",
     {{0}},
     {{"b", PATHS("\"b\""), false, 0}, {"10", PATHS("\"a\""), false, 0}},
     "tuf-js"},
    {"number-name!",
     {{0}},
     {{"11", PATHS("\"b\""), false, 0}, {"10", PATHS("\"a\""), false, 0}},
     "'10'"},
    {NULL,
     {{0}},
     {{"0", PATHS("\"a\""), false, 0},
      {"10", PATHS("\"b\""), false, 0},
      {"00", PATHS("\"c\""), false, 0},
      {"4294967295", PATHS("\"d\""), false, 0}},
     NULL},
    {"script-name!", {{0}}, {{"constructor", PATHS("\"a\""), false, 0}}, "never asks"},
    {"name-case",
     {{0}},
     {{"p/D", PATHS("\"D/*\""), false, 0}, {"p/d", PATHS("\"e/*\""), false, 0}},
     "differ only by case"},
    {"name-letters",
     {{0}},
     {{"p/e", PATHS("\"e/*\""), false, 0},
      {"p/\xCC\x81"
       "e",
       PATHS("\"f/*\""), false, 0}},
     "1 role, such as 'p/\xCC\x81"
     "e', has letters beyond ASCII"},
    {"name-hidden!",
     {{0}},
     {{"simple/\xE2\x80\xAEognajd", PATHS("\"a\""), false, 0}}, /* right to left */
     "simple/\xEF\xBF\xBDognajd', has a character that can't be seen"},
    {"name-hidden!", {{0}}, {{"djan\xE2\x80\x8Bgo", PATHS("\"a\""), false, 0}}, "can't be seen"},
    {"name-percent",
     {{0}},
     {{"targets%2Fsimple", PATHS("\"a\""), false, 0}},
     "'targets%2Fsimple', has a '%'"},
    {"name-letters", /* the same name, composed and decomposed */
     {{0}},
     {{"caf\xC3\xA9", PATHS("\"a\""), false, 0}, {"cafe\xCC\x81", PATHS("\"b\""), false, 0}},
     "2 roles, such as 'caf\xC3\xA9', have letters beyond ASCII"},
    {"name-letters", /* Cyrillic */
     {{0}},
     {{"dj\xD0\xB0ngo", PATHS("\"a\""), false, 0}},
     "other names can look the same"},
    {"name-alike",
     {{0}},
     {{"django", PATHS("\"a\""), false, 0}, {"dj\xD0\xB0ngo", PATHS("\"b\""), false, 0}},
     "'django' and 'dj\xD0\xB0ngo' have different names that look the same"},
    {"fewer-signatures", {{0}}, {{"a", PATHS("\"a\""), false, 1}}, "fewer signatures than the 2"},
    {"prefix-never!", {{0}}, {{"a", PREFIXES("\"0A\""), false, 0}}, "small letters"},
    {"prefix-never!",
     {{0}},
     {{"a", PREFIXES("\"00000000000000000000000000000000000000000000000000000000000000000\""),
       false, 0}},
     "longer than a hash"},
    {"prefix-lengths",
     {{0}},
     {{"a", PREFIXES("\"0\""), false, 0}, {"b", PREFIXES("\"10\""), false, 0}},
     "equally long"},
    {"prefix-overlap",
     {{0}},
     {{"a", PREFIXES("\"01\""), false, 0}, {"b", PREFIXES("\"0\""), false, 0}},
     "clients ask 'a' first"},
    {"prefix-twice", {{0}}, {{"a", PREFIXES("\"0\", \"0\""), false, 0}}, "adds nothing"},
    {"hidden!",
     {{0}},
     {{"a", PREFIXES("\"0\""), true, 0}, {"b", PREFIXES("\"01\", \"0f\""), false, 0}},
     "role 'b' is never asked"},
    {"prefix-hole",
     {{0}},
     {{"a", PREFIXES("\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\""), false, 0},
      {"b", PREFIXES("\"8\", \"9\", \"a\", \"b\", \"c\", \"d\", \"f\""), false, 0}},
     "e000000000000000"},
    {"bin-count",
     {{0}},
     {{"a", PREFIXES("\"0\", \"1\""), false, 0}, {"b", PREFIXES("\"2\""), false, 0}},
     "2"},
    {NULL,
     {{0}},
     {{"a", PREFIXES("\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\""), false, 0},
      {"b", PREFIXES("\"8\", \"9\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\""), true, 0}},
     NULL},
    {"prefix-ancestor!",
     {{"bins", PREFIXES("\"0\", \"1a\""), false, 0}},
     {{"a", PREFIXES("\"0f\", \"1b\""), false, 0}},
     "'1b' of role 'a'"},
    {"mixed",
     {{0}},
     {{"a", PATHS("\"a\""), false, 0}, {"b", PREFIXES("\"0\""), false, 0}},
     "by patterns and some by hashes"},
};

static void check(const struct row *row, const struct findings *f)
{
    bool refusal = row->says != NULL && row->says[strlen(row->says) - 1] == '!';
    char rule[40];
    const struct finding *got;

    if (row->says == NULL) {
        if (f->n > 0)
            fail_msg("%s: %s", f->items[0].rule, f->items[0].text);
        return;
    }
    snprintf(rule, sizeof rule, "%s", row->says);
    if (refusal)
        *strchr(rule, '!') = '\0';
    got = find(f, rule);
    if (got == NULL)
        fail_msg("no finding of '%s'; the first of %zu: %s", rule, f->n,
                 f->n > 0 ? f->items[0].text : "");
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, rule) == 0 &&
            (f->items[i].level == FINDING_REFUSAL) != refusal)
            fail_msg("'%s' has level %d", rule, (int)f->items[i].level);
    if (strstr(got->text, row->text) == NULL)
        fail_msg("'%s' does not say '%s'", got->text, row->text);
    if (!refusal && findings_refused(f))
        fail_msg("something else is refused in the row of '%s'", rule);
}

/* LONG becomes a pattern longer than can be read. */
static void lengthen(struct entry *entry, struct bytes *share)
{
    const char *at = strstr(entry->share, "LONG");

    if (at == NULL)
        return;
    bytes_put(share, entry->share, (size_t)(at - entry->share));
    for (unsigned i = 0; i < 5000; i++)
        bytes_put_u8(share, 'a');
    bytes_put_str(share, at + 4);
    entry->share = bytes_str(share);
}

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct row row = rows[i];
        struct file file, above;
        struct findings f = {0};
        struct bytes share;
        const struct delegation *way[3];
        struct role own = {
            .threshold = row.says != NULL && strcmp(row.says, "fewer-signatures") == 0 ? 2 : 1};
        struct delegation_set set = {.role = "targets", .above = way, .own = &own};
        struct err e;

        share = (struct bytes){0};
        lengthen(&row.entries[0], &share);
        file_make(&file, 3, row.entries);
        file_make(&above, 3, row.above);
        for (; set.nabove < above.targets.n; set.nabove++)
            way[set.nabove] = &above.targets.delegations[set.nabove];
        set.targets = &file.targets;
        assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
        check(&row, &f);
        findings_clear(&f);
        file_clear(&file);
        file_clear(&above);
        bytes_clear(&share);
    }
}

static void keys_that_are_missing(void **state)
{
    static const struct entry entries[] = {{"a", PATHS("\"a\""), false, 2}, {0}};
    struct findings f = {0};
    struct file file;
    struct delegation_set set = {.role = "targets", .targets = &file.targets};
    struct err e;

    (void)state;
    file_make(&file, 1, entries);
    assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
    assert_non_null(find(&f, "keys-missing"));
    assert_true(findings_refused(&f));
    findings_clear(&f);
    file_clear(&file);
}

static size_t count(const struct findings *f, enum finding_level level)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += f->items[i].level == level;
    return n;
}

/* What is refused of the file in force, too, is a warning; what is new among it is not. */
static void what_is_in_force_is_not_refused(void **state)
{
    static const struct entry old[] = {
        {"a", PATHS("\"..\""), false, 0}, {"b", PATHS("\".\""), false, 0}, {0}};
    static const struct entry new[] = {{"a", PATHS("\"..\""), false, 0},
                                       {"b", PATHS("\".\""), false, 0},
                                       {"c", PATHS("\"..\""), false, 0},
                                       {0}};
    struct findings in_force = {0}, f = {0};
    struct file was, is;
    struct delegation_set set = {.role = "targets", .targets = &was.targets, .all = true};
    struct err e;

    (void)state;
    file_make(&was, 2, old);
    file_make(&is, 3, new);
    assert_int_equal(delegation_rules_check(&set, &in_force, &e), 0);
    assert_int_equal(count(&in_force, FINDING_REFUSAL), 2);
    set.in_force = &in_force;
    assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
    assert_false(findings_refused(&f));
    assert_true(count(&f, FINDING_WARNING) >= 2);
    findings_clear(&f);
    set.targets = &is.targets;
    assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
    assert_int_equal(count(&f, FINDING_REFUSAL), 1);
    findings_clear(&f);
    findings_clear(&in_force);
    file_clear(&was);
    file_clear(&is);
}

/* `n` roles whose share is `fmt` of their number, in a file. */
static void many(struct file *f, const char *const *shares, size_t n, size_t nshares,
                 bool terminating)
{
    file_begin(f, 2);
    bytes_put_str(&f->text, "\"roles\": [");
    for (size_t i = 0; i < n; i++) {
        struct entry entry = {"", "", terminating, 1};
        char name[32], share[200], *at;

        snprintf(name, sizeof name, "role-%zx", i);
        snprintf(share, sizeof share, "%s", shares[i % nshares]);
        while ((at = strchr(share, '#')) != NULL) { /* the number, four hex digits */
            char tail[200];

            snprintf(tail, sizeof tail, "%s", at + 1);
            snprintf(at, (size_t)(share + sizeof share - at), "%04zx%s", i, tail);
        }
        entry.name = name;
        entry.share = share;
        bytes_put_str(&f->text, i > 0 ? ", " : "");
        put_entry(&f->text, &entry);
    }
    bytes_put_str(&f->text, "]");
    file_end(f);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The time that grows with n: looking at four times as many takes at most ten times as long (that
 * it were sixteen if each were held against each). */
static void linear(const char *const *shares, size_t nshares, bool terminating, const char *rule)
{
    double took[2];

    for (unsigned k = 0; k < 2; k++) {
        struct findings f = {0};
        struct file file;
        struct delegation_set set = {.role = "targets", .targets = &file.targets};
        struct err e;

        many(&file, shares, k == 0 ? BINS / 4 : BINS, nshares, terminating);
        took[k] = seconds();
        assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
        took[k] = seconds() - took[k];
        if (rule == NULL && f.n > 0)
            fail_msg("%s: %s", f.items[0].rule, f.items[0].text);
        if (rule != NULL && find(&f, rule) == NULL)
            fail_msg("no finding of '%s'", rule);
        assert_true(f.n < 40); /* the first few of each rule, then how many more */
        findings_clear(&f);
        file_clear(&file);
    }
    print_message("%s: %.3f s and %.3f s\n", shares[0], took[0], took[1]);
    if (took[1] > 10 * took[0] + 0.2)
        fail_msg("'%s' takes %.3f s for %d roles, %.3f s for a quarter", shares[0], took[1], BINS,
                 took[0]);
}

static void sixteen_thousand(void **state)
{
    static const char *const projects[] = {PATHS("\"simple/p#/*\", \"packages/*/p#/*\"")};
    static const char *const bins[] = {
        PREFIXES("\"#0\", \"#1\", \"#2\", \"#3\", \"#4\", \"#5\", \"#6\", \"#7\"")};
    static const char *const same[] = {PATHS("\"*/*\"")};
    static const char *const wild[] = {PATHS("\"*#\""), PATHS("\"#*\"")};
    static const char *const one_prefix[] = {PREFIXES("\"0\"")};

    (void)state;
    linear(projects, 1, false, NULL);
    linear(projects, 1, true, NULL);
    linear(bins, 1, true, "prefix-hole"); /* half of the hashes only */
    linear(same, 1, false, "too-many");
    linear(same, 1, true, "hidden");
    linear(wild, 2, false, "overlap");
    linear(one_prefix, 1, false, "too-many");
    linear(one_prefix, 1, true, "hidden");
}

/* 40 letters, of which each pattern overlaps the others; 32 may be visited. */
static void more_than_a_client_visits(void **state)
{
    static const char *const star[] = {PATHS("\"*\"")};
    static const char *const apart[] = {PATHS("\"#\"")};

    (void)state;
    for (unsigned terminating = 0; terminating < 2; terminating++)
        for (size_t n = 31; n < 35; n++) {
            struct findings f = {0};
            struct file file;
            struct delegation_set set = {.role = "targets", .targets = &file.targets};
            struct err e;

            many(&file, star, n, 1, terminating == 1);
            assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
            assert_int_equal(find(&f, "too-many") != NULL, terminating == 0 && n > 32);
            if (terminating == 0)
                assert_int_equal(findings_refused(&f), n > 32);
            findings_clear(&f);
            file_clear(&file);
            many(&file, apart, n, 1, terminating == 1);
            assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
            assert_int_equal(f.n, 0);
            file_clear(&file);
        }
}

static void sizes(void **state)
{
    static const struct entry entries[] = {{"a", PATHS("\"a\""), false, 1}, {0}};
    struct findings f = {0};
    struct file file;
    struct delegation_set set = {.role = "targets", .targets = &file.targets};
    struct err e;

    (void)state;
    file_make(&file, 2, entries);
    set.file_size = CLIENT_TARGETS_MAX;
    assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
    assert_int_equal(f.n, 0);
    set.file_size++;
    assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
    assert_non_null(find(&f, "file-size"));
    findings_clear(&f);
    file_clear(&file);
    for (unsigned bits = 14; bits < 18; bits++) { /* succinct: 2^16 names do not fit any more */
        const struct signer *const one[] = {&people[0]};

        file_begin(&file, 1);
        bytes_printf(&file.text,
                     "\"succinct_roles\": {\"bit_length\": %u, \"name_prefix\": "
                     "\"bin-n\", \"threshold\": 1, \"keyids\": [",
                     bits);
        forge_keyids(one, 1, &file.text);
        bytes_put_str(&file.text, "]}");
        file_end(&file);
        set.file_size = 0;
        assert_int_equal(delegation_rules_check(&set, &f, &e), 0);
        assert_int_equal(find(&f, "snapshot-size") != NULL, bits > 15);
        findings_clear(&f);
        file_clear(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(keys_that_are_missing),
        cmocka_unit_test(what_is_in_force_is_not_refused),
        cmocka_unit_test(more_than_a_client_visits),
        cmocka_unit_test(sizes),
        cmocka_unit_test(sixteen_thousand),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
