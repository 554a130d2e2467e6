/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.h - what one screen says, before it is laid out: lines, choices, a field, and the keys that
 * do something now.
 *
 * A view fills a page and nothing else: no curses, no clock, no disk. page_draw lays it out between
 * the frame's top line, the list of stations and the bottom line; what does not fit scrolls, and
 * how much is left is said.
 */
#ifndef CEREMONY_UI_PAGE_H
#define CEREMONY_UI_PAGE_H

#include "ceremony/changes/lines.h"
#include "ceremony/session/session.h"
#include "ceremony/ui/screen.h"

#define PAGE_KEYS 8

struct page_line {
    enum ink ink;
    int indent; /* columns */
    int hang;   /* columns; how much further in a line that is too long goes on below */
    char *text;
    size_t choice; /* of page_choice, counted from 1; 0: none */
    bool chosen;   /* the choice that Enter takes: kept in sight */
    bool field;    /* the cursor stands behind it: kept in sight */
};

struct page {
    struct page_line *lines;
    size_t n;
    size_t pinned;            /* so many lines on top stay in sight when the others scroll */
    const struct lines *rest; /* what follows, of any length; NULL: nothing */
    size_t marked;            /* a line, counted from 1 through both; 0: none */
    char context[80];         /* middle of the top line: "root v1" */
    struct {
        const char *key, *does;
    } keys[PAGE_KEYS];
    size_t nkeys;
    size_t nchoices;
    bool failed; /* out of memory: what is there is drawn */
};

/* A place on a page: a line, and how many of its rows are above it. Without `rest` a place is a
 * row, and `row` is 0. */
struct page_spot {
    size_t line, row;
};

/* Where the keys lead from what was drawn. */
struct page_view {
    bool whole;     /* all of it is in sight */
    bool too_small; /* nothing of it is: the window is to be made larger */
    struct page_spot back, forward, end;
};

/* What surrounds every page. */
struct page_frame {
    const struct session *session; /* NULL: no list of stations */
    enum station station;          /* the one that is looked at */
    utc_t now;
    const char *busy; /* what a token or disk is doing, or NULL */
    unsigned spin;
    struct page_spot scroll; /* used when nothing is chosen, or something was found */
    bool scrolled;      /* by the last key: what is chosen, or the field, may be out of sight */
    bool searched;      /* '/' asks for a text: said where not all is in sight */
    const char *search; /* marks lines that hold it; NULL or "": none */
};

void page_clear(struct page *p);
void page_line(struct page *p, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void page_indented(struct page *p, enum ink ink, int indent, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void page_gap(struct page *p);
/* A line and the gap behind it. */
void page_paragraph(struct page *p, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Text of several lines. */
void page_text(struct page *p, enum ink ink, int indent, struct span text);
void page_choice(struct page *p, bool chosen, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* "label value_": `active` has the cursor. */
void page_field(struct page *p, bool active, const char *label, const char *value);
/* All of a SHA-256, four bytes a line: hex, then words. `lines` of them (8: all). */
void page_digest(struct page *p, const uint8_t *digest, unsigned lines);
void page_key(struct page *p, const char *key, const char *does);
void page_context(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Lays the page out. */
void page_draw(const struct page *p, const struct page_frame *f, struct screen *s,
               struct page_view *view);
/* The first line from `from` on that holds the text (no case), or -1. */
long page_find(const struct page *p, const char *text, size_t from);

#endif
