/* SPDX-License-Identifier: Apache-2.0 */
/*
 * term.h - the terminal: the only part that knows ncurses. There is one terminal, so this is the
 * one file with state of its own.
 */
#ifndef CEREMONY_UI_TERM_H
#define CEREMONY_UI_TERM_H

#include "ceremony/ui/screen.h"
#include "metadata/base/err.h"

/* Keys: a character's code point, or one of these. */
enum term_key {
    TERM_NONE = -1,  /* the time is over */
    TERM_READY = -2, /* the descriptor is readable */
    TERM_ENTER = 0x110000,
    TERM_ESC,
    TERM_UP,
    TERM_DOWN,
    TERM_PAGE_UP,
    TERM_PAGE_DOWN,
    TERM_BACKSPACE,
    TERM_TAB,
    TERM_HELP, /* F1 */
    TERM_F2,
    TERM_F3,
    TERM_RESIZE,
    TERM_HOME,
    TERM_END
};

/* Errors: ERR_IO when there is no terminal. */
int term_open(bool ascii, bool no_colour, struct err *e);
void term_close(void);
/* Whether lines must be drawn with ASCII: asked for, or the locale has no UTF-8. */
bool term_ascii(void);
void term_size(int *rows, int *cols);
void term_draw(const struct screen *s);
/* Drops what was typed and not yet read. */
void term_forget(void);
/* Waits for a key, for `fd` to be readable (-1: none), or `ms` milliseconds. Ctrl-L redraws. */
int term_key(int fd, int ms);

#endif
