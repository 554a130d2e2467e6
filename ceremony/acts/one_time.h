/* SPDX-License-Identifier: Apache-2.0 */
/*
 * one_time.h - keys that sign once and are destroyed (PEP 458: the keys of targets and bins).
 *
 * A role with "one_time" in the plan has keys that are made here for it alone. When a client has
 * accepted the result, each is destroyed on its token, looked for again, and recorded.
 */
#ifndef CEREMONY_ONE_TIME_H
#define CEREMONY_ONE_TIME_H

#include "ceremony/acts/ceremony.h"

/* The next key of this holder that is to be destroyed: 1 and its seat, or 0. */
int one_time_next(const struct session *s, size_t holder, size_t *seat);
/* Destroys a key on the token that is logged in, and believes that it is gone only when all
 * sessions were closed, the keyholder logged in anew, and it was not there: a module may have
 * dropped it from a session alone. `pin`: of that login; NULL for a PIN pad, which asks again.
 * Errors: ERR_TOKEN, ERR_PIN. */
int one_time_destroy_key(struct tokens *t, const struct token_info *token, const struct secret *pin,
                         const struct key *key, struct err *e);
/* The token of that seat is logged in, with `pin` as above: sees the key on it and journals that,
 * destroys it, sees that it is gone, and journals that. A run that was killed in between finds it
 * gone; a key that was never seen there is not believed gone. Errors: ERR_PLAN when the key is used
 * anywhere else, ERR_TOKEN (also for another token than the one that the key was made on),
 * ERR_INCOMPLETE.
 */
int one_time_destroy(struct ceremony *c, size_t seat, const struct token_info *token,
                     const struct secret *pin, struct tokens *t, struct err *e);

/* Is the seat's key used nowhere else? Errors: ERR_PLAN. */
int one_time_unused(const struct session *s, size_t seat, struct err *e);

#endif
