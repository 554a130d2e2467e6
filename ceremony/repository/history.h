/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - a repository's own chain of roots, where clients that ship an old one may be stuck.
 */
#ifndef CEREMONY_HISTORY_H
#define CEREMONY_HISTORY_H

#include "metadata/client/client.h"

/* `root` was refused. When it is one of the repository's roots, byte for byte, `*since` is the
 * first version after it from which a client accepts the repository; 0: none is. A root that is not
 * the repository's own says nothing about it: 0. Errors: ERR_IO, ERR_INTERNAL. */
int history_since(const struct repository *repo, struct span root, utc_t now, int64_t *since,
                  struct err *e);

#endif
