/* SPDX-License-Identifier: Apache-2.0 */
#include "attest_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int look(const struct forge_maker *m, struct span file, const char *serial,
                const char *firmware, int64_t at, const struct key *key, struct attestation *out,
                struct err *e)
{
    const struct span pool[] = {bytes_span(&m->device_file), bytes_span(&m->root_file)};
    const struct attestation_case c = {.beside = &file,
                                       .nbeside = 1,
                                       .pool = pool,
                                       .npool = 2,
                                       .pins = m->pin,
                                       .npins = 1,
                                       .at = at,
                                       .key = key,
                                       .serial = serial,
                                       .firmware = firmware};

    return attestation_check(&c, out, e);
}

struct attestation judge(const struct forge_maker *m, struct span file, const char *serial,
                         const char *firmware, int64_t at, const struct key *key)
{
    struct attestation a;
    struct err e;

    if (look(m, file, serial, firmware, at, key, &a, &e) != 0)
        fail_msg("%s", e.what);
    return a;
}

void judge_each_bit(const struct forge_maker *m, struct bytes *file, const char *serial,
                    const char *firmware, size_t step)
{
    struct attestation whole = judge(m, bytes_span(file), serial, firmware, DAY_2026, m->key);

    assert_true(attestation_vouches(&whole));
    attestation_clear(&whole);
    for (size_t i = 0; i < file->n * 8; i += step) {
        struct attestation a;
        struct err e;

        file->p[i / 8] ^= (uint8_t)(1 << i % 8);
        if (look(m, bytes_span(file), serial, firmware, DAY_2026, m->key, &a, &e) == 0) {
            if (attestation_vouches(&a))
                fail_msg("bit %zu was changed, and it vouches", i);
            attestation_clear(&a);
        }
        file->p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

void expect(const struct attestation *a, enum attested_question q, enum attested is)
{
    if (a->form == NULL || a->answers[q].is != is)
        fail_msg("'%s' is %u: %s", attested_title(q), a->answers[q].is, a->answers[q].words);
}

void expect_no(struct attestation *a, enum attested_question q)
{
    expect(a, q, ATTESTED_FAILS);
    assert_false(attestation_vouches(a));
    attestation_clear(a);
}
