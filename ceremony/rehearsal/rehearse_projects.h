/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearse_projects.h - projects in a rehearsal: at first the repository signs for them with its
 * online key; in the ceremony after that two are handed over to developers.
 *
 * The developers' private keys are written beside the plan, as the online key's: they are
 * worthless, and whoever practises plays the developers too.
 */
#ifndef CEREMONY_REHEARSE_PROJECTS_H
#define CEREMONY_REHEARSE_PROJECTS_H

#include <cjson/cJSON.h>

#include "ceremony/store/store.h"

/* A new P-256 key: its private half as `private_name` (PEM), its public half as `public_name`. */
int rehearse_key(struct store *s, const char *private_name, const char *public_name, struct err *e);

/* Lists of moves into the folder, whose online key is there, and into the plan (of the tree of
 * 2013): three projects come. */
int rehearse_projects_add(struct store *s, cJSON *plan, struct err *e);
/* Developers' keys, and lists in which two of those projects are handed over. */
int rehearse_projects_files(struct store *s, struct err *e);
void rehearse_projects_hand_over(cJSON *plan);

#endif
