/* SPDX-License-Identifier: Apache-2.0 */
/*
 * screen.h - a grid of cells: what a view draws on and a terminal shows.
 *
 * Invariants:
 *  - text gets in through screen_put alone, which makes every foreign character harmless (plain.h),
 *    drops what has no width, and never writes outside the grid;
 *  - a cell's meaning never hangs on its colour alone.
 */
#ifndef CEREMONY_UI_SCREEN_H
#define CEREMONY_UI_SCREEN_H

#include "metadata/base/bytes.h"

#define SCREEN_MIN_ROWS 24
#define SCREEN_MIN_COLS 80

enum ink {
    INK_PLAIN,
    INK_STRONG,
    INK_FAINT,
    INK_GOOD,
    INK_WARN,
    INK_BAD,
    INK_CHOSEN,
    INK_ALARM,
    INKS
};

struct cell {
    uint32_t cp; /* 0: the right half of a wide character */
    enum ink ink;
};

struct screen {
    int rows, cols;
    bool ascii; /* draw lines and bars with ASCII */
    struct cell *cells;
    int cursor_row, cursor_col; /* -1: hidden */
};

/* Errors: -1 when out of memory. */
int screen_init(struct screen *s, int rows, int cols, bool ascii);
void screen_clear(struct screen *s); /* frees */
void screen_wipe(struct screen *s);  /* all blank, cursor hidden */

/* Writes at most `width` columns; returns how many were used. A text that does not fit ends in
 * "~". */
int screen_put(struct screen *s, int row, int col, int width, enum ink ink, const char *text);
int screen_putf(struct screen *s, int row, int col, int width, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void screen_rule(struct screen *s, int row, int col, int width);
void screen_post(struct screen *s, int row, int col); /* a bit of a vertical line */

#endif
