/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_table.h - every Cryptoki function that the driver calls, and every error that PKCS#11 v2.40
 * (section 5) lets it return; and one of a vendor's own, which no list knows.
 */
#ifndef TESTS_FAULT_TABLE_H
#define TESTS_FAULT_TABLE_H

#include <p11-kit/pkcs11.h>

#define FAULT_FUNCTIONS 21
#define FAULT_VALUES    28

/* The calls of a round, in their order; bits of what failed. */
enum step {
    LIST = 1,
    LOGIN = 2,
    KEYS = 4,
    GENERATE = 8,
    SIGN = 16,
    LOGOUT = 32,
    INITIALISE = 64,
    CHANGE = 128,
    UNBLOCK = 256,
    PUBLIC_KEYS = 512,
    DESTROY = 1024
};

struct fault_row {
    const char *name;
    unsigned fails; /* the step that must fail with any of the values; 0: it is recovered from */
    CK_RV values[FAULT_VALUES]; /* ended by CKR_OK */
};

extern const struct fault_row fault_table[FAULT_FUNCTIONS];

/* The steps that must fail with that value: an attribute that a token does not show or know, or that
 * is longer than any, and an object that went away hide no other key and are no failure; and a PIN
 * that has expired can be changed. */
unsigned fault_fails(const struct fault_row *row, CK_RV value);

#endif
