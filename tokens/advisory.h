/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advisory.h - what makers have said of weak firmware: a row an advisory.
 */
#ifndef TOKENS_ADVISORY_H
#define TOKENS_ADVISORY_H

#include "metadata/key.h"

struct advisory {
    const char *id;     /* "YSA-2024-03" */
    const char *form;   /* of attestation: which device */
    unsigned from[3];   /* the first firmware that is weak */
    unsigned until[3];  /* the first that is not */
    unsigned key_types; /* bits, 1 << enum key_type */
    const char *words;
};

/* "5.4.3" or "5.4"; true when it is a version. */
bool advisory_version(const char *text, unsigned out[3]);
/* A version as the module of that device gives it, in three numbers: ykcs11 has two for them, the
 * second being minor * 10 + patch (5.43 is 5.4.3). */
void advisory_unpack(const char *form, unsigned version[3]);
/* The first advisory for that device, firmware (either way) and type of key, or NULL. */
const struct advisory *advisory_find(const char *form, const char *firmware, enum key_type type);
/* Is there any row for that device and type of key? Else nothing is known either way. */
bool advisory_knows(const char *form, enum key_type type);

#endif
