/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remembered.h - short texts that this machine keeps for this user, whatever happens to a
 * ceremony's folder: files in $XDG_STATE_HOME/tuf-ceremony, or ~/.local/state/tuf-ceremony (XDG Base
 * Directory Specification 0.8).
 *
 * A text is replaced as a whole, and never through a link. `self` is not used; see env.h.
 */
#ifndef CEREMONY_REMEMBERED_H
#define CEREMONY_REMEMBERED_H

#include <stdbool.h>

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

int remembered_read(void *self, const char *name, struct bytes *out, struct err *e);
int remembered_write(void *self, const char *name, struct span text, bool sync, struct err *e);

#endif
