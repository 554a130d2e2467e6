/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive_copy.h - the files of delegated roles in force, on their way from a folder into
 * inputs/trusted/: those that people sign, which must be sound, and those of the online side, which
 * the client's view looks at.
 */
#ifndef CEREMONY_DERIVE_COPY_H
#define CEREMONY_DERIVE_COPY_H

#include "ceremony/derive/derive_found.h"

/* Those that the committee signs: directly below targets all that are not online, further down
 * (projects, with their developers' keys) those of known keyholders. */
bool derive_is_ours(const struct found *f, const struct trusted *t, const struct targets *by,
                    const struct role *role);
/* Copies what is below targets and the roles in `t` and not there yet, all lasting together; `*n`
 * counts the files. Those of people, or with `online` all others: not more than DERIVE_ONLINE_MAX
 * in a level, and none that clients do not accept. Errors: those of found_check_file, ERR_IO. */
#define DERIVE_ONLINE_MAX 1024
int derive_copy_level(const struct found *f, const struct trusted *t, bool online, struct store *to,
                      size_t *n, struct err *e);

#endif
