/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.h - what the files of the scanner share: where the scan stands, and its few verbs.
 *
 * Canonical bytes are never longer than the text, so the buffer is reserved once and written
 * without further checks. Every verb returns 0, or -1 with the refusal in `s->e`.
 */
#ifndef METADATA_JSON_SCAN_H
#define METADATA_JSON_SCAN_H

#include <string.h>

#include "metadata/json/json_doc.h"

/* A member in the output: from its name's opening quote to before the comma or brace. */
struct member {
    size_t at;
    size_t end;
};

/* Where the scan stands, for the path of an error; the frames live on the C stack. */
struct frame {
    const struct frame *up;
    bool object;
    size_t index;   /* of the element */
    size_t name_at; /* of the member's name in the output, behind its quote; 0: none yet */
    size_t name_n;
};

struct scan {
    struct span text;
    size_t at;
    const char *name;
    uint8_t *out; /* the end of what is written */
    struct bytes *buffer;
    struct member *members;
    size_t n, cap;
    unsigned depth;
    bool canonical;
    struct err *e;
};

static inline size_t scan_written(const struct scan *s)
{
    return (size_t)(s->out - s->buffer->p);
}

/* The next byte, or -1 at the end. */
static inline int scan_peek(const struct scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : -1;
}

static inline void scan_put(struct scan *s, uint8_t c)
{
    *s->out++ = c;
}

/* Takes `n` bytes of the text over as they are; canonical text may be checked where it lies. */
static inline void scan_copy(struct scan *s, size_t n)
{
    if (s->out != s->text.p + s->at)
        memcpy(s->out, s->text.p + s->at, n);
    s->out += n;
    s->at += n;
}

/* Refuses the text where the scan stands. Returns -1. */
int scan_refuse(struct scan *s, const struct frame *f, const char *what);

/* A string from quote to quote, its escapes resolved. */
int scan_string(struct scan *s, const struct frame *f);

/* json_order.c: the members of one object, in `s->members` from `first`. */
int scan_member_push(struct scan *s, size_t at);
/* Whether the last member, whose name was just written, follows the one before it. */
bool scan_member_follows(const struct scan *s, size_t first);
/* The object ends: sorts and permutes its members, which begin at `start` of the output, unless
 * they are `ordered`; drops them from the list. */
int scan_members_end(struct scan *s, struct frame *f, size_t first, size_t start, bool ordered);

#endif
