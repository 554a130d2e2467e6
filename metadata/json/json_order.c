/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of an object's members: by code point of their decoded names, each name once.
 */
#include <stdlib.h>

#include "metadata/json/json_scan.h"

/* Two names differ first in these bytes: do code points and UTF-16 units order them otherwise? Lead
 * bytes F0-F4 are code points above U+FFFF, written in UTF-16 from D800; EE and EF are U+E000 to
 * U+FFFF. */
static bool sorts_apart(uint8_t a, uint8_t b)
{
    return (a >= 0xF0 && (b == 0xEE || b == 0xEF)) || (b >= 0xF0 && (a == 0xEE || a == 0xEF));
}

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
    *apart = sorts_apart(*a, *b);
    return *a < *b ? -1 : 1;
}

/* A member's place in the order: the first eight bytes of its decoded name behind what all names
 * share, so that most comparisons need not look at the text. */
struct rank {
    uint64_t key;
    size_t index;
};

/* How many bytes the names share before any escape. */
static size_t shared_prefix(const uint8_t *base, const struct member *m, size_t n)
{
    const uint8_t *one = base + m[0].at + 1;
    size_t shared = 0;

    while (one[shared] != '"' && one[shared] != '\\')
        shared++;
    for (size_t i = 1; i < n; i++) {
        const uint8_t *other = base + m[i].at + 1;
        size_t k = 0;

        while (k < shared && one[k] == other[k])
            k++;
        shared = k;
    }
    return shared;
}

/* Big-endian, so that keys compare as the names do; names hold no NUL, so it marks an end. */
static uint64_t key_of(const uint8_t *name)
{
    uint64_t key = 0;

    for (unsigned i = 0; i < 8; i++) {
        key <<= 8;
        if (*name == '"')
            continue;
        name += *name == '\\';
        key |= *name++;
    }
    return key;
}

struct order_in {
    const uint8_t *base;
    const struct member *members;
};

static int full_cmp(const struct order_in *in, const struct rank *a, const struct rank *b,
                    bool *apart)
{
    return name_cmp(in->base + in->members[a->index].at + 1,
                    in->base + in->members[b->index].at + 1, apart);
}

static int rank_cmp(const void *a, const void *b, void *in)
{
    const struct rank *x = a, *y = b;
    bool apart;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return full_cmp(in, x, y, &apart);
}

/* A heap array of the members' ranks, sorted. */
static struct rank *ranks_of(const struct order_in *in, size_t n)
{
    struct rank *ranks = calloc(n, sizeof *ranks);
    size_t shared = shared_prefix(in->base, in->members, n);
    struct order_in copy = *in;

    if (ranks == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        ranks[i] = (struct rank){key_of(in->base + in->members[i].at + 1 + shared), i};
    qsort_r(ranks, n, sizeof *ranks, rank_cmp, &copy);
    return ranks;
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

#define PART_MIN ((size_t)1 << 20)

/* Moves the members that are still to be placed to the end of the output, in the order they have
 * there. */
static void close_ranks(struct scan *s, struct member *m, size_t n)
{
    size_t to = scan_written(s);

    while (n-- > 0) {
        size_t size = m[n].end - m[n].at;

        if (size == 0) /* placed before */
            continue;
        to -= size;
        memmove(s->buffer->p + to, s->buffer->p + m[n].at, size);
        m[n] = (struct member){to, to + size};
    }
}

/* Writes the members over `[start, s->out)` in the order of their ranks. A part at a time is
 * collected beside the output, so that a large object does not need its size once more. */
static int permute(struct scan *s, struct member *m, const struct rank *ranks, size_t n,
                   size_t start)
{
    size_t size = scan_written(s) - start, room = size / 6 > PART_MIN ? size / 6 : PART_MIN;
    struct bytes part = {0};
    bool failed;

    for (size_t i = 0; i < n && !bytes_failed(&part);) {
        bytes_truncate(&part, 0);
        bytes_reserve(&part, room < size ? room : size);
        while (i < n && !bytes_failed(&part) && (part.n == 0 || part.n < room)) {
            struct member *next = &m[ranks[i].index];

            if (i > 0)
                bytes_put_u8(&part, ',');
            bytes_put(&part, s->buffer->p + next->at, next->end - next->at);
            next->end = next->at;
            i++;
        }
        if (i < n)
            close_ranks(s, m, n);
        if (!bytes_failed(&part))
            memcpy(s->buffer->p + start, part.p, part.n);
        start += part.n;
    }
    failed = bytes_failed(&part);
    bytes_clear(&part);
    return failed ? err_oom(s->e) : 0;
}

/* Names a member of the object whose names clash: there is only the name to find it by. */
static int refuse_member(struct scan *s, struct frame *f, const struct member *m, const char *what)
{
    f->name_at = m->at + 1;
    f->name_n = json_skip(span_of(s->buffer->p, scan_written(s)), m->at) - m->at - 2;
    return scan_refuse(s, f, what);
}

static int check_order(struct scan *s, struct frame *f, const struct order_in *in,
                       const struct rank *ranks, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t a = ranks[i - 1].key, b = ranks[i].key;
        const struct member *second = &in->members[ranks[i].index];
        bool apart;

        if (a == b) {
            if (full_cmp(in, &ranks[i - 1], &ranks[i], &apart) == 0)
                return refuse_member(s, f, second, "a member name that is there twice");
        } else {
            unsigned shift = 56 - ((unsigned)__builtin_clzll(a ^ b) & ~7U);

            apart = sorts_apart((uint8_t)(a >> shift), (uint8_t)(b >> shift));
        }
        if (apart)
            return refuse_member(s, f, second,
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

static int sort_members(struct scan *s, struct frame *f, size_t first, size_t start)
{
    struct order_in in = {s->buffer->p, s->members + first};
    size_t n = s->n - first;
    struct rank *ranks = ranks_of(&in, n);
    int rc;

    if (ranks == NULL)
        return err_oom(s->e);
    rc = check_order(s, f, &in, ranks, n);
    if (rc == 0 && s->canonical)
        rc = scan_refuse(s, f, "members that are not in canonical order");
    if (rc == 0)
        rc = permute(s, s->members + first, ranks, n, start);
    free(ranks);
    return rc;
}

int scan_members_end(struct scan *s, struct frame *f, size_t first, size_t start, bool ordered)
{
    int rc = ordered ? 0 : sort_members(s, f, first, start);

    s->n = first;
    return rc;
}
