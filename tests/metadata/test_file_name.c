/* SPDX-License-Identifier: Apache-2.0 */
/* Names of metadata files: what was written is read back, whatever a role is called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/file_name.h"

#define ROUNDS 20000

/* The same names at each run. */
static unsigned next(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16 & 0x7fff;
}

static void any_name(unsigned *state, char name[16])
{
    static const char odd[] = "0123456789./%%aA-_~ \"\\\xc3\xa4\x7f\x01json";
    size_t n = 1 + next(state) % 14;

    for (size_t i = 0; i < n; i++)
        name[i] = odd[next(state) % (sizeof odd - 1)];
    name[n] = '\0';
}

static void a_versioned_name_is_read_back(void **state)
{
    unsigned random = 7;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t version = 1 + (int64_t)next(&random) * next(&random);
        struct bytes file;
        struct span role;
        char name[16];

        any_name(&random, name);
        file = (struct bytes){0};
        file_name_put(&file, version, name);
        assert_true(file_name_split(bytes_str(&file), &role) == version);
        assert_true(span_eq(role, span_str(name)));
        bytes_clear(&file);
    }
}

static void an_encoded_name_is_one_component_and_is_read_back(void **state)
{
    unsigned random = 11;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct bytes encoded, decoded;
        char name[16];

        any_name(&random, name);
        encoded = (struct bytes){0};
        decoded = (struct bytes){0};
        file_name_encode(name, &encoded);
        assert_null(strpbrk(bytes_str(&encoded), "/ \"\\"));
        file_name_decode(bytes_span(&encoded), &decoded);
        assert_string_equal(bytes_str(&decoded), name);
        bytes_clear(&encoded);
        bytes_clear(&decoded);
    }
}

static void names_are_written_as_clients_ask_for_them(void **state)
{
    static const char *const encoded[][2] = {
        {"targets/simple", "targets%2Fsimple"},
        {"azAZ09-._~", "azAZ09-._~"},
        {"\xc3\xa4 %?", "%C3%A4%20%25%3F"},
    };
    struct bytes out = {0};

    (void)state;
    file_name_put(&out, 0, "timestamp");
    file_name_put(&out, 4, "a/b");
    assert_string_equal(bytes_str(&out), "timestamp.json4.a/b.json");
    for (size_t i = 0; i < sizeof encoded / sizeof encoded[0]; i++) {
        bytes_truncate(&out, 0);
        file_name_encode(encoded[i][0], &out);
        assert_string_equal(bytes_str(&out), encoded[i][1]);
    }
    bytes_clear(&out);
}

static void what_is_no_version_is_part_of_the_role(void **state)
{
    static const struct {
        const char *file, *role;
        int64_t version;
    } rows[] = {
        {"timestamp.json", "timestamp", 0},
        {"4.targets/simple.json", "targets/simple", 4},
        {"04.root.json", "04.root", 0},
        {"0.root.json", "0.root", 0},
        {"4root.json", "4root", 0},
        {"root", "", 0},
        {".json", "", 0},
        {"4..json", "", 4},
        {"9007199254740991.root.json", "root", INT64_C(9007199254740991)},
        {"9007199254740992.root.json", "9007199254740992.root", 0},
        {"10000000000000000.root.json", "10000000000000000.root", 0},
        {"18446744073709551617.root.json", "18446744073709551617.root", 0},
        {"4.rootxjson", "", 4},
        {"4.json", "", 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span role;

        assert_true(file_name_split(rows[i].file, &role) == rows[i].version);
        assert_true(span_eq(role, span_str(rows[i].role)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_versioned_name_is_read_back),
        cmocka_unit_test(an_encoded_name_is_one_component_and_is_read_back),
        cmocka_unit_test(names_are_written_as_clients_ask_for_them),
        cmocka_unit_test(what_is_no_version_is_part_of_the_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
