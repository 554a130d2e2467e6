/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_edit.h - one change of a plan: the text of a plan.json in, the text of another out.
 *
 * Pure: no disk, no clock. An edit says what people say ("Dee leaves") and knows no rules; whoever
 * makes one reads the result with plan_load and holds it against plan_rules_check (draft.h does).
 */
#ifndef CEREMONY_PLAN_EDIT_H
#define CEREMONY_PLAN_EDIT_H

#include "ceremony/plan/plan.h"

enum plan_verb {
    PLAN_KEEP,       /* NAME stays, with the key in force */
    PLAN_REPLACE,    /* stays, and gets a new key; the old one signs once more */
    PLAN_LOSE,       /* stays, and gets a new key; the old one can't sign any more */
    PLAN_LEAVE,      /* leaves; the old key signs once more */
    PLAN_LEAVE_LOST, /* leaves, and the key can't sign any more */
    PLAN_JOIN,       /* NAME becomes a keyholder of root; ROLE=NAME: of that role */
    PLAN_RENAME,     /* OLD=NEW: a keyholder's name, everywhere in the plan */
    PLAN_THRESHOLD,  /* ROLE=NUMBER */
    PLAN_EXPIRES,    /* ROLE=WHEN, as plan.h says */
    PLAN_KEY_TYPE,   /* ROLE=TYPE: of keys that are enrolled from now on */
    PLAN_SIGN,       /* ROLE=yes or ROLE=no: whether this ceremony signs it */
    PLAN_NEXT,       /* DAY: when the committee means to meet again */
    PLAN_MOVES,      /* ROLE=FILE: its projects change by the list of moves in inputs/FILE */
    PLAN_CONTENTS,   /* ROLE=FILE: its files and delegations are those of inputs/FILE */
    PLAN_ONLINE,     /* NAME=FILE: the online key of that name is the one in inputs/FILE */
    PLAN_STOLEN,     /* NAME=FILE: likewise, for the one in force is in wrong hands */
    PLAN_KEYIDS,     /* yes or no: whether keys that stay get the keyids of the specification */
    PLAN_VERBS
};

struct plan_edit {
    enum plan_verb verb;
    const char *value; /* NAME, ROLE=NUMBER, ... as above */
};

/* "leave", "threshold", ...: what a command calls it. */
const char *plan_verb_name(enum plan_verb verb);

/* Appends to `out`. Errors: ERR_INPUT when `text` is no plan, ERR_USAGE when nobody has that name,
 * or the value can't be read. */
int plan_edit(struct span text, const struct plan_edit *edit, struct bytes *out, struct err *e);

/* What a holder does in the plan as it is: a verb up to PLAN_JOIN. */
enum plan_verb plan_part(const struct plan *p, size_t holder);
/* The same in words: "stays", "leaves; the old key signs once more". */
const char *plan_part_words(enum plan_verb part);

#endif
