/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - an error is a value that the caller owns.
 *
 * It has three parts, in the words of the person who must act on it:
 *
 *     what:  token 'B-2' refused the PIN
 *     where: signing root v4 for keyholder 'Bo'
 *     to do: 2 tries left; let Bo type it again, or press s to skip
 *
 * Invariants:
 *  - the code is the program's exit status; codes are never reordered or reused;
 *  - the three parts are always valid C strings, cut at a UTF-8 boundary when too long;
 *  - `what` names the failure first and quotes its subject; no capital, no full stop;
 *  - an error without a `to do` of its own prints the one of its code.
 */
#ifndef METADATA_ERR_H
#define METADATA_ERR_H

#include <stdio.h>

enum err_code {
    ERR_NONE = 0,
    ERR_INTERNAL = 1,     /* out of memory, or a bug */
    ERR_USAGE = 2,        /* the command line */
    ERR_INPUT = 3,        /* a file that is malformed or not what it should be */
    ERR_SIGNATURE = 4,    /* a threshold is not reached, a signature or hash does not fit */
    ERR_EXPIRED = 5,      /* metadata that a client would call expired */
    ERR_VERSION = 6,      /* rollback, gap, or a version that does not fit its file name */
    ERR_INCOMPLETE = 7,   /* something needed is not there (yet) */
    ERR_PLAN = 8,         /* the plan is refused by a rule */
    ERR_JOURNAL = 9,      /* the journal was changed, or does not fit the plan */
    ERR_BUSY = 10,        /* another program holds the ceremony */
    ERR_IO = 11,          /* the disk or the system refused */
    ERR_TOKEN = 12,       /* a token or its module failed or left */
    ERR_PIN = 13,         /* a PIN was refused, or is locked */
    ERR_LEFT = 14,        /* a person chose to leave; nothing is lost */
    ERR_NOT_READY = 15,   /* the machine fails the readiness check */
    ERR_SECRET = 16,      /* a private key lies where only public ones may */
    ERR_UNSUPPORTED = 17, /* sound as it may be, this program can't check it */
    ERR_CODES
};

struct err {
    enum err_code code;
    char what[400];
    char where[400];
    char todo[400];
};

/* Makes `e` the empty error. */
void err_clear(struct err *e);

/* Sets code and `what`, empties the other two parts. Returns -1, so that a caller can return it. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory. Returns -1. */
int err_oom(struct err *e);

/* A failed system call: `what` is the formatted text, a colon and strerror(errno_value). Returns
 * -1. */
int err_system(struct err *e, int errno_value, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds context on the way up: `where` becomes "the new text, what was there". Returns -1. */
int err_in(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets what the person is to do. Returns -1. */
int err_todo(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The short name of a code ("pin"), its meaning in words, and its default to-do; never NULL. */
const char *err_name(enum err_code code);
const char *err_meaning(enum err_code code);

/* The to-do of this error, or that of its code; never NULL. */
const char *err_todo_text(const struct err *e);

/* Prints the three parts, a line each ("where" only when known), with control bytes made harmless.
 */
void err_print(const struct err *e, FILE *to);

#endif
