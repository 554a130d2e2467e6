/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the walk through a ceremony, on the terminal.
 *
 * One loop: draw the view of the present state, wait for a key, a resize or a token, act, look
 * again. Views are pure functions into a cell grid (screen.h, view.h); only term.c talks to
 * ncurses.
 */
#ifndef CEREMONY_UI_WALK_H
#define CEREMONY_UI_WALK_H

#include "ceremony/acts/walk.h"

/* A walk_fn. */
int walk_run(struct ceremony *c, struct tokens *t, const struct walk_options *o, struct err *e);

#endif
