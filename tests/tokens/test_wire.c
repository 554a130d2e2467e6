/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tokens/worker/wire.h"

static struct wire_in reading(const struct bytes *b, size_t n)
{
    return (struct wire_in){span_of(b->p, n), false};
}

static void put_example(struct bytes *out)
{
    struct token_info t = {.slot = 0x123456789aUL, .initialised = true, .pin = PIN_LAST_TRY};
    struct token_list l = {0};
    struct err e;

    t.pin_max = 16;
    strcpy(t.id.label, "root \xC3\xA4");
    assert_int_equal(token_list_add(&l, &t, &e), 0);
    assert_int_equal(token_list_problem(&l, "module 'x' can't be loaded", &e), 0);
    wire_put_list(out, &l);
    token_list_clear(&l);
}

static void a_list_comes_back(void **state)
{
    struct token_list l;
    struct wire_in in;
    struct bytes b;
    struct err e;

    (void)state;
    b = (struct bytes){0};
    put_example(&b);
    in = reading(&b, b.n);
    assert_int_equal(wire_list(&in, &l, &e), 0);
    assert_true(wire_done(&in));
    assert_int_equal(l.n, 1);
    assert_string_equal(l.items[0].id.label, "root \xC3\xA4");
    assert_int_equal(l.items[0].slot, 0x123456789aUL);
    assert_int_equal(l.items[0].pin, PIN_LAST_TRY);
    assert_int_equal(l.items[0].pin_max, 16);
    assert_int_equal(l.nproblems, 1);
    token_list_clear(&l);
    bytes_clear(&b);
}

/* Cut off anywhere, and with any byte changed: never "done" wrongly, never past the end. */
static void torn_and_spoilt_lists(void **state)
{
    struct token_list l;
    struct wire_in in;
    struct bytes b;
    struct err e;

    (void)state;
    b = (struct bytes){0};
    put_example(&b);
    for (size_t n = 0; n < b.n; n++) {
        in = reading(&b, n);
        assert_int_equal(wire_list(&in, &l, &e), 0);
        assert_false(wire_done(&in));
        token_list_clear(&l);
    }
    for (size_t i = 0; i < b.n; i++)
        for (unsigned x = 1; x < 256; x += 41) {
            b.p[i] ^= (uint8_t)x;
            in = reading(&b, b.n);
            assert_int_equal(wire_list(&in, &l, &e), 0);
            token_list_clear(&l);
            b.p[i] ^= (uint8_t)x;
        }
    bytes_clear(&b);
}

static void errors_come_back(void **state)
{
    struct err sent, got;
    struct wire_in in;
    struct bytes b;

    (void)state;
    b = (struct bytes){0};
    err_set(&sent, ERR_PIN, "the PIN is wrong");
    err_in(&sent, "signing");
    err_todo(&sent, "type it again");
    wire_put_err(&b, &sent);
    in = reading(&b, b.n);
    wire_err(&in, &got);
    assert_true(wire_done(&in));
    assert_int_equal(got.code, ERR_PIN);
    assert_string_equal(got.what, sent.what);
    assert_string_equal(got.where, sent.where);
    assert_string_equal(got.todo, sent.todo);
    b.p[3] = ERR_CODES;
    in = reading(&b, b.n);
    wire_err(&in, &got);
    assert_false(wire_done(&in));
    bytes_clear(&b);
}

static void text_is_checked(void **state)
{
    static const struct {
        const char *p;
        size_t n;
        bool good;
    } rows[] = {{"abc", 3, true},          {"", 0, true},
                {"abcd", 4, false},          /* no room for the NUL */
                {"a\0b", 3, false},          /* a NUL inside */
                {"\xC3", 1, false},          /* broken UTF-8 */
                {"\xED\xA0\x80", 3, false}}; /* a surrogate */

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes b;
        struct wire_in in;
        char out[4] = "old";

        b = (struct bytes){0};
        wire_put(&b, span_of(rows[i].p, rows[i].n));
        in = reading(&b, b.n);
        wire_text(&in, out, sizeof out);
        assert_int_equal(wire_done(&in), rows[i].good);
        assert_int_equal(strlen(out), rows[i].good ? rows[i].n : 0);
        bytes_clear(&b);
    }
}

static void certificates_come_back(void **state)
{
    struct token_certificates sent = {0}, got;
    struct wire_in in;
    struct bytes b;
    struct err e;

    (void)state;
    b = (struct bytes){0};
    assert_int_equal(token_certificates_add(&sent, span_str("beside"), &e), 0);
    assert_int_equal(token_certificates_add(&sent, span_str("other"), &e), 0);
    sent.nbeside = 1;
    wire_put_certificates(&b, &sent);
    for (size_t n = 0; n <= b.n; n++) {
        in = reading(&b, n);
        assert_int_equal(wire_certificates(&in, &got, &e), 0);
        assert_int_equal(wire_done(&in), n == b.n);
        assert_true(got.nbeside <= got.n);
        if (n == b.n) {
            assert_int_equal(got.nbeside, 1);
            assert_string_equal(bytes_str(&got.items[1]), "other");
        }
        token_certificates_clear(&got);
    }
    b.p[7] = 3; /* more beside the key than there are */
    in = reading(&b, b.n);
    assert_int_equal(wire_certificates(&in, &got, &e), 0);
    assert_false(wire_done(&in));
    token_certificates_clear(&got);
    token_certificates_clear(&sent);
    bytes_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_back),      cmocka_unit_test(torn_and_spoilt_lists),
        cmocka_unit_test(errors_come_back),       cmocka_unit_test(text_is_checked),
        cmocka_unit_test(certificates_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
