/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive.h - a plan that says what is in force now, to be edited into what is wanted.
 *
 * The folder may be anybody's: every file in it whose name says root or targets ("4.root.json",
 * "root.json", in whatever subfolder) is looked at, and the newest version of each is taken to be
 * in force. Who holds which key is known from a bundle's keys/, else from a plan.json that lies
 * there (so that another plan can be made from a ceremony's folder), else from the members that
 * tools put into key objects (tuf-on-ci, RSTUF), else numbered. One key has one holder.
 */
#ifndef CEREMONY_DERIVE_H
#define CEREMONY_DERIVE_H

#include <cjson/cJSON.h>

#include "ceremony/derive/tree.h"
#include "ceremony/plan/plan.h"

struct derive_wish {
    const char *title;    /* or NULL */
    const char *expires;  /* or NULL: the period that the repository states, else 1 year */
    const char *key_type; /* of new keys, or NULL: as the keys in force */
    bool rehearsal; /* so it is as well when the ceremony before was one: its keys are worthless */
    /* Not a root that follows, but a first one for the same people with new keys, to be shipped to
     * clients by another way: when the threshold of the root in force can't be reached any more. */
    bool first_root;
    const struct tree *tree;    /* of delegated roles to be added; or NULL */
    const char *const *holders; /* who sign them; none: see tree_add */
    size_t nholders;
    /* Makes the plan into what is wanted before it is written; or NULL. */
    void (*edit)(const void *arg, cJSON *plan);
    const void *arg;
};

/* Writes plan.json and inputs/trusted/ into `to` (new, empty). Errors: ERR_INPUT, ERR_INCOMPLETE
 * when there is no root, ERR_SIGNATURE. */
int plan_derive(struct store *from, const struct derive_wish *wish, struct store *to,
                struct err *e);

#endif
