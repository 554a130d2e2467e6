/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of an object's members: by code point of their decoded names, each name once.
 */
#include <stdlib.h>

#include "metadata/json_scan.h"

/* Names in the output, behind their opening quotes, compared as decoded strings: in canonical bytes
 * only '"' and '\' are escaped. Sets `*apart` where UTF-16 units would order them otherwise. */
static int name_cmp(const uint8_t *a, const uint8_t *b, bool *apart)
{
    *apart = false;
    for (;; a++, b++) {
        bool a_ends = *a == '"', b_ends = *b == '"';

        if (a_ends || b_ends)
            return (int)b_ends - (int)a_ends;
        a += *a == '\\';
        b += *b == '\\';
        if (*a != *b)
            break;
    }
    /* Lead bytes F0-F4 are code points above U+FFFF, written in UTF-16 from D800; EE and EF are
     * U+E000 to U+FFFF. */
    *apart =
        (*a >= 0xF0 && (*b == 0xEE || *b == 0xEF)) || (*b >= 0xF0 && (*a == 0xEE || *a == 0xEF));
    return *a < *b ? -1 : 1;
}

struct sort_in {
    const uint8_t *base;
};

static int member_cmp(const void *a, const void *b, void *in)
{
    const uint8_t *base = ((const struct sort_in *)in)->base;
    bool apart;

    return name_cmp(base + ((const struct member *)a)->at + 1,
                    base + ((const struct member *)b)->at + 1, &apart);
}

int scan_member_push(struct scan *s, size_t at)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap + s->cap / 2 : 64;
        struct member *grown = realloc(s->members, cap * sizeof *grown);

        if (grown == NULL)
            return err_oom(s->e);
        s->members = grown;
        s->cap = cap;
    }
    s->members[s->n++] = (struct member){at, 0};
    return 0;
}

/* Writes the members from `first` in their sorted order over `[start, s->out)`. */
static int permute(struct scan *s, size_t first, size_t start)
{
    size_t size = scan_written(s) - start;
    uint8_t *scratch = malloc(size), *to = scratch;

    if (scratch == NULL)
        return err_oom(s->e);
    for (size_t i = first; i < s->n; i++) {
        size_t n = s->members[i].end - s->members[i].at;

        if (i > first)
            *to++ = ',';
        memcpy(to, s->buffer->p + s->members[i].at, n);
        to += n;
    }
    memcpy(s->buffer->p + start, scratch, size);
    free(scratch);
    return 0;
}

/* Names a member of the object whose names clash: there is only the name to find it by. */
static int refuse_member(struct scan *s, struct frame *f, const struct member *m, const char *what)
{
    f->name_at = m->at + 1;
    f->name_n = json_skip(span_of(s->buffer->p, scan_written(s)), m->at) - m->at - 2;
    return scan_refuse(s, f, what);
}

static int check_order(struct scan *s, struct frame *f, size_t first)
{
    for (size_t i = first + 1; i < s->n; i++) {
        bool apart;
        int d = name_cmp(s->buffer->p + s->members[i - 1].at + 1,
                         s->buffer->p + s->members[i].at + 1, &apart);

        if (d == 0)
            return refuse_member(s, f, &s->members[i], "a member name that is there twice");
        if (apart)
            return refuse_member(s, f, &s->members[i],
                                 "a member name that clients sort differently (above U+FFFF)");
    }
    return 0;
}

bool scan_member_follows(const struct scan *s, size_t first)
{
    bool apart;

    return s->n - first < 2 || (name_cmp(s->buffer->p + s->members[s->n - 2].at + 1,
                                         s->buffer->p + s->members[s->n - 1].at + 1, &apart) < 0 &&
                                !apart);
}

int scan_members_end(struct scan *s, struct frame *f, size_t first, size_t start, bool ordered)
{
    int rc = 0;

    if (!ordered) {
        struct sort_in in = {s->buffer->p};

        qsort_r(s->members + first, s->n - first, sizeof *s->members, member_cmp, &in);
        rc = check_order(s, f, first);
        if (rc == 0 && s->canonical)
            rc = scan_refuse(s, f, "members that are not in canonical order");
        if (rc == 0)
            rc = permute(s, first, start);
    }
    s->n = first;
    return rc;
}
