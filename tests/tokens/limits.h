/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - what a stack of tokens can't do, or does in its own way: a row of the table in
 * docs/tokens.md. The contract checks that each stack behaves as its row says, so the document is
 * right or the test fails.
 */
#ifndef TESTS_LIMITS_H
#define TESTS_LIMITS_H

#include "tokens/token.h"

#define LIMITS_NEVER_LOCKS 0

/* The daemon behind the module. */
enum service {
    SERVICE_NONE,
    SERVICE_NEEDED,    /* nothing is signed while it is dead */
    SERVICE_NOT_MISSED /* once logged in, it signs without */
};

struct limits {
    bool has[KEY_TYPES];          /* key types that it generates */
    bool sets_up;                 /* a token that is there is initialised here once more */
    bool grows;                   /* a free slot is there, and is initialised here */
    bool destroys;                /* a key, for good */
    bool tells_low;               /* a wrong PIN shows in the PIN state */
    bool tells_last;              /* so does the last try */
    unsigned locks;               /* after so many wrong PINs; LIMITS_NEVER_LOCKS */
    bool one_lock;                /* for all tokens of the device */
    bool tells_late;              /* what it says of a new key it says at the next login only */
    enum claim local;             /* then: of a key that was made on it */
    enum claim never_extractable; /* likewise */
    enum service service;
    bool pin_while_in; /* its module keeps the PIN while somebody is logged in */
    bool pin_unwiped;  /* it gives the memory of a copy back as it is */
};

/* Reads the row of `name` from the document. Fails the test when it is not there, or has words in
 * it that are not understood. */
void limits_read(const char *document, const char *name, struct limits *out);

#endif
