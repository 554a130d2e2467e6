/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - plays the TUF client (specification 1.0.31, section 5) over a repository, to say what
 * a client would say.
 *
 * The repository is handed in as a function that gives the bytes of a role's version; nothing in
 * here touches a disk or a clock. The report has one row per role looked at, in the order of the
 * workflow.
 */
#ifndef METADATA_CLIENT_H
#define METADATA_CLIENT_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/base/utc.h"
#include "metadata/client/client_rules.h"

#define REPOSITORY_NEWEST (-1) /* a version: the newest that is there */

/* The online side's files. */
struct repository {
    void *self;
    /* The bytes of a role's file. *version 0: the unversioned name ("timestamp.json"). Where clients
     * ask for versions and nothing says which, REPOSITORY_NEWEST, which becomes the version in the
     * name of the file that is given. Returns 1 and fills `out` (initialised by the caller), 0 when
     * there is no such file, -1 on error. */
    int (*fetch)(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e);
};

enum client_verdict {
    CLIENT_ACCEPTED, /* a client accepts it */
    CLIENT_ABSENT,   /* not there, and said so */
    CLIENT_UNBOUND,  /* verified against its delegator; no snapshot lists it */
    CLIENT_REFUSED   /* see the row's error */
};

struct client_row {
    char *role;
    int64_t version;
    utc_t expires;
    unsigned threshold, valid;
    unsigned old_threshold, old_valid; /* root N by the keys of N-1; 0, 0 where it has none */
    char **signers;                    /* keyids that counted */
    size_t nsigners;
    enum client_verdict verdict;
    char sha256[SHA256_HEX_SIZE]; /* of the signed bytes */
    struct err err;               /* CLIENT_REFUSED: why */
    char *note;                   /* warnings in words, or NULL */
};

struct client_report {
    struct client_row *rows;
    size_t n;
    struct stock_verdicts stock; /* of what is accepted, client by client */
    bool complete;               /* snapshot and timestamp were there and bind everything */
    bool accepted;               /* no row is refused and at least one root was accepted */
    struct err err;              /* the first refusal */
    struct err secret; /* ERR_SECRET: the first private key in a file; clients do not mind */
};

/* Follows the chain from `trusted_root` (a root file's bytes) at time `now`. Expired: expires <=
 * now. Errors mean that the work could not be done; a refusal is in the report. */
int client_run(const struct repository *repo, struct span trusted_root, utc_t now,
               struct client_report *out, struct err *e);
void client_report_clear(struct client_report *r);

#endif
