/* SPDX-License-Identifier: Apache-2.0 */
/* Lines made on demand: any of them, in any order, is the one that stands there when all are read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/describe.h"
#include "metadata/envelope.h"

#define FILES 1000
#define ROLES 300

static const char key[] = "{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\""
                          "7c5585c186fb3f45c66c0722b963e36e444535111ed49d4b481d3e9020bbd6cf\"},"
                          "\"scheme\":\"ed25519\"}";

/* A targets file; files and roles in the order of their names. */
static struct envelope *targets(size_t files, size_t roles)
{
    struct bytes text;
    struct envelope *env;
    struct err e;

    text = (struct bytes){0};
    bytes_put_str(&text, "{\"signatures\":[],\"signed\":{\"_type\":\"targets\",\"delegations\":{"
                         "\"keys\":{\"k\":");
    bytes_printf(&text, "%s},\"roles\":[", key);
    for (size_t i = 0; i < roles; i++)
        bytes_printf(&text,
                     "%s{\"keyids\":[\"k\"],\"name\":\"role-%04zu\",\"%s\":[\"%zu\",\"%zu\"],"
                     "\"terminating\":%s,\"threshold\":1}",
                     i > 0 ? "," : "", i, i % 3 == 0 ? "path_hash_prefixes" : "paths", i + 10,
                     i + 1000, i % 2 == 0 ? "true" : "false");
    bytes_put_str(&text, "]},\"expires\":\"2030-01-01T00:00:00Z\",\"spec_version\":\"1.0.31\","
                         "\"targets\":{");
    for (size_t i = 0; i < files; i++)
        bytes_printf(&text, "%s\"file/%06zu\":{\"hashes\":{\"sha256\":\"ab\"},\"length\":%zu}",
                     i > 0 ? "," : "", 2 * i, i);
    bytes_put_str(&text, "},\"version\":7,\"x-odd\":1}}");
    if (envelope_take(&text, "targets", &env, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
    return env;
}

static struct lines *described(const struct envelope *env)
{
    struct lines *l = lines_new();
    struct err e;

    assert_non_null(l);
    assert_int_equal(describe(envelope_object(env), NULL, 0, l, &e), 0);
    return l;
}

/* Line `i` of a text; the caller frees it. */
static char *line_of(const struct bytes *text, size_t i)
{
    const char *at = bytes_str(text);

    while (i-- > 0)
        at = strchr(at, '\n') + 1;
    return strndup(at, strcspn(at, "\n"));
}

static void is_line(const struct lines *l, const struct bytes *text, size_t i)
{
    struct lines_reader r;
    struct bytes line;
    char *wanted = line_of(text, i);

    line = (struct bytes){0};
    lines_read(&r, l, i);
    assert_true(lines_read_next(&r, &line));
    assert_string_equal(bytes_str(&line), wanted);
    lines_reader_clear(&r);
    bytes_clear(&line);
    free(wanted);
}

static void every_line(const struct lines *l)
{
    struct lines_reader r;
    struct bytes text, none;
    size_t n = 0;

    text = (struct bytes){0};
    none = (struct bytes){0};
    lines_text(l, &text);
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    assert_int_equal(lines_count(l), n);
    for (size_t i = 0; i < n; i += 7)
        is_line(l, &text, i);
    for (size_t i = n; i-- > n - 20;)
        is_line(l, &text, i);
    lines_read(&r, l, n);
    assert_false(lines_read_next(&r, &none));
    lines_reader_clear(&r);
    bytes_clear(&none);
    bytes_clear(&text);
}

static void any_line_is_that_of_the_whole(void **state)
{
    struct envelope *env = targets(FILES, ROLES);
    struct lines *l = described(env), *raw = lines_new();
    struct err e;

    (void)state;
    every_line(l);
    assert_int_equal(lines_add_json(raw, envelope_signed(env), &e), 0);
    every_line(raw);
    lines_free(raw);
    lines_free(l);
    envelope_free(env);
}

static void nothing_is_cut(void **state)
{
    struct envelope *env = targets(FILES, ROLES);
    struct lines *l = described(env);
    struct bytes text;

    (void)state;
    text = (struct bytes){0};
    lines_text(l, &text);
    assert_non_null(strstr(bytes_str(&text), "1000 target files\n    \"file/000000\"  0 bytes  "));
    assert_non_null(strstr(bytes_str(&text), "\n300 delegations\n"));
    assert_non_null(strstr(bytes_str(&text), "role-0299 is signed by one key:\n"));
    assert_non_null(strstr(bytes_str(&text), "    terminating: nothing behind it is asked\n"));
    assert_non_null(strstr(bytes_str(&text), "unknown member \"x-odd\": 1\n"));
    bytes_clear(&text);
    lines_free(l);
    envelope_free(env);
}

static void raw_lines_are_the_printed_file(void **state)
{
    struct envelope *env = targets(50, 5);
    struct lines *raw = lines_new();
    struct bytes printed, text;
    struct err e;

    (void)state;
    printed = (struct bytes){0};
    text = (struct bytes){0};
    json_print(envelope_signed(env), 1, &printed);
    bytes_put_u8(&printed, '\n');
    assert_int_equal(lines_add_json(raw, envelope_signed(env), &e), 0);
    lines_text(raw, &text);
    assert_string_equal(bytes_str(&text), bytes_str(&printed));
    bytes_clear(&printed);
    bytes_clear(&text);
    lines_free(raw);
    envelope_free(env);
}

static void search_goes_on_around_the_end(void **state)
{
    struct envelope *env = targets(FILES, 3);
    struct lines *l = described(env);
    long at = lines_search(l, "FILE/000500", 0);

    (void)state;
    assert_int_equal(at, lines_entry(l, 250));
    assert_int_equal(lines_search(l, "file/000500", (size_t)at), at);
    assert_int_equal(lines_search(l, "file/000500", (size_t)at + 1), at);
    assert_int_equal(lines_search(l, "file/00050", (size_t)at + 1), at + 1);
    assert_int_equal(lines_search(l, "nowhere", 5), -1);
    assert_int_equal(lines_search(l, "", 0), -1);
    lines_free(l);
    envelope_free(env);
}

static void jump_finds_each_entry_and_what_is_behind(void **state)
{
    struct envelope *env = targets(FILES, ROLES);
    struct lines *l = described(env);
    char name[32];

    (void)state;
    assert_int_equal(lines_entries(l), FILES + ROLES);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "file/%06zu", 2 * i);
        assert_int_equal(lines_jump(l, name), lines_entry(l, i));
        snprintf(name, sizeof name, "file/%06zu", 2 * i + 1); /* not there: the next */
        assert_int_equal(lines_jump(l, name), lines_entry(l, i + 1 < FILES ? i + 1 : FILES - 1));
    }
    assert_int_equal(lines_jump(l, "file/0001"), lines_entry(l, 50));
    assert_int_equal(lines_jump(l, ""), lines_entry(l, 0));
    for (size_t i = 0; i < ROLES; i++) {
        snprintf(name, sizeof name, "role-%04zu", i);
        assert_int_equal(lines_jump(l, name), lines_entry(l, FILES + i));
    }
    lines_free(l);
    envelope_free(env);
}

static void parts_follow_each_other(void **state)
{
    struct envelope *env = targets(10, 2);
    struct lines *l = described(env);

    (void)state; /* two lines of head, ten files, "2 delegations", the roles, what follows */
    assert_int_equal(lines_next_part(l, 0), 2);
    assert_int_equal(lines_next_part(l, 2), 12);
    assert_int_equal(lines_next_part(l, 12), 13);
    assert_int_equal(lines_next_part(l, lines_count(l) - 1), lines_count(l));
    lines_free(l);
    envelope_free(env);
}

static void nothing_has_no_lines(void **state)
{
    struct lines *l = lines_new();
    struct lines_reader r;
    struct bytes text;
    struct err e;

    (void)state;
    text = (struct bytes){0};
    assert_int_equal(lines_add_text(l, &text, &e), 0);
    assert_int_equal(lines_count(l), 0);
    lines_read(&r, l, 0);
    assert_false(lines_read_next(&r, &text));
    assert_int_equal(lines_search(l, "x", 0), -1);
    assert_int_equal(lines_jump(l, "x"), -1);
    lines_reader_clear(&r);
    lines_free(l);
    lines_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_line_is_that_of_the_whole),
        cmocka_unit_test(nothing_is_cut),
        cmocka_unit_test(raw_lines_are_the_printed_file),
        cmocka_unit_test(search_goes_on_around_the_end),
        cmocka_unit_test(jump_finds_each_entry_and_what_is_behind),
        cmocka_unit_test(parts_follow_each_other),
        cmocka_unit_test(nothing_has_no_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
