/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the walk through a ceremony, on the terminal.
 *
 * One loop: draw the view of the present state, wait for a key, a resize or a token, act, look again.
 * Views are pure functions into a cell grid (screen.h, view.h); only term.c talks to ncurses.
 */
#ifndef CEREMONY_UI_WALK_H
#define CEREMONY_UI_WALK_H

#include "ceremony/ceremony.h"

struct walk_options {
    bool ascii;              /* line drawing in ASCII, also when the locale is no UTF-8 */
    bool no_colour;          /* also by NO_COLOR or a terminal without colours */
    const char *destination; /* folder the bundle is written to; NULL: the ceremony's own */
};

/* Returns 0 when the room has closed the ceremony or left it safely. Errors: ERR_IO (no terminal), or
 * what stopped the walk. The terminal is always restored. */
int walk_run(struct ceremony *c, struct tokens *t, const struct walk_options *o, struct err *e);

#endif
