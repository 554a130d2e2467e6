/* SPDX-License-Identifier: Apache-2.0 */
/* account_part.h - what the files behind account.h share. */
#ifndef CEREMONY_ACCOUNT_PART_H
#define CEREMONY_ACCOUNT_PART_H

#include <inttypes.h>

#include "ceremony/record/account.h"
#include "metadata/envelope.h"
#include "metadata/file_name.h"
#include "metadata/signed.h"

/* A role that the client looked at. */
struct looked_at {
    const char *role;
    const struct client_row *row; /* a refused one, when there are several */
};

struct accounting {
    const struct repository *repo;
    const struct client_report *report;
    struct span trusted_text;
    bool bundle;
    struct account *out;
    struct looked_at *roles; /* by name */
    size_t nroles;
    /* Of account_root.c: */
    int64_t trusted, last;  /* versions: of the trusted root, and of the last accepted one */
    bool refused;           /* the root behind `last` */
    struct envelope *above; /* the root that was looked at before, and is one version newer */
    int64_t above_version;
    bool leads; /* from there to the trusted one */
};

/* What a file says of itself. */
struct account_head {
    struct envelope *env; /* NULL: it is no metadata, see `why` */
    struct signed_head head;
    struct err why;
};

/* Errors: ERR_INTERNAL; a file that can't be read is in `why` (ERR_IO or ERR_INPUT). */
int account_head_read(const struct accounting *w, const struct repository_file *f,
                      struct account_head *out, struct err *e);

int account_roots_begin(struct accounting *w, struct err *e);
void account_roots_end(struct accounting *w);
/* A root; they come newest first, the unversioned one last. */
int account_root(struct accounting *w, const struct repository_file *f, struct err *e);
/* A bundle's root in force, of the trusted one's version. */
int account_root_in_force(struct accounting *w, const struct repository_file *f, struct err *e);
/* A file of another role. */
int account_role(struct accounting *w, const struct repository_file *f, struct err *e);

#endif
