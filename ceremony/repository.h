/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repository.h - a metadata folder, a bundle, or a bundle's tar, as the client's workflow sees it.
 *
 * Both layouts are read: "4.targets/simple.json" (what a plain web server needs) and
 * "4.targets%2Fsimple.json"; with and without version prefixes.
 */
#ifndef CEREMONY_REPOSITORY_H
#define CEREMONY_REPOSITORY_H

#include "metadata/client.h"

struct archive_repository; /* what struct repository's self points to */

/* `path` is a folder (one with a folder "metadata" in it: that one) or a tar file. `out->self` is
 * freed by repository_close. Errors: ERR_INPUT, ERR_IO. */
int repository_open(const char *path, struct repository *out, struct err *e);
void repository_close(struct repository *r);

/* Who holds a key, by the card in the folder "keys" beside "metadata"; the bundle's makers say so,
 * nobody signs it. NULL when there is no such card; else the caller frees it. */
char *repository_holder(const struct repository *r, const char *keyid);

#endif
