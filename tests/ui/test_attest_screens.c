/* SPDX-License-Identifier: Apache-2.0 */
/* What a token's maker vouches for, as the room sees it at enrolment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/session/attest.h"
#include "scene_steps.h"

/* Alice's new key is on the screen. */
static void at_fingerprint(struct scene *s)
{
    at_enrolment(s);
    press(s, TERM_ENTER);
    insert(s, "S0");
    press(s, TERM_ENTER);
    pin(s);
    sees(s, "no maker vouches for this key");
}

/* The same key, as a token of another maker would have it. */
static void show_answers(struct scene *s)
{
    struct attestation a = {.form = "yubihsm2",
                            .device = "YubiHSM 2",
                            .serial = "13200461",
                            .root = "Yubico YubiHSM Root CA"};

    for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++)
        a.answers[q].is = ATTESTED_HOLDS;
    a.answers[ATTESTED_FIRMWARE] = (struct attested_answer){
        ATTESTED_FAILS, "2.1.2, advisory YSA-2024-03: a laboratory can take ECDSA keys out of "
                        "the device"};
    findings_clear(&s->w.findings);
    assert_int_equal(attest_findings(&a, &s->w.findings), 0);
    golden(s, "fingerprint_attested");
    findings_clear(&s->w.findings);
    a.answers[ATTESTED_KEY] =
        (struct attested_answer){ATTESTED_FAILS, "the attestation is about ANOTHER key"};
    a.answers[ATTESTED_FIRMWARE].is = ATTESTED_HOLDS;
    assert_int_equal(attest_findings(&a, &s->w.findings), 0);
    golden(s, "fingerprint_forged");
}

static void what_is_vouched_for_is_said(void **state)
{
    struct scene s;

    (void)state;
    at_fingerprint(&s);
    show_answers(&s);
    type(&s, "x"); /* a refused key takes no word */
    press(&s, TERM_ENTER);
    sees(&s, "Alice, this key can't be used.");
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_vouched_for_is_said),
    };

    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
