/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publication.h - what will be published: the files in force with those that are signed here laid
 * over them, and which files do not fit to that any more.
 *
 * A file that clients accept today and would not accept beside the new ones (its keys go, or it
 * lists an older version) must be made anew in the same publication. One function finds them: over
 * the proposals, or before there are any over a preview of them. What was not given is named: it
 * was not looked at. act_client_view plays the client over all the rest.
 */
#ifndef CEREMONY_PUBLICATION_H
#define CEREMONY_PUBLICATION_H

#include <cjson/cJSON.h>

#include "ceremony/base/pool.h"
#include "ceremony/session/session.h"

enum fit {
    FIT_ANEW,     /* must be made anew */
    FIT_UNSEEN,   /* was not given, and may well stay: not looked at */
    FIT_TRUSTS,   /* will be published, and delegates to a key that is replaced or goes */
    FIT_UNREACHED /* in force, and nothing delegates to it any more */
};

/* A file in force that is not signed here, or FIT_TRUSTS. */
struct fitting {
    const char *role;
    enum fit fit;
    int64_t version; /* in force; 0: it was not given; -1: there is none yet */
    bool online;     /* the online side makes it; else its own keyholders */
    const char *why; /* FIT_ANEW, FIT_TRUSTS: in words, without the role */
    bool stolen;     /* FIT_TRUSTS: that key is in wrong hands */
};

/* Files that stay as they are and were looked at are not in it. */
struct publication {
    struct pool memory;
    struct fitting *files; /* by role */
    size_t n;
};

/* Looks at what the session proposes and at what its plan was given. Nothing for a first root:
 * there is nothing in force. Errors: ERR_INTERNAL. */
int publication_check(const struct session *s, struct publication *out, struct err *e);
/* The same before there are proposals, over a preview of them: see session_preview. Errors: also
 * those of composing. */
int publication_ahead(const struct plan *p, utc_t date, struct publication *out, struct err *e);
void publication_clear(struct publication *p);
const struct fitting *publication_find(const struct publication *p, const char *role); /* or NULL */
/* Adds a file; role and reason are copied. Errors: ERR_INTERNAL. */
int publication_add(struct publication *p, const struct fitting *file, struct err *e);
/* Puts them in order once all are added: each once. Of two delegators of one role, the one that
 * asks for it anew counts; that a file trusts a stolen key counts before all. */
void publication_settle(struct publication *p);

/* The files from `from` on that are alike, in words: "bins-0, bins-1 and bins-2", the first eight by
 * name; appended. Returns how many they are. */
size_t publication_group(const struct publication *p, size_t from, struct bytes *out);
/* What must be made anew, why and by whom, and what was not looked at: a line each; appended. */
void publication_words(const struct publication *p, struct bytes *out);

/* The same for machines: "make_anew" (file and reason) and "not_looked_at" of `tree`, a string for
 * each group. */
void publication_json(const struct publication *p, cJSON *tree);

#endif
