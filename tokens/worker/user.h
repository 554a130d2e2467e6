/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.h - the user that modules run as where the program runs as root.
 *
 * What decides about the rights of root is the machine's own user namespace: root of another one, as
 * rootless containers have it, has no rights over the machine.
 */
#ifndef TOKENS_USER_H
#define TOKENS_USER_H

#include <stdbool.h>

#include "metadata/base/err.h"

#define MODULE_USER "tuf-ceremony-module"

/* Does this process run as the root of the machine? */
bool user_is_root(void);
/* Does the machine have MODULE_USER, and is that not root again? */
bool user_there(void);
/* As root becomes that user for good, in the groups that the machine has it in; without root, or where
 * there is no such user, nothing happens. Errors: ERR_NOT_READY. */
int user_become(struct err *e);

#endif
