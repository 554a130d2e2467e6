/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_folder.h - what the files behind store_open share: a real folder.
 */
#ifndef CEREMONY_STORE_FOLDER_H
#define CEREMONY_STORE_FOLDER_H

#include "ceremony/store/store.h"

struct folder {
    int fd;
};

/* Opens the folder that holds `name`, component by component without following links; `*base` is
 * the last component. -1 with errno == ENOENT when a folder is missing and `make` is false. */
int folder_parent(const struct folder *f, const char *name, bool make, const char **base);
/* Sets the error from errno: "'plan.json' can't be read". Returns -1. */
int folder_failed(struct err *e, const char *doing, const char *name);
int folder_refuse_name(struct err *e, const char *name);
int folder_write_all(int fd, struct span data); /* -1 and errno */

/* Of store_ops. */
int folder_write(void *self, const char *name, struct span data, struct err *e);
int folder_write_parts(void *self, const char *name, const struct store_source *from,
                       struct err *e);
int folder_write_many(void *self, const struct store_file *files, size_t n, struct err *e);

/* Calls `each` for every regular file below the open folder `fd` (moved in), sorted bytewise, with
 * `path` before its name; stops at -1. Links, and what a crash left of a write, are left out. */
int store_list_each(int fd, const char *path,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e);
/* The same for store_ops.list_rest. */
int store_list_rest(int fd, store_rest *each, void *arg, struct err *e);

#endif
