/* SPDX-License-Identifier: Apache-2.0 */
/* What the room is told about delegated roles when a client accepts everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ceremony/review/client_words.h"

#define DAY (24 * 3600)

static char simple[] = "simple", bin_0[] = "bin-0", bin_1[] = "bin-1", bin_2[] = "bin-2";
static char root[] = "root", timestamp[] = "timestamp", targets[] = "targets";
static char template[] = "bin-{bin}", forged[] = "x\nok  root, version 9";

static void says(struct client_row *rows, size_t n, const char *expected)
{
    char *bins[] = {bin_0, bin_1, bin_2}, *single[] = {simple};
    struct plan_role roles[] = {
        {.name = simple, .type = SIGNED_TARGETS, .instances = single, .ninstances = 1},
        {.name = template, .type = SIGNED_TARGETS, .instances = bins, .ninstances = 3},
    };
    const struct plan plan = {.roles = roles, .nroles = 2};
    const struct client_report report = {.rows = rows, .n = n, .accepted = true};
    struct lines *l = lines_new();
    struct bytes text;
    struct err e;

    assert_non_null(l);
    assert_int_equal(client_delegated_words(&plan, &report, &(struct publication){0}, l, &e), 0);
    text = (struct bytes){0};
    lines_text(l, &text);
    assert_string_equal(bytes_str(&text), expected);
    bytes_clear(&text);
    lines_free(l);
}

static struct client_row row(char *role, unsigned valid, utc_t expires)
{
    return (struct client_row){.role = role,
                               .version = 4,
                               .threshold = 2,
                               .valid = valid,
                               .expires = expires,
                               .verdict = CLIENT_UNBOUND};
}

static struct client_row no(char *role)
{
    return (struct client_row){.role = role, .threshold = 2, .verdict = CLIENT_ABSENT};
}

static void nothing_delegated(void **state)
{
    struct client_row rows[] = {row(root, 2, DAY), no(timestamp), row(targets, 2, DAY)};

    (void)state;
    says(rows, 3, "");
}

static void the_worst_file_of_a_template_is_named(void **state)
{
    struct client_row rows[] = {row(bin_0, 3, 3 * DAY), row(simple, 2, DAY), row(bin_1, 2, 2 * DAY),
                                row(bin_2, 4, DAY)};

    (void)state;
    says(rows, 4,
         "ok  bin-{bin}: 3 files, all accepted, 2 signatures or more on each, 2 needed, the first "
         "until 1970-01-02\n"
         "ok  simple, version 4, 2 signatures, 2 needed, until 1970-01-02\n");
}

static void what_is_missing_stands_first(void **state)
{
    struct client_row rows[] = {row(bin_0, 3, DAY), no(bin_1), row(bin_2, 3, DAY), no(simple)};

    (void)state;
    says(rows, 4,
         "--  bin-1 is not here: who holds its keys makes it\n"
         "--  simple is not here: who holds its keys makes it\n"
         "ok  bin-{bin}: 2 files, all accepted, 3 signatures or more on each, 2 needed, the first "
         "until 1970-01-02\n");
}

static void a_template_that_is_missing_is_one_line(void **state)
{
    struct client_row rows[] = {row(simple, 3, DAY), no(bin_0), no(bin_1), no(bin_2)};

    (void)state;
    says(rows, 4,
         "--  bin-{bin}: none of 3 files is here: who holds their keys makes them\n"
         "ok  simple, version 4, 3 signatures, 2 needed, until 1970-01-02\n");
}

/* Delegated to by two roles: looked at twice, one file. */
static void a_file_is_counted_once(void **state)
{
    struct client_row rows[] = {row(bin_0, 3, DAY), row(bin_0, 3, DAY), no(bin_1), no(bin_1),
                                no(bin_2)};

    (void)state;
    says(rows, 2,
         "ok  bin-{bin}: 1 file, all accepted, 3 signatures or more on each, 2 needed, the first "
         "until 1970-01-02\n");
    says(rows + 2, 3, "--  bin-{bin}: none of 2 files is here: who holds their keys makes them\n");
}

/* A delegation may be named so as to look like a line of ours. */
static void a_name_makes_no_line(void **state)
{
    struct client_row rows[] = {no(forged)};

    (void)state;
    says(rows, 1,
         "--  x\xEF\xBF\xBDok  root, version 9 is not here: who holds its keys makes it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_delegated),
        cmocka_unit_test(the_worst_file_of_a_template_is_named),
        cmocka_unit_test(what_is_missing_stands_first),
        cmocka_unit_test(a_template_that_is_missing_is_one_line),
        cmocka_unit_test(a_file_is_counted_once),
        cmocka_unit_test(a_name_makes_no_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
