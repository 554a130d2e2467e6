/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_walk.h - what the files behind client.h share: one walk over a repository.
 *
 * A step returns -1 only when the work could not be done (memory, disk). A refusal is a row, and
 * ends the branch that it is on.
 */
#ifndef METADATA_CLIENT_WALK_H
#define METADATA_CLIENT_WALK_H

#include "metadata/client/client.h"
#include "metadata/envelope.h"
#include "metadata/signed.h"

struct client_walk {
    const struct repository *repo;
    utc_t now;
    struct client_report *report;
    struct root root;          /* the one in force */
    struct envelope *root_env; /* its bytes */
    struct listing snapshot;   /* meta.n == 0 when there is none */
    struct envelope *snapshot_env;
    unsigned depth;     /* of delegations */
    void *seen;         /* names of roles looked at: a tree of <search.h> */
    size_t read;        /* bytes of all files below root */
    size_t again;       /* of those, bytes of roles that were looked at before */
    size_t absent;      /* roles that are not there, and that nothing lists */
    bool limit_reached; /* of either there were too many, which a row says */
};

/* A new row for that role, last in the report; NULL when out of memory (sets `e`). */
struct client_row *client_row_new(struct client_report *r, const char *role, struct err *e);
/* Drops the last row. */
void client_row_drop(struct client_report *r);
/* Marks the row as refused for the reason in `why`. Returns 0. */
int client_refuse(struct client_report *r, struct client_row *row, const struct err *why);
/* Adds a warning to the row. */
int client_note(struct client_row *row, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads a file into an envelope; a file that can't be read refuses the row (*out NULL). */
int client_parse(struct client_walk *w, struct client_row *row, struct bytes *text,
                 const char *name, struct envelope **out, struct err *e);
/* Holds an envelope against a role's threshold; fills the row. `*reached` says how it went; when it
 * did not, the row is refused. */
int client_threshold(struct client_walk *w, struct client_row *row, const struct envelope *env,
                     const struct role *role, const struct keyring *keys, bool *reached,
                     struct err *e);
/* Version, expiry, digest of the row; an expired one is refused (*ok false). */
int client_head(struct client_walk *w, struct client_row *row, const struct signed_head *head,
                const struct envelope *env, bool *ok, struct err *e);

/* The version to fetch of a file; `listed` NULL: nothing lists it (TUF 1.0.31, 5.5 and 5.6). */
int64_t client_version(const struct client_walk *w, const struct file_meta *listed);

/* Is the version inside of a file the one that is listed (NULL: nothing lists it), and the one in
 * the file's name (0: it has none)? Else `why`. */
bool client_version_fits(const struct client_row *row, const struct signed_head *head,
                         const struct file_meta *listed, int64_t named, struct err *why);

/* What is done once root, timestamp and snapshot are accepted. */
typedef int client_below(struct client_walk *w, struct err *e);

/* The workflow from the trusted root; `w` has its repo, now and report, and is void afterwards. */
int client_follow(struct client_walk *w, struct span trusted_root, client_below *below,
                  struct err *e);

/* The file of targets or of a delegated role, as far as it could be read. */
struct client_file {
    size_t row;    /* of the report: the verdict */
    bool accepted; /* the rest is all there, and a client accepts it */
    struct envelope *env;
    struct targets targets;
};

/* Fetches a role's file and holds it against what its delegator says, in a new row; cleared by
 * client_file_clear. */
int client_fetch(struct client_walk *w, const char *name, const struct role *role,
                 const struct keyring *keys, struct client_file *out, struct err *e);
void client_file_clear(struct client_file *f);

/* Targets and everything below. */
int client_targets(struct client_walk *w, struct err *e);

/* The bytes of a listed file against version, length and hash; refuses the row when they differ.
 * `listed` may be NULL. */
int client_listed(struct client_walk *w, struct client_row *row, const struct file_meta *listed,
                  struct span text, bool *ok, struct err *e);

#endif
