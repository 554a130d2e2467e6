/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - a text of any length, made a line at a time when somebody looks.
 *
 * A text is a sequence of parts: plain text, the entries of an object, delegated roles, changes,
 * raw bytes. A part knows how many lines it has, and makes any of them from what lies in memory
 * anyway, by an index of every hundredth entry or so. So a file of 700,000 entries is shown, paged,
 * searched and streamed without a copy of it.
 *
 * Invariants: what the lines are made of outlives them; nothing here changes once it is made, so
 * that screens are pure functions of it. Screens and commands make foreign text harmless.
 */
#ifndef CEREMONY_LINES_H
#define CEREMONY_LINES_H

#include "metadata/json/json.h"

/* Where a reader stands in a part, so that the next line need not be looked for. Plain data but for
 * `text`. */
struct lines_place {
    bool there;  /* what follows means something */
    size_t line; /* the line that `at` begins */
    size_t at, depth;
    size_t entry; /* of which `text` holds the lines */
    struct bytes text;
};

struct lines_part {
    void *self; /* owned */
    size_t n;   /* lines */
    /* Appends a line without its newline. */
    void (*put)(const void *self, size_t line, struct lines_place *place, struct bytes *out);
    void (*free)(void *self);
    /* Entries that people ask for by name: 0 for other parts. */
    size_t entries;
    size_t (*entry_line)(const void *self, size_t entry); /* NULL: a line each */
    /* The first entry that begins with the text, or is behind it; `*begins` says which. */
    size_t (*entry_find)(const void *self, struct span text, bool *begins);
};

struct lines;

struct lines *lines_new(void);    /* NULL when out of memory */
void lines_free(struct lines *l); /* NULL-safe */
/* The part is moved in, also on failure. Errors: ERR_INTERNAL. */
int lines_add(struct lines *l, const struct lines_part *part, struct err *e);
/* Text of several lines (moved in, also on failure); nothing when it is empty. */
int lines_add_text(struct lines *l, struct bytes *text, struct err *e);
/* The members of an object, a line each. */
typedef void entry_words(struct json name, struct json value, struct bytes *out);
int lines_add_entries(struct lines *l, struct json object, entry_words *put, struct err *e);
/* Canonical bytes as RFC 8259 text. */
int lines_add_json(struct lines *l, struct span canonical, struct err *e);

size_t lines_count(const struct lines *l);
/* The first line of the next part behind that line; the count when there is none. */
size_t lines_next_part(const struct lines *l, size_t line);
size_t lines_entries(const struct lines *l);
size_t lines_entry(const struct lines *l, size_t entry); /* its line */
/* The line of the first entry that begins with the text, else of the one behind it; -1: no entry.
 */
long lines_jump(const struct lines *l, const char *text);

/* Reads lines one after the other. */
struct lines_reader {
    const struct lines *l;
    size_t line;        /* the next */
    size_t part, first; /* the part it is in, and that part's first line */
    struct lines_place place;
};

void lines_read(struct lines_reader *r, const struct lines *l, size_t from);
bool lines_read_next(struct lines_reader *r, struct bytes *out); /* appended; false at the end */
void lines_reader_clear(struct lines_reader *r);

/* The first line from `from` on, around the end, that holds the text (no case); -1: none. */
long lines_search(const struct lines *l, const char *text, size_t from);
/* All of it, with newlines, appended. */
void lines_text(const struct lines *l, struct bytes *out);

#endif
