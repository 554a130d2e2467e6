/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attacks.h - what a hostile module would try from within its helper, one by one.
 */
#ifndef TESTS_ATTACKS_H
#define TESTS_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ATTACK_WORD 0x7075666d65656e67L /* what the other process has in its memory */

/* What is attacked. */
struct target {
    pid_t pid;        /* another process of the same user, which lets itself be looked into */
    const long *word; /* in its memory */
    char terminal[64];
};

struct attack {
    const char *name;
    bool (*succeeds)(const struct target *t);
    bool for_anybody; /* outside of a helper it succeeds, for every user */
};

/* Ends with one without a name. */
extern const struct attack attacks[];

#endif
