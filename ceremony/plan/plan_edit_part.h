/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_edit_part.h - what the files behind plan_edit.h share: the plan while it is changed, and the
 * verbs about people.
 */
#ifndef CEREMONY_PLAN_EDIT_PART_H
#define CEREMONY_PLAN_EDIT_PART_H

#include <cjson/cJSON.h>

#include "ceremony/plan/plan_edit.h"

/* The plan while it is changed. cJSON finds members in any case, but plan_load refuses those that
 * are not spelt right, before and after. */
struct editing {
    cJSON *plan;
    enum plan_verb verb;
    struct err *e;
};

/* Sets ERR_USAGE: "'subject' what". Returns -1. */
int edit_usage(const struct editing *ed, const char *todo, const char *what, const char *subject);
/* The i-th role, with its name: top-level roles, then delegated ones; NULL behind the last. */
cJSON *edit_role_at(const struct editing *ed, int i, const char **name);
/* Splits "ROLE=VALUE": the role, and behind it the value; NULL when there is no such role. */
cJSON *edit_role_of(const struct editing *ed, const char *text, const char **name,
                    const char **value);
/* Takes a name out of a list of names. */
void edit_unseat(cJSON *names, const char *name);

/* PLAN_KEEP to PLAN_LEAVE_LOST, PLAN_JOIN, PLAN_RENAME. */
int edit_part(const struct editing *ed, const char *name);
int edit_join(const struct editing *ed, const char *text);
int edit_rename(const struct editing *ed, const char *text);

#endif
