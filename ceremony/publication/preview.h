/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preview.h - the proposals of a plan before anything of it is accepted: for what can be said of
 * them before anybody is asked for a key.
 */
#ifndef CEREMONY_PREVIEW_H
#define CEREMONY_PREVIEW_H

#include "ceremony/session/session.h"

/* A session with the proposals as they would be on that date. A key that is to be enrolled is a key
 * object of no known type, which verifies nothing. Freed by session_free; the plan outlives it.
 * Errors: those of composing. */
int session_preview(const struct plan *p, utc_t date, struct session **out, struct err *e);

#endif
