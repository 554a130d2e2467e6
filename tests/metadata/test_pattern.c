/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns against tables, against the C library's own fnmatch, and against every path of a small
 * alphabet; bins against numbers worked out by other programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/paths/bin.h"
#include "metadata/paths/pattern.h"
#include "metadata/paths/pattern_index.h"
#include "metadata/signed.h"

static struct pattern parsed(const char *text)
{
    struct pattern p;
    struct err e;

    assert_int_equal(pattern_parse(span_str(text), &p, &e), 0);
    return p;
}

static bool matches(const char *pattern, const char *path)
{
    struct pattern p = parsed(pattern);
    bool yes = pattern_matches(&p, span_str(path));

    pattern_clear(&p);
    return yes;
}

static void as_the_reference_implementation(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool matches;
    } rows[] = {
        {"foo.tgz", "foo.tgz", true},
        {"*", "foo.tgz", true},
        {"*.tgz", "foo.tgz", true},
        {"foo-version-?.tgz", "foo-version-a.tgz", true},
        {"targets/*.tgz", "targets/foo.tgz", true},
        {"foo/*/zoo/*", "foo/bar/zoo/k.tgz", true},
        {"*/*/*/*", "foo/bar/zoo/k.tgz", true},
        {"*o/bar", "foo/bar", true},
        {"*.tgz", "targets/foo.tgz", false},
        {"*.tgz", "/foo.tgz", false},
        {"*", "targets/foo.tgz", false},
        {"foo-version-?.tgz", "foo-version-alpha.tgz", false},
        {"f?/bar", "foo/bar", false},
        {"packages/2.7/D/*", "packages/2.7/D/Django/x.tgz", false},
        {"a*b*c", "aXbXbc", true},
        {"a*b*c", "aXbXbcd", false},
        {"a**c", "abc", true},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[!a-c]x", "dx", true},
        {"[!a-c]x", "bx", false},
        {"[^a]x", "^x", true},
        {"[]x]", "]", true},
        {"[a-]", "-", true},
        {"[z-a]", "m", false},
        {"[ab", "[ab", true},
        {"[a/b]", "[a/b]", true}, /* components are parted first */
        {"a\\*", "a\\b", true},   /* no escapes */
        {"?", "\xC3\xA4", true},  /* a character, not a byte */
        {"[\xC3\xA4-\xC3\xBC]", "\xC3\xB6", true},
        {"A", "a", false},
        {"*", "", true},
        {"", "", true},
        {"", "a", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (matches(rows[i].pattern, rows[i].path) != rows[i].matches)
            fail_msg("'%s' against '%s' is not %d", rows[i].pattern, rows[i].path, rows[i].matches);
}

static void says_where_clients_part(void **state)
{
    static const char *const alike[] = {"a",
                                        "*",
                                        "simple/*/index.html",
                                        "a?c",
                                        "[a-z]",
                                        "[A-C0x]",
                                        "packages/[a-z]/*",
                                        "\xC3\xA4/(x)",
                                        "a!b#c",
                                        "a]b",
                                        "a+b@c"};
    static const char *const apart[] = {
        "{a,b}", "[!a]", "[^a]", "!a",          "#a",   "x/!a",       "x/#a",  "**",
        "a**",   "a\\b", "[a",   "]a",          "[]a]", "[z-a]",      "[a-Z]", "+(a)",
        "?(a)",  "x}",   "[",    "[[:alpha:]]", "[a-]", "a[\xC3\xA4]"};

    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof alike[0]; i++) {
        struct pattern p = parsed(alike[i]);

        if (pattern_differs(&p) != NULL)
            fail_msg("'%s': %s", alike[i], pattern_differs(&p));
        pattern_clear(&p);
    }
    for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++) {
        struct pattern p = parsed(apart[i]);

        if (pattern_differs(&p) == NULL)
            fail_msg("'%s' is said to be read alike", apart[i]);
        pattern_clear(&p);
    }
}

static bool alike(const char *pattern, const char *path)
{
    struct pattern p = parsed(pattern);
    bool yes = pattern_alike(&p, span_str(path));

    pattern_clear(&p);
    return yes;
}

static void says_which_paths_clients_read_apart(void **state)
{
    (void)state;
    assert_true(alike("a/*", "a/b"));
    assert_false(alike("a/*", "a/.b"));
    assert_true(alike(".*", ".b"));
    assert_true(alike("a*", "a.b"));
    assert_false(alike("?/b", ".b/b"));
    assert_true(alike("a/\xC3\xA4?", "a/\xC3\xA4x"));
    assert_false(alike("a/?", "a/\xF0\x9F\x98\x80")); /* two units in JavaScript */
    assert_true(alike("a/b*", "a/b\xF0\x9F\x98\x80"));
}

static void some_match_nothing(void **state)
{
    static const char *const never[] = {"",      "/a",       "a/",          "a//b",  ".",
                                        "..",    "a/../b",   "./a",         "[z-a]", "a\\b",
                                        "[.]/x", "a/[.][.]", "x[\x01-\x02]"};
    static const char *const some[] = {"a",   "*",  "*/*",    "?",      "??",
                                       "...", ".*", "[!a-z]", "a/**/b", "[!\x01-\xE3\x80\x80]"};

    (void)state;
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        struct pattern p = parsed(never[i]);

        if (pattern_never(&p) == NULL)
            fail_msg("'%s' is said to match something", never[i]);
        pattern_clear(&p);
    }
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        struct pattern p = parsed(some[i]);
        struct bytes path;
        struct err e;

        if (pattern_never(&p) != NULL)
            fail_msg("'%s': %s", some[i], pattern_never(&p));
        path = (struct bytes){0};
        pattern_sample(&p, &path);
        if (!pattern_matches(&p, bytes_span(&path)) || path_check(bytes_span(&path), &e) != 0)
            fail_msg("'%s' is sampled as '%s'", some[i], bytes_str(&path));
        bytes_clear(&path);
        pattern_clear(&p);
    }
}

static void refuses_what_is_no_text(void **state)
{
    char much[PATTERN_MAX + 2];
    struct pattern p;
    struct err e;

    (void)state;
    memset(much, 'a', sizeof much);
    assert_int_equal(pattern_parse(span_of(much, PATTERN_MAX), &p, &e), 0);
    pattern_clear(&p);
    assert_int_equal(pattern_parse(span_of(much, PATTERN_MAX + 1), &p, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(pattern_parse(span_of("a\xFF", 2), &p, &e), -1);
    assert_int_equal(pattern_parse(span_of("a\0b", 3), &p, &e), -1);
}

static bool covers(const char *by, const char *pattern)
{
    struct pattern p = parsed(pattern), q = parsed(by);
    bool yes = pattern_covers(&q, &p);

    if (yes && pattern_never(&p) == NULL && !pattern_overlaps(&p, &q))
        fail_msg("'%s' covers '%s' and does not overlap it", by, pattern);
    pattern_clear(&p);
    pattern_clear(&q);
    return yes;
}

static void shows_what_one_pattern_covers(void **state)
{
    static const struct {
        const char *by, *pattern;
        bool yes;
    } rows[] = {
        {"simple/*/*", "simple/django/*", true},
        {"simple/*", "simple/django/*", false},
        {"simple/d*/*", "simple/django/*", true},
        {"simple/d*/*", "simple/*/*", false},
        {"packages/2.7/D/*", "packages/2.7/D/Django/*", false},
        {"packages/[0-9].[0-9]/*/*", "packages/2.7/*/*", true},
        {"packages/[0-9].[0-9]/*/*", "packages/?.7/*/*", false},
        {"[a-z]x", "[c-m]x", true},
        {"[a-z]x", "[c-mA]x", false},
        {"?x", "[!a]x", true},
        {"[!a]", "[!a]", true},
        {"*.tgz", "*-?.tgz", true},
        {"*-?.tgz", "*.tgz", false},
        {"a", "a", true},
        {"a/b", "a/c", false},
        {"[\xC3\xA0-\xC3\xBF]*", "\xC3\xA4*", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (covers(rows[i].by, rows[i].pattern) != rows[i].yes)
            fail_msg("'%s' covers '%s': not %d", rows[i].by, rows[i].pattern, rows[i].yes);
}

/* xorshift: the same on every run */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void random_pattern(uint32_t *seed, const char *const *parts, size_t nparts, size_t most,
                           char *out)
{
    *out = '\0';
    for (size_t n = 1 + next_random(seed) % most; n > 0; n--)
        strcat(out, parts[next_random(seed) % nparts]);
}

static void agrees_with_the_c_library(void **state)
{
    static const char *const glyphs[] = {"a", "b", "*", "?", "[a-b]", "[!a]", "/", "c", "."};
    static const char *const chars[] = {"a", "b", "c", "/", "."};
    uint32_t seed = 2463534242;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        char pattern[64], path[32];

        random_pattern(&seed, glyphs, 9, 7, pattern);
        random_pattern(&seed, chars, 5, 7, path);
        if (matches(pattern, path) != (fnmatch(pattern, path, FNM_PATHNAME | FNM_NOESCAPE) == 0))
            fail_msg("'%s' against '%s'", pattern, path);
    }
}

#define ALPHABET "ab.c/"
#define LONGEST  6

struct verdicts {
    bool any, overlaps, inside; /* p matches a path; so does x; x matches all that p does */
};

/* Looks at every path of the alphabet that may be used. */
static struct verdicts by_looking(const struct pattern *p, const struct pattern *x)
{
    struct verdicts v = {false, false, true};
    char path[LONGEST + 1];
    struct err e;

    for (size_t n = 1, count = 5; n <= LONGEST; n++, count *= 5)
        for (size_t i = 0; i < count; i++) {
            struct span s = span_of(path, n);
            size_t rest = i;

            for (size_t k = 0; k < n; k++, rest /= 5)
                path[k] = ALPHABET[rest % 5];
            if (!pattern_matches(p, s) || path_check(s, &e) != 0)
                continue;
            v.any = true;
            v.overlaps |= pattern_matches(x, s);
            v.inside &= pattern_matches(x, s);
        }
    return v;
}

static bool is_name(const struct pattern *p)
{
    return strpbrk(p->text, "*?[") == NULL;
}

static void agrees_with_every_path(void **state)
{
    static const char *const glyphs[] = {"a", "b", "*", "?", "[ab]", "[!a]", "/", "."};
    uint32_t seed = 88675123;
    unsigned undecided = 0, decided = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char text[2][64];
        struct pattern p, x;
        struct verdicts v;

        random_pattern(&seed, glyphs, 8, 3, text[0]);
        random_pattern(&seed, glyphs, 8, 3, text[1]);
        p = parsed(text[0]);
        x = parsed(text[1]);
        v = by_looking(&p, &x);
        if (pattern_covers(&x, &p) && !v.inside)
            fail_msg("'%s' does not cover '%s'", text[1], text[0]);
        if (pattern_overlaps(&p, &x) != pattern_overlaps(&x, &p))
            fail_msg("'%s' and '%s' overlap in one order", text[0], text[1]);
        if (v.overlaps && !pattern_overlaps(&p, &x))
            fail_msg("'%s' and '%s' do overlap", text[0], text[1]);
        if (v.any && pattern_never(&x) == NULL && !v.overlaps && (is_name(&p) || is_name(&x)) &&
            pattern_overlaps(&p, &x))
            fail_msg("'%s' and '%s' do not overlap", text[0], text[1]);
        if ((pattern_never(&p) != NULL) == v.any)
            fail_msg("'%s' never matches, or does", text[0]);
        decided += v.any;
        undecided +=
            v.any && (pattern_overlaps(&p, &x) != v.overlaps || pattern_covers(&x, &p) != v.inside);
        pattern_clear(&p);
        pattern_clear(&x);
    }
    print_message("undecided: %u of %u\n", undecided, decided);
    assert_true(undecided * 20 < decided);
}

static void finds_what_overlaps_by_index(void **state)
{
    static const char *const glyphs[] = {"a", "b", "*", "?", "[ab]", "[!a]", "/", "/", "ab", "."};
    enum { MANY = 140 };
    static struct pattern patterns[MANY];
    static struct pattern_item items[MANY], got[MANY + 1];
    struct pattern_index *ix;
    uint32_t seed = 5783321;
    size_t n = 0, hits = 0;
    bool all;
    struct err e;

    (void)state;
    while (n < MANY) {
        char text[64];

        random_pattern(&seed, glyphs, 10, 6, text);
        patterns[n] = parsed(text);
        items[n] = (struct pattern_item){&patterns[n], n};
        if (pattern_never(&patterns[n]) == NULL)
            n++;
        else
            pattern_clear(&patterns[n]);
    }
    assert_int_equal(pattern_index_new(items, n, &ix, &e), 0);
    for (size_t i = 0; i < n; i++) {
        size_t found = pattern_index_overlaps(ix, &patterns[i], got, MANY + 1, &all);
        bool is[MANY] = {false};

        assert_true(all);
        for (size_t k = 0; k < found; k++) {
            assert_false(is[got[k].tag]); /* once */
            is[got[k].tag] = true;
        }
        for (size_t k = 0; k < n; k++)
            if (is[k] != pattern_overlaps(&patterns[i], &patterns[k]))
                fail_msg("'%s' and '%s' by index: %d", patterns[i].text, patterns[k].text, is[k]);
        hits += found;
        if (found > 1)
            assert_int_equal(pattern_index_overlaps(ix, &patterns[i], got, 1, &all), 1);
    }
    assert_true(hits > 5 * n);
    pattern_index_free(ix);
    for (size_t i = 0; i < n; i++)
        pattern_clear(&patterns[i]);
}

static void puts_paths_into_bins(void **state)
{
    char hash[SHA256_HEX_SIZE];
    struct bytes name;

    (void)state;
    /* printf packages/a.tgz | sha256sum */
    assert_int_equal(sha256_hex(span_str("packages/a.tgz"), hash), 0);
    assert_string_equal(hash, "3f652e2213b0a2105d3b37f1e45a47f9a962fa776bd4b8b8fb37415eb4860eaf");
    name = (struct bytes){0};
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned bits[] = {1, 14, 32};
        static const char *const names[] = {"b-0", "b-0fd9", "b-3f652e22"};

        bytes_truncate(&name, 0);
        succinct_name("b", bits[i], succinct_bin(bits[i], hash), &name);
        assert_string_equal(bytes_str(&name), names[i]);
    }
    assert_int_equal(succinct_count(32), UINT64_C(4294967296));
    assert_true(prefix_matches(span_str("3f"), hash));
    assert_false(prefix_matches(span_str("3F"), hash)); /* as clients compare */
    bytes_clear(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_reference_implementation),
        cmocka_unit_test(says_where_clients_part),
        cmocka_unit_test(says_which_paths_clients_read_apart),
        cmocka_unit_test(some_match_nothing),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(shows_what_one_pattern_covers),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(agrees_with_every_path),
        cmocka_unit_test(finds_what_overlaps_by_index),
        cmocka_unit_test(puts_paths_into_bins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
