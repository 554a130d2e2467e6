/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/ui/term.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ncurses has one terminal, and so do we. */
static SCREEN *terminal;
static bool ascii_only, colours;

/* Colour pairs by ink; the terminal's own background stays. */
static void start_colours(bool no_colour)
{
    static const struct {
        enum ink ink;
        short colour;
    } pairs[] = {{INK_GOOD, COLOR_GREEN},
                 {INK_WARN, COLOR_YELLOW},
                 {INK_BAD, COLOR_RED},
                 {INK_ALARM, COLOR_MAGENTA}};

    colours = !no_colour && has_colors() && start_color() == OK && use_default_colors() == OK;
    for (size_t i = 0; colours && i < sizeof pairs / sizeof pairs[0]; i++)
        init_pair((short)pairs[i].ink, pairs[i].colour, -1);
}

int term_open(bool ascii, bool no_colour, struct err *e)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        err_set(e, ERR_IO, "this is no terminal");
        return err_todo(e, "run it in a terminal window, or use the single commands (see --help)");
    }
    set_escdelay(50);
    terminal = newterm(NULL, stdout, stdin);
    if (terminal == NULL) {
        err_set(e, ERR_IO, "the terminal can't be used");
        return err_todo(e, "set TERM to what the terminal is, such as xterm-256color or linux");
    }
    (void)atexit(term_close); /* whatever ends the program */
    ascii_only = ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    (void)raw(); /* Ctrl-C and Ctrl-Z do nothing: leaving is a choice on the screen */
    (void)noecho();
    (void)nonl();
    (void)keypad(stdscr, TRUE);
    (void)nodelay(stdscr, TRUE);
    start_colours(no_colour);
    return 0;
}

void term_close(void)
{
    if (terminal == NULL)
        return;
    (void)endwin();
    delscreen(terminal);
    terminal = NULL;
}

bool term_ascii(void)
{
    return ascii_only;
}

void term_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

static attr_t attributes(enum ink ink)
{
    static const attr_t plain[INKS] = {
        [INK_STRONG] = A_BOLD, [INK_FAINT] = A_DIM,      [INK_WARN] = A_BOLD,
        [INK_BAD] = A_BOLD,    [INK_CHOSEN] = A_REVERSE, [INK_ALARM] = A_BOLD,
    };

    return plain[ink];
}

static void draw_cell(const struct cell *c)
{
    wchar_t text[2] = {(wchar_t)c->cp, L'\0'};
    short pair = colours && (c->ink == INK_GOOD || c->ink == INK_WARN || c->ink == INK_BAD ||
                             c->ink == INK_ALARM)
                     ? (short)c->ink
                     : 0;
    cchar_t cell;

    if (c->cp != 0 && setcchar(&cell, text, attributes(c->ink), pair, NULL) == OK)
        (void)add_wch(&cell);
}

void term_draw(const struct screen *s)
{
    (void)erase();
    for (int row = 0; row < s->rows; row++) {
        (void)move(row, 0);
        for (int col = 0; col < s->cols; col++)
            draw_cell(&s->cells[(size_t)row * (size_t)s->cols + (size_t)col]);
    }
    (void)curs_set(s->cursor_row >= 0);
    if (s->cursor_row >= 0)
        (void)move(s->cursor_row, s->cursor_col < s->cols ? s->cursor_col : s->cols - 1);
    (void)refresh();
}

static int translate(int kind, wint_t c)
{
    static const struct {
        wint_t code;
        int key;
    } codes[] = {
        {KEY_UP, TERM_UP},
        {KEY_DOWN, TERM_DOWN},
        {KEY_PPAGE, TERM_PAGE_UP},
        {KEY_NPAGE, TERM_PAGE_DOWN},
        {KEY_BACKSPACE, TERM_BACKSPACE},
        {KEY_F(1), TERM_HELP},
        {KEY_ENTER, TERM_ENTER},
        {KEY_RESIZE, TERM_RESIZE},
        {KEY_HOME, TERM_HOME},
        {KEY_FIND, TERM_HOME},
        {KEY_END, TERM_END},
        {KEY_SELECT, TERM_END},
        {KEY_F(2), TERM_F2},
        {KEY_F(3), TERM_F3},
    };
    static const struct {
        wint_t code;
        int key;
    } controls[] = {{'\r', TERM_ENTER}, {'\n', TERM_ENTER},  {27, TERM_ESC},
                    {'\t', TERM_TAB},   {8, TERM_BACKSPACE}, {127, TERM_BACKSPACE}};

    for (size_t i = 0; kind == KEY_CODE_YES && i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code == c)
            return codes[i].key;
    for (size_t i = 0; kind == OK && i < sizeof controls / sizeof controls[0]; i++)
        if (controls[i].code == c)
            return controls[i].key;
    if (kind == OK && c == 12) { /* Ctrl-L */
        (void)clearok(stdscr, TRUE);
        return TERM_RESIZE;
    }
    return kind == OK && c >= 0x20 ? (int)c : TERM_NONE;
}

void term_forget(void)
{
    (void)flushinp();
}

int term_key(int fd, int ms)
{
    struct pollfd watched[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = fd, .events = POLLIN}};
    wint_t c;
    int kind = get_wch(&c); /* what curses has read already, a resize among it */

    if (kind == ERR) {
        (void)poll(watched, fd >= 0 ? 2 : 1, ms);
        if (fd >= 0 && watched[1].revents != 0)
            return TERM_READY;
        kind = get_wch(&c);
    }
    if (kind != ERR)
        return translate(kind, c);
    if ((watched[0].revents & (POLLHUP | POLLERR)) != 0)
        return TERM_ESC; /* the terminal is gone */
    return TERM_NONE;
}
