/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose_delegation.h - one entry of a list of delegations, or succinct bins: checked and written.
 */
#ifndef METADATA_COMPOSE_DELEGATION_H
#define METADATA_COMPOSE_DELEGATION_H

#include "metadata/compose.h"

/* What every reader would refuse is refused before it is written. Errors: ERR_INPUT. */
int compose_delegation_check(const struct compose_delegation *d, struct err *e);
/* Appends the role object, with the unknown members of the one before (`base`; n == 0: none). The
 * names and keys that others in the file have are the caller's matter. Errors: ERR_INTERNAL. */
int compose_delegation(const struct compose_delegation *d, struct json base, struct bytes *out,
                       struct err *e);

#endif
