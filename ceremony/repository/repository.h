/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository.h - a metadata folder, a bundle, or a tar of either, as the client's workflow sees it.
 *
 * Both layouts are read: "4.targets/simple.json" (what a plain web server needs) and
 * "4.targets%2Fsimple.json"; with and without version prefixes. So is the git tree of tuf-on-ci,
 * "root_history/4.root.json" beside "targets.json", which publishes the same bytes as
 * "4.root.json" and "7.targets.json".
 *
 * A bundle has what its ceremony made, and in inputs/trusted what was in force before: a client
 * gets roots, targets and delegated roles from there that were not made anew, so that what was made
 * is followed from the trusted root. Snapshot and timestamp in force list older files, and are left
 * out.
 */
#ifndef CEREMONY_REPOSITORY_H
#define CEREMONY_REPOSITORY_H

#include "ceremony/store/store.h"
#include "metadata/client/client.h"

/* A file of the folder or tar, wherever it lies. */
struct repository_file {
    char *name;       /* from the top */
    const char *role; /* in it, behind the version: up to ".json" */
    size_t role_n;    /* bytes of that; 0: no name of metadata, or not in the metadata's folder */
    int64_t version;  /* in front of it, or 0 */
    bool history;     /* in tuf-on-ci's root_history */
    bool in_force;    /* a bundle's, in inputs/trusted */
    bool withheld;    /* see repository_withhold */
    bool asked;       /* a client asked for it, and got it */
};

/* `path` is a folder (one with a folder "metadata" in it: that one) or a tar file. `out->self` is
 * freed by repository_close. Errors: ERR_INPUT, ERR_IO. */
int repository_open(const char *path, struct repository *out, struct err *e);
void repository_close(struct repository *r);

/* All files, sorted by role, then newest first; those outside the metadata's folder come first,
 * those in force last. */
size_t repository_count(const struct repository *r);
const struct repository_file *repository_file(const struct repository *r, size_t i);
struct store *repository_store(const struct repository *r);
/* Where the metadata is: "metadata/", or "". */
const char *repository_folder(const struct repository *r);
/* Is it the git tree of tuf-on-ci? */
bool repository_is_tree(const struct repository *r);
/* Is it a bundle, or was it one? */
bool repository_is_bundle(const struct repository *r);
/* The role's file in force is not handed out any more: it does not fit what a bundle has anew.
 * False when the client did not get the role from there; a root stays. */
bool repository_withhold(const struct repository *r, const char *role);
/* Who holds a key, by the key record in the folder "keys" beside "metadata"; the bundle's makers
 * say so, nobody signs it. NULL when there is no such key record; else the caller frees it. */
char *repository_holder(const struct repository *r, const char *keyid);

#endif
