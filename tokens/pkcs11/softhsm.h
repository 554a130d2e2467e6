/* SPDX-License-Identifier: Apache-2.0 */
/*
 * softhsm.h - rehearsal tokens: SoftHSM in a private folder.
 *
 * Invariants: the folder is 0700 and holds its own configuration; the machine's own SoftHSM tokens
 * are never touched; PINs of rehearsal tokens are worthless and may be shown.
 */
#ifndef TOKENS_SOFTHSM_H
#define TOKENS_SOFTHSM_H

#include "tokens/token.h"

/* The module's path on this machine, or NULL when SoftHSM is not installed. */
const char *softhsm_module(void);

/* Prepares `dir` (made when absent) and writes its configuration. The environment of the caller's
 * process gets SOFTHSM2_CONF, so this is called in the agent's child. Errors: ERR_IO,
 * ERR_INCOMPLETE. */
int softhsm_use(const char *dir, struct err *e);
/* Initialises a new token in a free slot. Errors: as token.h. */
int softhsm_add(struct tokens *t, const char *label, const struct secret *so_pin,
                const struct secret *pin, struct err *e);

#endif
