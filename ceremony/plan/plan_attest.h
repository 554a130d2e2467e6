/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_attest.h - what a plan brings to check attestations with: certificates of tokens' makers in
 * inputs/vendor-roots/, attestations of keys that exist already in inputs/attestations/, and roots
 * of the committee's own choice by fingerprint ("attestation_roots").
 *
 * All of it is under the plan's digest. A certificate in inputs/vendor-roots/ is trusted only when
 * its fingerprint is pinned, by the program's table or by the plan.
 */
#ifndef CEREMONY_PLAN_ATTEST_H
#define CEREMONY_PLAN_ATTEST_H

#include "ceremony/store/store.h"
#include "metadata/json/json.h"
#include "tokens/attestation/attestation.h"

struct plan_files {
    char **names; /* "inputs/vendor-roots/yubihsm.pem" */
    struct bytes *data;
    struct span *spans; /* of data */
    size_t n;
};

struct plan_attest {
    struct plan_files makers;       /* inputs/vendor-roots/ */
    struct plan_files attestations; /* inputs/attestations/ */
    uint8_t (*pins)[SHA256_SIZE];
    size_t npins;
};

/* Every file of a folder; each must be one of certificates. Errors: ERR_INPUT naming the file. */
int plan_files_read(struct store *s, const char *folder, struct plan_files *out, struct err *e);
void plan_files_clear(struct plan_files *f);

/* Errors: ERR_INPUT: a file is none of certificates, or a fingerprint is none. */
int plan_attest_read(struct json plan, struct store *s, struct plan_attest *out, struct err *e);
void plan_attest_clear(struct plan_attest *a);

/* Is there a certificate with this pin (by its place) among the makers'? */
bool plan_attest_has(const struct plan_attest *a, size_t pin);
/* "attestations are checked against ..." in words, a line each; nothing when the plan brings
 * nothing. */
void plan_attest_words(const struct plan_attest *a, struct bytes *out);

#endif
