/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_rules.h - rules that a list of delegations is held against before anybody signs it:
 * what can never be reached, what hides what, and what stock clients read differently or refuse.
 *
 * Pure: no disk, no clock. It takes near-linear time, so that 16,384 delegations are looked at in
 * about a second. Of each rule the first few findings are given, then how many more there are.
 */
#ifndef CEREMONY_DELEGATION_RULES_H
#define CEREMONY_DELEGATION_RULES_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"
#include "metadata/signed.h"

/* python-tuf's and tuf-js's limits for what a snapshot lists without its length, in bytes. */
#define CLIENT_TARGETS_MAX  5000000
#define CLIENT_SNAPSHOT_MAX 2000000

/* What is looked at; all borrowed. */
struct delegation_set {
    const char *role;              /* who delegates: "targets", "targets/simple" */
    const struct targets *targets; /* its file */
    const struct role *own;        /* who signs that file; NULL: not known */
    /* The entries by which clients get here, that of targets first; none for targets itself. */
    const struct delegation *const *above;
    size_t nabove;
    size_t file_size; /* of the file as it will be published, in bytes; 0: not known */
    bool all;         /* each finding is given, not only the first few of a rule */
    /* What was found of the file in force, each; NULL: nothing. What would be refused and is so in
     * force already is a warning. */
    const struct findings *in_force;
};

/* Adds to `out`. Errors: ERR_INTERNAL; what is wrong with the delegations is a finding. */
int delegation_rules_check(const struct delegation_set *set, struct findings *out, struct err *e);

#endif
