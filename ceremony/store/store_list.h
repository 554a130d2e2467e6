/* SPDX-License-Identifier: Apache-2.0 */
/* store_list.h - the listing behind store_ops.list. */
#ifndef CEREMONY_STORE_LIST_H
#define CEREMONY_STORE_LIST_H

#include "ceremony/store/store.h"

/* Calls `each` for every regular file below the open folder `fd` (moved in), sorted bytewise, with
 * `path` before its name; stops at -1. Links, and what a crash left of a write, are left out. */
int store_list_each(int fd, const char *path,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e);
/* The same for store_ops.list_rest. */
int store_list_rest(int fd, store_rest *each, void *arg, struct err *e);

#endif
