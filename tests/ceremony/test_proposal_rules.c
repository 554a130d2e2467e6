/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a proposal and its first signature: each rule, where it speaks and where it
 * is silent, on tokens as they were enrolled and as the plan of a rotation remembers them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/base/finding.h"
#include "ceremony/repository/key_records.h"
#include "ceremony/rules/proposal_rules.h"
#include "years.h"

#define PEOPLE 5

/* Tokens as they might have been, by holder; NULL: nothing is known. */
struct row {
    const char *rule;
    enum finding_level level; /* when it speaks */
    const char *says;         /* NULL: it is silent */
    const char *manufacturer[PEOPLE], *model[PEOPLE], *serial[PEOPLE], *firmware[PEOPLE];
};

#define ALL(x)                                                                                     \
    {                                                                                              \
        x, x, x, x, x                                                                              \
    }
#define SERIALS                                                                                    \
    {                                                                                              \
        "1", "2", "3", "4", "5"                                                                    \
    }
#define YUBICO "Yubico (www.yubico.com)"
#define OTHER  "www.CardContact.de"

static const struct row rows[] = {
    {"two-keys-one-token", FINDING_WARNING, NULL, ALL(OTHER), ALL("HSM"), SERIALS, ALL("3.6")},
    {"two-keys-one-token",
     FINDING_WARNING,
     "the keys of 'Alice' and 'Chen' for root are on one token",
     ALL(OTHER),
     ALL("HSM"),
     {"1", "2", "1", "4", "5"},
     ALL("3.6")},
    /* serial numbers are a maker's own */
    {"two-keys-one-token",
     FINDING_WARNING,
     NULL,
     {OTHER, OTHER, YUBICO, OTHER, OTHER},
     {"HSM", "HSM", "YubiHSM", "HSM", "HSM"},
     {"1", "2", "1", "4", "5"},
     ALL("3.6")},
    {"two-keys-one-token", FINDING_WARNING, NULL, ALL(NULL), ALL(NULL), ALL(NULL), ALL(NULL)},
    {"one-vendor",
     FINDING_WARNING,
     "without the tokens made by " YUBICO ", root can't be signed",
     {YUBICO, YUBICO, YUBICO, OTHER, OTHER},
     ALL("x"),
     SERIALS,
     ALL("9.0")},
    {"one-vendor",
     FINDING_WARNING,
     NULL,
     {YUBICO, YUBICO, OTHER, OTHER, NULL},
     ALL("x"),
     SERIALS,
     ALL("9.0")},
    {"weak-firmware",
     FINDING_WARNING,
     "the token of 'Bo' (YubiHSM, firmware 2.3) has a known weakness",
     {OTHER, YUBICO, OTHER, OTHER, OTHER},
     {"HSM", "YubiHSM", "HSM", "HSM", "HSM"},
     SERIALS,
     ALL("2.3")},
    {"weak-firmware",
     FINDING_WARNING,
     "firmware 5.6.9) has a known weakness: YSA-2024-03",
     ALL(YUBICO),
     ALL("YubiKey 5"),
     SERIALS,
     {"5.71", "5.7", "5.6.9", "5.7.4", "6.0"}},
    {"weak-firmware", /* ykcs11's way to write 5.4.3 */
     FINDING_WARNING,
     "the token of 'Dee' (YubiKey YK5, firmware 5.43) has a known weakness: YSA-2024-03",
     ALL(YUBICO),
     ALL("YubiKey YK5"),
     SERIALS,
     {"5.71", "5.74", "5.72", "5.43", "5.7.1"}},
    {"weak-firmware", /* not in this advisory */
     FINDING_WARNING,
     NULL,
     ALL(YUBICO),
     ALL("YubiKey YK4"),
     SERIALS,
     {"4.3.7", "4.37", "4.4.5", "4.45", "4.35"}},
    {"weak-firmware",
     FINDING_WARNING,
     NULL,
     ALL(YUBICO),
     ALL("YubiHSM"),
     SERIALS,
     {"2.4", "2.4.1", "2.10", "3.0", ""}},
    {"weak-firmware", FINDING_WARNING, NULL, ALL(YUBICO), ALL("YubiKey 5"), SERIALS, ALL(NULL)},
};

static char *text(const char *s)
{
    char *copy = s != NULL ? strdup(s) : NULL;

    assert_true(s == NULL || copy != NULL);
    return copy;
}

static void judge(const struct session *s, size_t group, const char *rule, enum finding_level level,
                  const char *says)
{
    struct findings f;
    struct err e;
    const char *said = NULL;

    assert_int_equal(proposal_rules_check(s, group, &f, &e), 0);
    for (size_t i = 0; i < f.n; i++) {
        assert_non_null(f.items[i].protects);
        assert_true(f.items[i].todo[0] != '\0');
        if (strcmp(f.items[i].rule, rule) == 0) {
            assert_int_equal(f.items[i].level, level);
            said = f.items[i].text;
        }
    }
    if ((says == NULL) != (said == NULL) || (says != NULL && strstr(said, says) == NULL))
        fail_msg("'%s' says '%s', not '%s'", rule, said != NULL ? said : "", says ? says : "");
    findings_clear(&f);
}

static void tokens_of_this_ceremony(const struct session *now)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct session s = *now;
        struct seat_state seats[PEOPLE];

        memcpy(seats, now->seats, sizeof seats);
        s.seats = seats;
        for (size_t k = 0; k < PEOPLE; k++)
            seats[k].token = (struct seat_token){.manufacturer = text(rows[i].manufacturer[k]),
                                                 .model = text(rows[i].model[k]),
                                                 .serial = text(rows[i].serial[k]),
                                                 .firmware = text(rows[i].firmware[k])};
        judge(&s, 0, rows[i].rule, rows[i].level, rows[i].says);
        for (size_t k = 0; k < PEOPLE; k++) {
            free(seats[k].token.manufacturer);
            free(seats[k].token.model);
            free(seats[k].token.serial);
            free(seats[k].token.firmware);
        }
    }
}

/* A root as large as that: its envelope in place of the proposed one. */
static void too_large(const struct session *now, size_t bytes, const char *says)
{
    struct session s = *now;
    struct proposal *all = calloc(now->nproposals, sizeof *all);
    struct span is = envelope_signed(now->proposals[0].envelope);
    struct bytes canonical;
    struct err e;

    assert_non_null(all);
    memcpy(all, now->proposals, now->nproposals * sizeof *all);
    canonical = (struct bytes){0};
    bytes_put(&canonical, is.p, is.n - 1);
    bytes_put_str(&canonical, ",\"x-large\":\"");
    for (size_t i = 0; i < bytes; i++)
        bytes_put_u8(&canonical, 'x');
    bytes_put_str(&canonical, "\"}");
    assert_int_equal(envelope_new(&canonical, "root", &all[0].envelope, &e), 0);
    s.proposals = all;
    judge(&s, 0, "client-limit", FINDING_REFUSAL, says);
    envelope_free(all[0].envelope);
    free(all);
}

static void each_rule_speaks(void **state)
{
    struct room r;
    const struct session *s;
    struct err e;

    (void)state;
    room_make(&r);
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(room_walk(&r, STATION_SIGNATURES, &e), 0);
    s = ceremony_session(r.c);
    assert_int_equal(s->plan->nseats, PEOPLE);
    tokens_of_this_ceremony(s);
    too_large(s, 400000, NULL);
    too_large(s, 510000, "python-tuf's clients read 512000 at most");
    judge(s, 0, "losses", FINDING_NOTE, "2 of the 5 root tokens may be lost");
    room_clear(&r);
}

/* The bundle's key records carry it from year to year, also for keys that are only kept. */
static void a_plan_remembers_tokens(void **state)
{
    struct room r[3];
    struct err e;

    (void)state;
    room_make(&r[0]);
    for (size_t year = 0; year < 3; year++) {
        const struct session *s;

        if (year > 0) {
            const struct derive_wish wish = {0};

            years_next(&r[year], &r[year - 1], &wish);
        }
        assert_int_equal(room_open(&r[year], &e), 0);
        assert_int_equal(room_walk(&r[year], STATION_SIGNATURES, &e), 0);
        s = ceremony_session(r[year].c);
        /* one maker made them all; nothing but the plan says so after the first year */
        judge(s, 0, "one-vendor", FINDING_WARNING, "without the tokens made by");
        if (year > 0) {
            assert_null(s->seats[0].token.serial);
            assert_string_equal(s->plan->holders[1].token_is.serial, "S1");
        }
        assert_int_equal(room_walk(&r[year], STATIONS, &e), 0);
    }
    for (size_t year = 3; year-- > 0;)
        room_clear(&r[year]);
}

static void join(const void *arg, cJSON *plan)
{
    cJSON *flo = cJSON_CreateObject();
    cJSON *root = cJSON_GetObjectItem(cJSON_GetObjectItem(plan, "roles"), "root");

    (void)arg;
    cJSON_AddStringToObject(flo, "name", "Flo");
    cJSON_AddItemToArray(cJSON_GetObjectItem(plan, "keyholders"), flo);
    cJSON_ReplaceItemInArray(cJSON_GetObjectItem(root, "keyholders"), 3, cJSON_CreateString("Flo"));
}

/* Who joins makes a key: not on the token of somebody who keeps one; on that of who leaves, yes. */
static void a_new_key_is_not_made_on_a_kept_token(void **state)
{
    const struct derive_wish wish = {.edit = join};
    static const struct {
        const char *serial;
        bool refused;
    } tokens[] = {{"S0", true}, {"S3", false}, {"S9", false}};
    struct room first, next;
    struct err e;

    (void)state;
    room_make(&first);
    assert_int_equal(room_open(&first, &e), 0);
    assert_int_equal(room_walk(&first, STATIONS, &e), 0);
    years_next(&next, &first, &wish);
    assert_int_equal(room_open(&next, &e), 0);
    assert_int_equal(room_walk(&next, STATION_ENROLMENT, &e), 0);
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        const struct session *s = ceremony_session(next.c);
        struct candidate k = {.seat = 0};
        struct findings f;
        struct key *made;

        while (s->seats[k.seat].key != NULL)
            k.seat++;
        assert_int_equal(
            key_from_pem(span_str("-----BEGIN PUBLIC KEY-----\n"
                                  "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4"
                                  "rXAxZuE=\n-----END PUBLIC KEY-----\n"),
                         &made, &e),
            0);
        k.key.key = made;
        snprintf(k.token.id.serial, sizeof k.token.id.serial, "%s", tokens[i].serial);
        assert_int_equal(enrol_check(ceremony_session(next.c), &k, &f, &e), 0);
        {
            bool refused = false;

            for (size_t n = 0; n < f.n; n++)
                refused = refused || strcmp(f.items[n].rule, "same-token") == 0;
            assert_int_equal(refused, tokens[i].refused);
        }
        findings_clear(&f);
        key_free(made);
    }
    room_clear(&next);
    room_clear(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks),
        cmocka_unit_test(a_plan_remembers_tokens),
        cmocka_unit_test(a_new_key_is_not_made_on_a_kept_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
