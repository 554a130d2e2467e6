/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule that stands between a rotation and clients that are locked out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/derive/derive.h"
#include "ceremony/rules/plan_rules.h"
#include "room.h"

#define NOON INT64_C(1795435200) /* 2026-11-23T12:00:00Z */

static struct room first; /* a (3,5) root and its bundle, made once and only read */

static int make_first(void **state)
{
    struct err e;

    (void)state;
    room_make(&first);
    assert_int_equal(room_open(&first, &e), 0);
    assert_int_equal(room_walk(&first, STATION_SIGNATURES, &e), 0);
    for (size_t i = 0; i < 4; i++) /* Ee is absent */
        assert_int_equal(room_sign(&first, i, &e), 0);
    assert_int_equal(room_walk(&first, STATIONS, &e), 0);
    room_close(&first);
    return 0;
}

static int clear_first(void **state)
{
    (void)state;
    room_clear(&first);
    return 0;
}

static cJSON *in(cJSON *plan, const char *a, const char *b)
{
    return cJSON_GetObjectItem(cJSON_GetObjectItem(plan, a), b);
}

static cJSON *holder(cJSON *plan, int i)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(plan, "keyholders"), i);
}

static void lose(cJSON *plan, int n)
{
    for (int i = 0; i < n; i++)
        cJSON_AddStringToObject(holder(plan, i), "key_is", "lost");
}

static void lose_one(const void *arg, cJSON *plan)
{
    (void)arg;
    lose(plan, 1);
}

static void lose_two(const void *arg, cJSON *plan)
{
    (void)arg;
    lose(plan, 2);
}

static void lose_three(const void *arg, cJSON *plan)
{
    (void)arg;
    lose(plan, 3);
}

static void forget_a_holder(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "keyholders"), 4);
    cJSON_DeleteItemFromArray(in(cJSON_GetObjectItem(plan, "roles"), "root", "keyholders"), 4);
}

static void forget_three(const void *arg, cJSON *plan)
{
    for (int i = 0; i < 3; i++) {
        cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "keyholders"), 2);
        cJSON_DeleteItemFromArray(in(cJSON_GetObjectItem(plan, "roles"), "root", "keyholders"), 2);
    }
    (void)arg;
    cJSON_ReplaceItemInObject(in(plan, "roles", "root"), "threshold", cJSON_CreateNumber(1));
    cJSON_ReplaceItemInObject(in(plan, "roles", "targets"), "threshold", cJSON_CreateNumber(1));
}

static void sign_only_targets(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_ReplaceItemInObject(in(plan, "roles", "root"), "threshold", cJSON_CreateNumber(2));
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "sign"), 0);
}

static void sign_only_root(const void *arg, cJSON *plan)
{
    lose_three(arg, plan); /* new keys for three: the old targets have two signatures left */
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "sign"), 1);
}

static void sign_only_root_and_replace_one(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_AddStringToObject(holder(plan, 4), "key_is", "replaced");
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(plan, "sign"), 1);
}

static void leave_targets_out(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(plan, "trusted"), "targets");
}

static void name_a_key_twice(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(holder(plan, 1), "keys"), "root",
                              cJSON_Duplicate(in(holder(plan, 0), "keys", "root"), true));
}

static void come_from_tomorrow(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(plan, "trusted"), "day",
                              cJSON_CreateString("2026-12-24"));
}

static void live_shorter(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_ReplaceItemInObject(in(plan, "roles", "root"), "expires", cJSON_CreateString("3 months"));
}

static void meet_late(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_AddStringToObject(plan, "next_ceremony", "2028-01-01");
}

static void need_all(const void *arg, cJSON *plan)
{
    (void)arg;
    cJSON_ReplaceItemInObject(in(plan, "roles", "root"), "threshold", cJSON_CreateNumber(5));
}

static void nothing(const void *arg, cJSON *plan)
{
    (void)arg;
    (void)plan;
}

static const struct row {
    void (*edit)(const void *arg, cJSON *plan);
    const char *rule; /* NULL: neither refused nor warned */
    enum finding_level level;
    const char *says;
} rows[] = {
    {nothing, NULL, FINDING_NOTE, NULL},
    {nothing, "unseen-key", FINDING_WARNING, "the key of 'Ee' was never seen to sign"},
    {lose_two, "who-is-left", FINDING_WARNING, "3 of the 5 keys of root v1 can still sign"},
    {lose_two, "seen-threshold", FINDING_WARNING, "only 2 of those that still can were ever seen"},
    {need_all, "seen-threshold", FINDING_WARNING, "only 4 of its keys are known to work"},
    {lose_one, "who-is-left", FINDING_NOTE, "4 of the 5 keys of root v1 can still sign"},
    {lose_three, "old-threshold", FINDING_REFUSAL, "only 2 of those keys can still sign"},
    {forget_a_holder, "nobodys-key", FINDING_WARNING, "it can't be asked to sign"},
    {forget_three, "old-threshold", FINDING_REFUSAL, "clients can't follow"},
    {sign_only_targets, "root-signed", FINDING_REFUSAL, "does not sign a new root"},
    {sign_only_root, "targets-signed", FINDING_REFUSAL, "clients would refuse them"},
    {sign_only_root_and_replace_one, NULL, FINDING_NOTE, NULL},
    {leave_targets_out, "targets-in-force", FINDING_REFUSAL, "refuse the rollback"},
    {name_a_key_twice, "one-holder", FINDING_REFUSAL, "'Alice' and 'Bo'"},
    {come_from_tomorrow, "date", FINDING_REFUSAL, "was signed on 2026-12-24"},
    {live_shorter, "shorter-life", FINDING_WARNING, "before the one in force"},
    {meet_late, "next-ceremony", FINDING_WARNING, "planned for 2028-01-01"},
};

static void judge(const struct row *row, const struct findings *f)
{
    bool found = row->rule == NULL;

    for (size_t i = 0; i < f->n; i++) {
        if (f->items[i].protects == NULL)
            fail_msg("'%s' does not say whom it protects", f->items[i].rule);
        if (row->rule == NULL && f->items[i].level != FINDING_NOTE &&
            strstr(f->items[i].text, "'Ee' was never seen") == NULL)
            fail_msg("row %td: %s: %s", row - rows, f->items[i].rule, f->items[i].text);
        if (row->rule != NULL && strcmp(f->items[i].rule, row->rule) == 0 &&
            f->items[i].level == row->level && strstr(f->items[i].text, row->says) != NULL)
            found = f->items[i].todo[0] != '\0';
    }
    if (!found)
        fail_msg("row %td: '%s' is not found", row - rows, row->rule);
}

static void each_rule_speaks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct derive_wish wish = {.edit = rows[i].edit};
        struct room r;
        struct store *from, *to;
        struct plan *p;
        struct findings f;
        struct err e;
        char bundle[80];

        room_begin(&r, first.t);
        snprintf(bundle, sizeof bundle, "%s/bundle", first.dir);
        assert_int_equal(store_open(bundle, &from, &e), 0);
        assert_int_equal(store_open(r.dir, &to, &e), 0);
        if (plan_derive(from, &wish, to, &e) != 0 || plan_load(to, &p, &e) != 0) {
            err_print(&e, stderr);
            fail_msg("row %zu", i);
        }
        assert_int_equal(plan_rules_check(p, NOON, &f, &e), 0);
        judge(&rows[i], &f);
        findings_clear(&f);
        plan_free(p);
        store_free(from);
        store_free(to);
        room_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_rule_speaks)};

    return cmocka_run_group_tests(tests, make_first, clear_first);
}
