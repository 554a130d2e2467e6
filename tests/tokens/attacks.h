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
    char folder
        [64]; /* as the ceremony's, with a file "plan" of that user; that other process listens
                      * there at "socket" and hands out a socket of the network */
    char abstract[64]; /* and at this abstract address, without the NUL in front */
};

struct attack {
    const char *name;
    bool (*succeeds)(const struct target *t);
    bool for_anybody; /* outside of a helper it succeeds, for every user */
};

/* Each ends with one without a name. */
extern const struct attack attacks_on_processes[], attacks_on_files[], attacks_by_sockets[],
    attacks_on_root[];

#endif
