/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock.h - which files a process may still open: those below the paths that it is given, and no
 * other (Landlock, landlock(7)). Not with root's rights either; and nothing takes it off again.
 *
 * What was open before stays open. Landlock does not look at connect() to a socket's path, nor at
 * what changes a file without opening it (chmod, truncate by name): sandbox.h refuses these.
 */
#ifndef TOKENS_LANDLOCK_H
#define TOKENS_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "metadata/base/err.h"

#define LANDLOCK_PATH 512

struct landlock_path {
    char path[LANDLOCK_PATH]; /* of a file, or a folder and all below it; absent: left out */
    bool writes;              /* else it is read only */
};

/* Whether this kernel has it switched on. */
bool landlock_there(void);
/* From now on, for this thread and those that it makes. Where the kernel has none, nothing happens:
 * landlock_there. Needs PR_SET_NO_NEW_PRIVS. Errors: ERR_NOT_READY. */
int landlock_confine(const struct landlock_path *paths, size_t n, struct err *e);

#endif
