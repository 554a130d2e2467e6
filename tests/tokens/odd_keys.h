/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odd_keys.h - keys as other programs leave them on a token: odd names, odd attributes, made
 * elsewhere. make_odd_keys.c makes them on any module, contract_odd.c checks what the driver does
 * with them.
 */
#ifndef TESTS_ODD_KEYS_H
#define TESTS_ODD_KEYS_H

#include <stddef.h>

#define ODD_LONGEST 3000 /* bytes of a label or a CKA_ID */

enum odd_kind {
    ODD_NAME,        /* a key like any other, P-256 or RSA; its name is odd */
    ODD_SIGNS_NOT,   /* CKA_SIGN is false; it derives or decrypts */
    ODD_OTHER_CURVE, /* secp256k1: TUF has no name for it */
    ODD_IMPORTED,    /* P-256, made elsewhere: C_CreateObject */
    ODD_EXPLICIT     /* the same, CKA_EC_PARAMS spelt out (RFC 3279, section 2.3.5) */
};

struct odd_key {
    const char *name;
    const char *label; /* bytes; NULL: `label_size` times 'x' */
    size_t label_size;
    size_t id_size; /* bytes of the CKA_ID, each the row's number from 1 */
    enum odd_kind kind;
    const char *shown; /* the label, as the driver gives it; NULL: its beginning */
};

/* Ends with a row without a name. */
extern const struct odd_key odd_keys[];

#endif
