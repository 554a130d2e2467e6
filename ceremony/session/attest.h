/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest.h - what tokens' makers vouch for of a ceremony's keys, and what follows from it.
 *
 * Nothing here is recorded: whoever asks (screens, bundle, transcript, rules) gets the answers anew
 * from the plan's makers and pins, the confirmed day, and the evidence that plan and journal hold.
 */
#ifndef CEREMONY_ATTEST_H
#define CEREMONY_ATTEST_H

#include <cjson/cJSON.h>

#include "ceremony/base/finding.h"
#include "ceremony/session/session.h"
#include "tokens/attestation/attestation.h"
#include "tokens/token.h"

/* What was shown or given with a key, beside what the plan brings; see attestation.h. */
struct attest_evidence {
    const struct span *beside, *pool;
    size_t nbeside, npool;
};

/* `serial` and `firmware` are the token's, or NULL. `out` is cleared by the caller. Errors:
 * ERR_INPUT, ERR_INTERNAL. */
int attest_key(const struct plan *p, utc_t at, const struct key *key,
               const struct attest_evidence *evidence, const char *serial, const char *firmware,
               struct attestation *out, struct err *e);
/* Of a seat that has a key. */
int attest_seat(const struct session *s, size_t seat, struct attestation *out, struct err *e);

/* Adds what a room must know: a refusal for what contradicts, a warning for what can't be told or
 * is weak, a note else. Returns 0, or -1 when out of memory. */
int attest_findings(const struct attestation *a, struct findings *out);

/* For people, a line each, indented; "no attestation ..." when there is none. */
void attest_words(const struct attestation *a, const char *indent, struct bytes *out);
/* For machines; NULL when out of memory. */
cJSON *attest_json(const struct attestation *a);

#endif
