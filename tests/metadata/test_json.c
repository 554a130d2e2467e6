/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/json/json.h"

struct refusal {
    const char *text;
    const char *what;  /* part of it */
    const char *where; /* all of it */
};

static const struct refusal refusals[] = {
    {"", "value is expected", "f:1:1"},
    {"{\"a\": 1,\n \"b\": 1.5}", "fraction or exponent", "f:2:7, b"},
    {"[1e3]", "fraction or exponent", "f:1:2, [0]"},
    {"[01]", "leading zero", "f:1:2, [0]"},
    {"[-0]", "minus zero", "f:1:2, [0]"},
    {"[-]", "value is expected", "f:1:2, [0]"},
    {"[9007199254740992]", "2^53", "f:1:2, [0]"},
    {"[-9007199254740992]", "2^53", "f:1:2, [0]"},
    {"[99999999999999999999999]", "2^53", "f:1:2, [0]"},
    {"{\"a\":1,\"b\":2,\"a\":3}", "there twice", "f:1:19, a"},
    {"{\"a\":1,\"\\u0061\":3}", "there twice", "f:1:18, a"},
    {"{\"a\":{\"x\":1,\"x\":2}}", "there twice", "f:1:18, a.x"},
    {"[\"\\ud800\"]", "lone surrogate", "f:1:3, [0]"},
    {"[\"\\udc00\"]", "lone surrogate", "f:1:3, [0]"},
    {"[\"\\ud800\\u0041\"]", "lone surrogate", "f:1:3, [0]"},
    {"[\"\\u0000\"]", "U+0000", "f:1:3, [0]"},
    {"[\"\\u00g0\"]", "four hex digits", "f:1:3, [0]"},
    {"[\"\\x\"]", "escape that JSON", "f:1:3, [0]"},
    {"[\"\x01\"]", "control character", "f:1:3, [0]"},
    {"[\"a\nb\"]", "control character", "f:1:4, [0]"},
    {"[\"\xC0\x80\"]", "not UTF-8", "f:1:3, [0]"},
    {"[\"\xED\xA0\x80\"]", "not UTF-8", "f:1:3, [0]"},
    {"[\"abcdefghijklmnop\xFF\"]", "not UTF-8", "f:1:19, [0]"},
    {"\xEF\xBB\xBF{}", "byte order mark", "f:1:1"},
    {"{} {}", "behind the end", "f:1:4"},
    {"{}x", "behind the end", "f:1:3"},
    {"[1,]", "comma before the end", "f:1:4"},
    {"{\"a\":1,}", "comma before the end", "f:1:8, a"},
    {"{\"a\" 1}", "colon", "f:1:6, a"},
    {"{a:1}", "string is expected", "f:1:2"},
    {"[1 2]", "comma or the end", "f:1:4"},
    {"[\"abc", "without an end", "f:1:6, [0]"},
    {"[tru]", "value is expected", "f:1:2, [0]"},
    {"[NaN]", "value is expected", "f:1:2, [0]"},
    {"{\"roles\":{\"a/b\":[1,{\"k\":+1}]}}", "value is expected", "f:1:25, roles[\"a/b\"][1].k"},
    /* U+FFFD sorts before U+10000 by code point, behind it by UTF-16 unit */
    {"{\"\xEF\xBF\xBD\":1,\"\xF0\x90\x80\x80\":2}", "sort differently",
     "f:1:13, [\"\xF0\x90\x80\x80\"]"},
};

static void refuses_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        struct json_doc *d = (struct json_doc *)1;
        struct err e;

        if (json_doc_read(span_str(r->text), "f", JSON_TEXT, &d, &e) == 0)
            fail_msg("accepted: %s", r->text);
        assert_null(d);
        assert_int_equal(e.code, ERR_INPUT);
        if (strstr(e.what, r->what) == NULL)
            fail_msg("%s: %s", r->text, e.what);
        assert_string_equal(e.where, r->where);
    }
}

struct vector {
    const char *text;
    const char *canonical;
};

static const struct vector vectors[] = {
    {" { } ", "{}"},
    {"[ ]", "[]"},
    {"\t[1 , -2,\r\n 0]", "[1,-2,0]"},
    {"[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]"},
    {"{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}"},
    {"{\"b\":{\"d\":[],\"c\":{}},\"a\":\"x\",\"ab\":null}",
     "{\"a\":\"x\",\"ab\":null,\"b\":{\"c\":{},\"d\":[]}}"},
    {"[\"\\u00e4\\/\\n\\u001f\\\"\\\\\"]", "[\"\xC3\xA4/\n\x1f\\\"\\\\\"]"},
    {"[\"\\uD83D\\uDD11\"]", "[\"\xF0\x9F\x94\x91\"]"},
    {"[true,false,null]", "[true,false,null]"},
    /* by decoded name: '"' (22) before 'Z' (5A), though its escape starts with 5C */
    {"{\"aZ\":1,\"a\\\"\":2}", "{\"a\\\"\":2,\"aZ\":1}"},
    {"{\"a]\":1,\"a\\\\\":2}", "{\"a\\\\\":2,\"a]\":1}"},
    {"{\"\\u007f\":1,\"\":2}", "{\"\":2,\"\x7f\":1}"},
};

static void writes_canonical_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct json_doc *d, *again;
        struct bytes printed;
        struct err e;

        assert_int_equal(json_doc_read(span_str(vectors[i].text), "f", JSON_TEXT, &d, &e), 0);
        if (!span_is(json_span(json_root(d)), vectors[i].canonical))
            fail_msg("%s -> %.*s", vectors[i].text, (int)json_root(d).n,
                     (const char *)json_root(d).p);
        assert_int_equal(json_doc_read(json_span(json_root(d)), "f", JSON_CANONICAL, &again, &e),
                         0);
        assert_true(span_eq(json_span(json_root(d)), json_span(json_root(again))));
        json_doc_free(again);
        for (unsigned indent = 0; indent < 3; indent++) {
            printed = (struct bytes){0};
            json_print(json_span(json_root(d)), indent, &printed);
            assert_int_equal(json_doc_take(&printed, "p", JSON_TEXT, &again, &e), 0);
            assert_true(span_eq(json_span(json_root(d)), json_span(json_root(again))));
            json_doc_free(again);
        }
        json_doc_free(d);
    }
}

static void canonical_form_is_exact(void **state)
{
    static const char *const bad[] = {
        "{ }", "{\"b\":1,\"a\":2}", "[\"\\u00e4\"]", "[\"\\/\"]", " 1", "[1, 2]", "[\"\\n\"]"};
    struct json_doc *d;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (json_doc_read(span_str(bad[i]), "f", JSON_CANONICAL, &d, &e) == 0)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(json_doc_read(span_str("[\"a\nb\"]"), "f", JSON_CANONICAL, &d, &e), 0);
    json_doc_free(d);
}

static void depth_has_a_limit(void **state)
{
    char text[2 * (JSON_MAX_DEPTH + 1) + 1];
    struct json_doc *d;
    struct err e;

    (void)state;
    for (size_t n = JSON_MAX_DEPTH; n <= JSON_MAX_DEPTH + 1; n++) {
        memset(text, '[', n);
        memset(text + n, ']', n);
        if (n == JSON_MAX_DEPTH) {
            assert_int_equal(json_doc_read(span_of(text, 2 * n), "f", JSON_TEXT, &d, &e), 0);
            json_doc_free(d);
        } else {
            assert_int_equal(json_doc_read(span_of(text, 2 * n), "f", JSON_TEXT, &d, &e), -1);
            assert_non_null(strstr(e.what, "64 levels"));
        }
    }
}

static void views_walk_values(void **state)
{
    const char *text =
        "{\"n\": -42, \"list\": [1, \"t\\\"w\\\\o\", {\"x\": true}], \"s\": \"\\u00e4\"}";
    struct json_doc *d;
    struct json v, x;
    struct json_iter it;
    struct bytes b;
    struct err e;
    char *s;

    (void)state;
    assert_int_equal(json_doc_read(span_str(text), "f", JSON_TEXT, &d, &e), 0);
    assert_int_equal(json_count(json_root(d)), 3);
    assert_true(json_get(json_root(d), "n", &v));
    assert_int_equal(json_integer(v), -42);
    assert_true(json_get(json_root(d), "s", &v));
    assert_true(json_text_is(v, "\xC3\xA4"));
    assert_false(json_text_is(v, "\xC3\xA4x"));
    assert_false(json_get(json_root(d), "absent", &v));
    assert_int_equal(json_need(json_root(d), "list", JSON_ARRAY, &v, &e), 0);
    it = json_iter_of(v);
    assert_true(json_next(&it, NULL, &x));
    assert_int_equal(json_kind(x), JSON_INTEGER);
    assert_true(json_next(&it, NULL, &x));
    s = json_strdup(x);
    assert_string_equal(s, "t\"w\\o");
    free(s);
    assert_true(json_next(&it, NULL, &x));
    b = (struct bytes){0};
    json_path(x, &b);
    assert_string_equal(bytes_str(&b), "list[2]");
    bytes_clear(&b);
    assert_true(json_get(x, "x", &v));
    assert_true(json_true(v));
    assert_false(json_next(&it, NULL, &x));
    json_doc_free(d);
}

static void refusals_of_meaning_name_the_text(void **state)
{
    const char *text = "{\"z\": 1,\n  \"\\u0061\": [7,\n    {\"k\": \"v\"}]}";
    const char *known[] = {"a", NULL};
    struct json_doc *d;
    struct json a, k;
    struct err e;

    (void)state;
    assert_int_equal(json_doc_read(span_str(text), "plan.json", JSON_TEXT, &d, &e), 0);
    assert_int_equal(json_need(json_root(d), "a", JSON_OBJECT, &a, &e), -1);
    assert_string_equal(e.what, "'a' is a list, not an object");
    assert_string_equal(e.where, "plan.json:2:13, a");
    assert_int_equal(json_only(json_root(d), known, &e), -1);
    assert_string_equal(e.where, "plan.json:1:7, z");
    assert_int_equal(json_need(json_root(d), "q", JSON_OBJECT, &a, &e), -1);
    assert_string_equal(e.what, "the member 'q' is missing");
    assert_string_equal(e.where, "plan.json:1:1");
    assert_true(json_get(json_root(d), "a", &a));
    {
        struct json_iter it;
        struct json x;

        it = json_iter_of(a);
        json_next(&it, NULL, &x);
        json_next(&it, NULL, &x);
        assert_true(json_get(x, "k", &k));
    }
    json_refuse(k, &e, "no");
    assert_string_equal(e.where, "plan.json:3:11, a[1].k");
    json_doc_free(d);
}

/* Any document, and the same members in any order, give the same canonical bytes. */
static void put_random(struct bytes *b, unsigned *seed, int depth)
{
    unsigned kind = depth > 4 ? 2 + (unsigned)rand_r(seed) % 2 : (unsigned)rand_r(seed) % 4;
    unsigned n = (unsigned)rand_r(seed) % 5, from = (unsigned)rand_r(seed);

    if (kind == 2) {
        bytes_printf(b, "%d", rand_r(seed) % 1000 - 500);
    } else if (kind == 3) {
        bytes_printf(b, "\"s%c%c\\\"\"", 'a' + rand_r(seed) % 26, ' ' + 1 + rand_r(seed) % 1);
    } else {
        bytes_put_u8(b, kind == 0 ? '{' : '[');
        for (unsigned i = 0; i < n; i++) {
            if (i > 0)
                bytes_put_str(b, " , ");
            if (kind == 0)
                bytes_printf(b, "\"m%u\\u0022%c\" :\n", (from + i * 3) % 5,
                             'a' + (int)((from + i) % 3));
            put_random(b, seed, depth + 1);
        }
        bytes_put_u8(b, kind == 0 ? '}' : ']');
    }
}

static void assert_sorted(struct json v)
{
    struct json_iter it;
    struct json name, value;
    struct bytes last, now;
    bool first = true;

    if (json_kind(v) != JSON_OBJECT && json_kind(v) != JSON_ARRAY)
        return;
    last = (struct bytes){0};
    it = json_iter_of(v);
    while (json_next(&it, &name, &value)) {
        assert_sorted(value);
        if (json_kind(v) != JSON_OBJECT)
            continue;
        now = (struct bytes){0};
        json_text(name, &now);
        if (!first)
            assert_true(span_cmp(bytes_span(&last), bytes_span(&now)) < 0);
        first = false;
        bytes_clear(&last);
        last = now;
    }
    bytes_clear(&last);
}

static void random_documents_come_out_sorted(void **state)
{
    unsigned accepted = 0;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        unsigned seed = i;
        struct bytes text, printed;
        struct json_doc *d, *again;
        struct err e;

        text = (struct bytes){0};
        put_random(&text, &seed, 0);
        if (json_doc_take(&text, "f", JSON_TEXT, &d, &e) != 0) {
            assert_non_null(strstr(e.what, "twice"));
            continue;
        }
        accepted++;
        assert_sorted(json_root(d));
        printed = (struct bytes){0};
        json_print(json_span(json_root(d)), 1, &printed);
        assert_int_equal(json_doc_take(&printed, "f", JSON_TEXT, &again, &e), 0);
        assert_true(span_eq(json_span(json_root(d)), json_span(json_root(again))));
        json_doc_free(again);
        json_doc_free(d);
    }
    assert_true(accepted > 1000);
}

static void what_is_written_is_read_back(void **state)
{
    struct json_doc *doc;
    struct bytes text;
    struct json v;
    struct err e;

    (void)state;
    text = (struct bytes){0};
    json_begin(&text, NULL, '{');
    json_begin(&text, "empty", '[');
    json_end(&text, ']');
    json_begin(&text, "list", '[');
    json_add_integer(&text, NULL, -7);
    json_add_bool(&text, NULL, true);
    json_begin(&text, NULL, '{');
    json_end(&text, '}');
    json_end(&text, ']');
    json_add_text(&text, "ends with [", "a \"quote\", a\nline and {");
    json_add_raw(&text, "raw", span_str("[1,2]"));
    json_add_bool(&text, "no", false);
    json_end(&text, '}');
    assert_string_equal(bytes_str(&text),
                        "{\"empty\":[],\"list\":[-7,true,{}],"
                        "\"ends with [\":\"a \\\"quote\\\", a\\nline and {\",\"raw\":[1,2],"
                        "\"no\":false}");
    assert_int_equal(json_doc_read(bytes_span(&text), "x", JSON_TEXT, &doc, &e), 0);
    assert_true(json_get(json_root(doc), "ends with [", &v));
    assert_true(json_text_is(v, "a \"quote\", a\nline and {"));
    json_doc_free(doc);
    bytes_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(writes_canonical_bytes),
        cmocka_unit_test(canonical_form_is_exact),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(views_walk_values),
        cmocka_unit_test(refusals_of_meaning_name_the_text),
        cmocka_unit_test(random_documents_come_out_sorted),
        cmocka_unit_test(what_is_written_is_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
