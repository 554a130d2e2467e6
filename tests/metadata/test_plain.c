/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>
#include <unicode/uchar.h>

#include "metadata/base/plain.h"

#define R "\xEF\xBF\xBD" /* U+FFFD */

static const struct {
    const char *foreign, *harmless;
} rows[] = {
    {"", ""},
    {"Bo's token", "Bo's token"},
    {"\xC3\x84rger \xE2\x82\xAC \xF0\x9F\x94\x91", "\xC3\x84rger \xE2\x82\xAC \xF0\x9F\x94\x91"},
    {"a\x1B[2Jb", "a" R "[2Jb"},            /* clears a terminal */
    {"a\r\nb\tc\x7F", "a" R R "b" R "c" R}, /* C0 and DEL */
    {"a\xC2\x9B"
     "31m",
     "a" R "31m"}, /* C1 control sequence introducer */
    {"a\x9B"
     "31m",
     "a" R "31m"}, /* the same as a bare byte */
    {"sig\xE2\x80\xAE"
     "exe",
     "sig" R "exe"}, /* right-to-left override */
    {"a\xE2\x81\xA6"
     "b",
     "a" R "b"},                         /* left-to-right isolate */
    {"to\xE2\x80\x8Bken", "to" R "ken"}, /* zero-width space */
    {"to\xC2\xADken", "to" R "ken"},     /* soft hyphen */
    {"a\xD8\x9C", "a" R},                /* Arabic letter mark */
    {"\xEF\xBB\xBF"
     "a",
     R "a"},                       /* byte order mark */
    {"a\xF3\xA0\x81\x81", "a" R},  /* a tag character */
    {"\xC0\x80", R R},             /* overlong NUL */
    {"\xED\xA0\x80", R R R},       /* a surrogate */
    {"\xF4\x90\x80\x80", R R R R}, /* above U+10FFFF */
    {"a\xE2\x82", "a" R R},        /* torn at the end */
    {"\xE2\x82"
     "a",
     R R "a"}, /* torn, and what follows is kept */
};

static void makes_foreign_text_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes out;

        out = (struct bytes){0};
        plain_put_str(&out, rows[i].foreign);
        if (strcmp(bytes_str(&out), rows[i].harmless) != 0)
            fail_msg("row %zu: '%s'", i, bytes_str(&out));
        assert_int_equal(plain_is(span_str(rows[i].foreign)),
                         strcmp(rows[i].foreign, rows[i].harmless) == 0);
        assert_true(plain_is(bytes_span(&out))); /* and stays so */
        bytes_clear(&out);
    }
}

static void counts_cells_and_not_bytes(void **state)
{
    static const struct {
        const char *text;
        int cells;
    } widths[] = {
        {"", 0}, {"Bo", 2}, {"Jose\xCC\x81", 4}, {"\xE6\xBC\xA2\xE5\xAD\x97", 4}, {"\x1B[2J", 4}};

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        assert_int_equal(plain_width(widths[i].text), widths[i].cells);
        assert_int_equal(plain_pad(widths[i].text, 4), 4 - widths[i].cells);
        assert_int_equal(plain_pad(widths[i].text, 0), 0);
    }
}

/* Every pair of bytes: what comes out is UTF-8 without controls, and nothing is read behind it. */
static void no_two_bytes_get_through(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        uint8_t two[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        struct bytes out;

        out = (struct bytes){0};
        plain_put(&out, span_of(two, sizeof two));
        assert_true(plain_is(bytes_span(&out)));
        for (size_t i = 0; i < out.n; i++)
            assert_true(out.p[i] >= 0x20 && out.p[i] != 0x7F);
        bytes_clear(&out);
    }
}

static void steps_are_never_empty(void **state)
{
    uint32_t cp;

    (void)state;
    assert_int_equal(plain_next(span_of("\xFF", 1), &cp), 1);
    assert_int_equal(cp, PLAIN_REPLACEMENT);
    assert_int_equal(plain_next(span_of("\0", 1), &cp), 1);
    assert_int_equal(cp, PLAIN_REPLACEMENT);
    assert_int_equal(plain_next(span_str("\xE2\x82\xAC"), &cp), 3);
    assert_int_equal(cp, 0x20AC);
    assert_int_equal(plain_next(span_str("\xE2\x80\xAE"), &cp), 3); /* replaced as one */
    assert_int_equal(cp, PLAIN_REPLACEMENT);
}

static void json_means_the_same(void **state)
{
    static const struct {
        const char *text, *plain;
    } texts[] = {
        {"{\n\t\"a\": \"b\"}", "{\n\t\"a\": \"b\"}"},
        {"\"\xC2\x9B"
         "31m\"",
         "\"\\u009b31m\""},
        {"\"\xE2\x80\xAE\xE2\x80\x8B\x7F\"", "\"\\u202e\\u200b\\u007f\""},
        {"\"\xF3\xA0\x80\x81\"", "\"\\udb40\\udc01\""},
        {"\"\xE2\x82\xAC\"", "\"\xE2\x82\xAC\""},
        {"\"\xFF\xC3\"", "\"\\ufffd\\ufffd\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct bytes out;

        out = (struct bytes){0};
        plain_put_json(&out, span_str(texts[i].text));
        assert_string_equal(bytes_str(&out), texts[i].plain);
        bytes_clear(&out);
    }
}

/* Held against Unicode's own tables: what is not seen or turns text is replaced, and all that has a
 * form of its own stays. */
static void every_character(void **state)
{
    (void)state;
    for (uint32_t cp = 0x20; cp < 0x110000; cp += cp == 0xD7FF ? 0x801 : 1) {
        uint8_t utf8[4];
        size_t n = 0;
        bool unseen = u_hasBinaryProperty((UChar32)cp, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
                      u_hasBinaryProperty((UChar32)cp, UCHAR_BIDI_CONTROL) ||
                      u_charType((UChar32)cp) == U_CONTROL_CHAR ||
                      u_charType((UChar32)cp) == U_LINE_SEPARATOR ||
                      u_charType((UChar32)cp) == U_PARAGRAPH_SEPARATOR ||
                      (cp >= 0xFFF9 && cp <= 0xFFFB);

        U8_APPEND_UNSAFE(utf8, n, cp);
        if (plain_is(span_of(utf8, n)) == unseen)
            fail_msg("U+%04X", cp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_foreign_text_harmless), cmocka_unit_test(counts_cells_and_not_bytes),
        cmocka_unit_test(no_two_bytes_get_through),    cmocka_unit_test(steps_are_never_empty),
        cmocka_unit_test(json_means_the_same),         cmocka_unit_test(every_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
