/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/bytes.h"

static void appends_keep_a_nul_behind(void **state)
{
    struct bytes b;

    (void)state;
    b = (struct bytes){0};
    assert_string_equal(bytes_str(&b), "");
    for (int i = 0; i < 1000; i++)
        bytes_printf(&b, "%d,", i % 10);
    assert_int_equal(b.n, 2000);
    assert_int_equal(b.p[b.n], 0);
    bytes_truncate(&b, 4);
    assert_string_equal(bytes_str(&b), "0,1,");
    bytes_clear(&b);
}

static void a_failed_append_changes_nothing_and_sticks(void **state)
{
    struct bytes b;

    (void)state;
    b = (struct bytes){0};
    bytes_put_str(&b, "kept");
    bytes_reserve(&b, SIZE_MAX / 2);
    assert_true(bytes_failed(&b));
    bytes_put_str(&b, "lost");
    assert_string_equal(bytes_str(&b), "kept");
    assert_null(bytes_take_str(&b));
}

static void hex(void **state)
{
    struct bytes b;

    (void)state;
    b = (struct bytes){0};
    assert_int_equal(hex_decode(span_str("00fFa9"), &b), 0);
    assert_int_equal(b.n, 3);
    assert_memory_equal(b.p, "\x00\xff\xa9", 3);
    assert_int_equal(hex_decode(span_str("0"), &b), -1);
    assert_int_equal(hex_decode(span_str("0g"), &b), -1);
    assert_int_equal(hex_decode(span_str(" 0"), &b), -1);
    assert_int_equal(b.n, 3);
    bytes_put_hex(&b, span_of("\xab", 1));
    assert_memory_equal(b.p + 3, "ab", 3);
    bytes_clear(&b);
}

static void utf8(void **state)
{
    uint32_t cp = 0;

    (void)state;
    assert_int_equal(utf8_next(span_str("a"), &cp), 1);
    assert_int_equal(utf8_next(span_str("\xC3\xA4"), &cp), 2);
    assert_int_equal(cp, 0xE4);
    assert_int_equal(utf8_next(span_str("\xF0\x9F\x94\x91"), &cp), 4);
    assert_int_equal(cp, 0x1F511);
    assert_int_equal(utf8_next(span_str("\xC0\x80"), &cp), 0);         /* overlong */
    assert_int_equal(utf8_next(span_str("\xE0\x80\x80"), &cp), 0);     /* overlong */
    assert_int_equal(utf8_next(span_str("\xED\xA0\x80"), &cp), 0);     /* surrogate */
    assert_int_equal(utf8_next(span_str("\xF4\x90\x80\x80"), &cp), 0); /* above U+10FFFF */
    assert_int_equal(utf8_next(span_str("\xC3"), &cp), 0);             /* cut off */
    assert_int_equal(utf8_next(span_str("\x80"), &cp), 0);
    assert_int_equal(utf8_next(span_of("", 0), &cp), 0);
}

static void digests(void **state)
{
    char out[SHA256_HEX_SIZE];

    (void)state;
    assert_int_equal(sha256_hex(span_str("abc"), out), 0); /* FIPS 180-2, B.1 */
    assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void spans_order_bytewise(void **state)
{
    (void)state;
    assert_true(span_cmp(span_str("a"), span_str("ab")) < 0);
    assert_true(span_cmp(span_str("b"), span_str("ab")) > 0);
    assert_true(span_cmp(span_str("\xFF"), span_str("a")) > 0);
    assert_int_equal(span_cmp(span_of(NULL, 0), span_str("")), 0);
    assert_true(span_is(span_str("root"), "root"));
    assert_false(span_is(span_str("root"), "roo"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_keep_a_nul_behind),
        cmocka_unit_test(a_failed_append_changes_nothing_and_sticks),
        cmocka_unit_test(hex),
        cmocka_unit_test(utf8),
        cmocka_unit_test(digests),
        cmocka_unit_test(spans_order_bytewise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
