/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - every file that was given: looked at and accepted, or why no client asks for it.
 *
 * What no client would ever ask for is no fault by itself (a superseded version, a README), but it
 * is named, and nothing is claimed of it. A fault is what an honest repository does not have: a
 * newer root that no client reaches, a second file of one version, a name that says another version
 * than the content, a file that could not be read.
 */
#ifndef CEREMONY_ACCOUNT_H
#define CEREMONY_ACCOUNT_H

#include "ceremony/repository/repository.h"

enum account_kind {
    ACCOUNT_ACCEPTED, /* a client asked for it, and accepts it */
    ACCOUNT_COMPARED, /* of a bundle, beside its metadata: see bundle_check.h */
    ACCOUNT_IN_FORCE, /* the same, and a client accepts it below what the bundle has anew */
    ACCOUNT_UNASKED,  /* no client asks for it: see `why` */
    ACCOUNT_UNSEEN,   /* not looked at: see `why` */
    ACCOUNT_REFUSED,  /* a client asked for it, and refuses it: see the report */
    ACCOUNT_FAULT,    /* see `why` */
    ACCOUNT_KINDS
};

struct account_row {
    char *file; /* its name from the top */
    enum account_kind kind;
    char *why; /* in words; or NULL */
    enum err_code
        code; /* of a fault; ERR_INCOMPLETE of a bundle's own file that is not asked for */
};

struct account {
    struct account_row *rows;
    size_t n;
    size_t sorted; /* the first ones, by file; those that are not there come behind */
    size_t counts[ACCOUNT_KINDS];
    size_t encoded; /* accepted ones in the layout "4.targets%2Fsimple.json" */
    struct err err; /* the first fault, one that is no gap before a gap; ERR_NONE: there is none */
};

/* All files of the repository after client_run over it (which marked what was asked for), and
 * before another one. Of a bundle, what lies beside the metadata is compared with its manifest by
 * the caller. Errors: ERR_INTERNAL. */
int account_make(const struct repository *repo, const struct client_report *report,
                 struct span trusted_root, struct account *out, struct err *e);
void account_clear(struct account *a);

/* Adds a row; of a fault, its code and words. A file that has a fault keeps its first one. */
int account_add(struct account *a, const char *file, enum account_kind kind, enum err_code code,
                struct err *e, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* What the exit status says: the first thing that is refused or at fault; then what is missing (a
 * listed role, all, snapshot or timestamp, which of a bundle are not expected, or what leads to a
 * bundle's own files): ERR_INCOMPLETE means that nothing was refused. 0: all is accepted and whole;
 * else -1, see `e`. */
int account_judge(const struct account *a, const struct client_report *report, bool bundle,
                  struct err *e);

#endif
