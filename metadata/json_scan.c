/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner: one pass over the text that checks it and writes canonical bytes as it goes.
 *
 * Canonical bytes are never longer than the text, so the buffer is reserved once and written
 * without further checks. The members of an object are written in the order of the text; where that
 * is not the canonical order, their slices are sorted and permuted when the object ends.
 */
#include <stdlib.h>
#include <string.h>

#include "metadata/json_doc.h"

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
    size_t base; /* of this document in the buffer */
    struct member *members;
    size_t n, cap;
    unsigned depth;
    bool canonical;
    struct err *e;
};

static size_t written(const struct scan *s)
{
    return (size_t)(s->out - s->buffer->p);
}

static void put_frames(const struct scan *s, const struct frame *f, struct bytes *path)
{
    if (f == NULL)
        return;
    put_frames(s, f->up, path);
    if (!f->object)
        bytes_printf(path, "[%zu]", f->index);
    else if (f->name_at != 0)
        json_path_name(path, span_of(s->buffer->p + f->name_at, f->name_n));
}

static int refuse_at(struct scan *s, const struct frame *f, size_t at, const char *what)
{
    struct bytes path;
    size_t line, column;

    bytes_init(&path);
    json_line_column(s->text, at, &line, &column);
    put_frames(s, f, &path);
    err_set(s->e, ERR_INPUT, "%s", what);
    err_in(s->e, "%s:%zu:%zu%s%s", s->name, line, column, path.n > 0 ? ", " : "", bytes_str(&path));
    bytes_clear(&path);
    return -1;
}

static int refuse(struct scan *s, const struct frame *f, const char *what)
{
    return refuse_at(s, f, s->at, what);
}

static int peek(const struct scan *s)
{
    return s->at < s->text.n ? s->text.p[s->at] : -1;
}

static void put(struct scan *s, uint8_t c)
{
    *s->out++ = c;
}

static void skip_blanks(struct scan *s)
{
    const uint8_t *p = s->text.p + s->at, *end = s->text.p + s->text.n;

    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    s->at = (size_t)(p - s->text.p);
}

/* How many bytes from `p` need no look: no quote, backslash, control or non-ASCII byte. */
static size_t plain_run(const uint8_t *p, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t w, quote, slash, low;

        memcpy(&w, p + i, sizeof w);
        quote = w ^ (ones * '"');
        slash = w ^ (ones * '\\');
        low = (w - ones * 0x20) | (quote - ones) | (slash - ones) | w;
        if ((low & highs) != 0)
            break;
    }
    while (i < n && p[i] >= 0x20 && p[i] < 0x80 && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

static void copy(struct scan *s, size_t n)
{
    memcpy(s->out, s->text.p + s->at, n);
    s->out += n;
    s->at += n;
}

static void put_code_point(struct scan *s, uint32_t c)
{
    if (c == '"' || c == '\\')
        put(s, '\\');
    if (c < 0x80) {
        put(s, (uint8_t)c);
    } else if (c < 0x800) {
        put(s, (uint8_t)(0xC0 | c >> 6));
        put(s, (uint8_t)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        put(s, (uint8_t)(0xE0 | c >> 12));
        put(s, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        put(s, (uint8_t)(0x80 | (c & 0x3F)));
    } else {
        put(s, (uint8_t)(0xF0 | c >> 18));
        put(s, (uint8_t)(0x80 | (c >> 12 & 0x3F)));
        put(s, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
        put(s, (uint8_t)(0x80 | (c & 0x3F)));
    }
}

/* The four hex digits of a \u escape that starts at `at`; -1 when they are not there. */
static int32_t escape_unit(const struct scan *s, size_t at)
{
    int32_t unit = 0;

    if (s->text.n - at < 6 || s->text.p[at] != '\\' || s->text.p[at + 1] != 'u')
        return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        uint8_t c = s->text.p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static int scan_unicode_escape(struct scan *s, const struct frame *f)
{
    int32_t unit = escape_unit(s, s->at), low;
    uint32_t c = (uint32_t)unit;

    if (unit < 0)
        return refuse(s, f, "an escape \\u without four hex digits");
    if (unit == 0)
        return refuse(s, f, "the character U+0000, where other programs end the text");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return refuse(s, f, "a lone surrogate");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        low = s->text.n - s->at >= 12 ? escape_unit(s, s->at + 6) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return refuse(s, f, "a lone surrogate");
        c = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
        s->at += 6;
    }
    s->at += 6;
    put_code_point(s, c);
    return 0;
}

static int scan_escape(struct scan *s, const struct frame *f)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = s->at + 1 < s->text.n ? s->text.p[s->at + 1] : 0;
    const char *found = c != 0 ? strchr(from, c) : NULL;

    if (s->canonical && c != '"' && c != '\\')
        return refuse(s, f, "an escape that canonical JSON does not have");
    if (c == 'u')
        return scan_unicode_escape(s, f);
    if (found == NULL)
        return refuse(s, f, "an escape that JSON does not have");
    s->at += 2;
    put_code_point(s, (uint8_t)to[found - from]);
    return 0;
}

/* The byte at which the plain run ended: an escape, a control or a character beyond ASCII. */
static int scan_odd_byte(struct scan *s, const struct frame *f)
{
    int c = peek(s);
    size_t n;

    if (c < 0)
        return refuse(s, f, "a string without an end");
    if (c == '\\')
        return scan_escape(s, f);
    if (c == 0 || (c < 0x20 && !s->canonical))
        return refuse(s, f, "a control character in a string");
    n = utf8_next(span_of(s->text.p + s->at, s->text.n - s->at), NULL);
    if (n == 0)
        return refuse(s, f, "bytes that are not UTF-8");
    copy(s, n);
    return 0;
}

static int scan_string(struct scan *s, const struct frame *f)
{
    if (peek(s) != '"')
        return refuse(s, f, "a string is expected here");
    copy(s, 1);
    for (;;) {
        copy(s, plain_run(s->text.p + s->at, s->text.n - s->at));
        if (peek(s) == '"')
            break;
        if (scan_odd_byte(s, f) != 0)
            return -1;
    }
    copy(s, 1);
    return 0;
}

static int scan_number(struct scan *s, const struct frame *f)
{
    size_t start = s->at, digits = s->at + (peek(s) == '-'), at = digits;
    int64_t value = 0;

    while (at < s->text.n && s->text.p[at] >= '0' && s->text.p[at] <= '9') {
        if (value <= JSON_MAX_INTEGER)
            value = value * 10 + (s->text.p[at] - '0');
        at++;
    }
    if (at == digits)
        return refuse(s, f, "a value is expected here");
    if (at < s->text.n && strchr(".eE", s->text.p[at]) != NULL && s->text.p[at] != 0)
        return refuse(s, f, "a number with fraction or exponent; only integers are signed");
    if (s->text.p[digits] == '0' && (at - digits > 1 || digits != start))
        return refuse(s, f, "a number with a leading zero, or minus zero");
    if (value > JSON_MAX_INTEGER)
        return refuse(s, f, "an integer beyond 2^53 - 1, which not every client can hold");
    copy(s, at - start);
    return 0;
}

static int scan_literal(struct scan *s, const struct frame *f)
{
    static const char *const literals[] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(literals[i]);

        if (s->text.n - s->at >= n && memcmp(s->text.p + s->at, literals[i], n) == 0) {
            copy(s, n);
            return 0;
        }
    }
    return refuse(s, f, "a value is expected here");
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

static int push_member(struct scan *s, size_t at)
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
    size_t size = written(s) - start;
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
    f->name_n = json_skip(span_of(s->buffer->p, written(s)), m->at) - m->at - 2;
    return refuse(s, f, what);
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

static int end_object(struct scan *s, struct frame *f, size_t first, size_t start, bool ordered)
{
    int rc = 0;

    if (!ordered) {
        struct sort_in in = {s->buffer->p};

        qsort_r(s->members + first, s->n - first, sizeof *s->members, member_cmp, &in);
        rc = check_order(s, f, first);
        if (rc == 0 && s->canonical)
            rc = refuse(s, f, "members that are not in canonical order");
        if (rc == 0)
            rc = permute(s, first, start);
    }
    s->n = first;
    return rc;
}

static int scan_value(struct scan *s, const struct frame *up);

/* Scans `"name": value`; sets `*ordered` to false when it does not follow the member before. */
static int scan_member(struct scan *s, struct frame *f, size_t first, bool *ordered)
{
    size_t at = written(s);
    bool apart = false;

    f->name_at = 0;
    if (push_member(s, at) != 0 || scan_string(s, f) != 0)
        return -1;
    f->name_at = at + 1;
    f->name_n = written(s) - at - 2;
    if (*ordered && s->n - first > 1)
        *ordered = name_cmp(s->buffer->p + s->members[s->n - 2].at + 1, s->buffer->p + at + 1,
                            &apart) < 0 &&
                   !apart;
    skip_blanks(s);
    if (peek(s) != ':')
        return refuse(s, f, "a colon is expected here");
    copy(s, 1);
    if (scan_value(s, f) != 0)
        return -1;
    s->members[s->n - 1].end = written(s);
    return 0;
}

static int scan_object(struct scan *s, const struct frame *up)
{
    struct frame f = {.up = up, .object = true};
    size_t first = s->n, start;
    bool ordered = true;

    copy(s, 1);
    start = written(s);
    skip_blanks(s);
    while (peek(s) != '}') {
        if (scan_member(s, &f, first, &ordered) != 0)
            return -1;
        skip_blanks(s);
        if (peek(s) == '}')
            break;
        if (peek(s) != ',')
            return refuse(s, &f, "a comma or the end of the object is expected here");
        copy(s, 1);
        skip_blanks(s);
        if (peek(s) == '}')
            return refuse(s, &f, "a comma before the end of the object");
    }
    f.name_at = 0;
    if (end_object(s, &f, first, start, ordered) != 0)
        return -1;
    copy(s, 1);
    return 0;
}

static int scan_array(struct scan *s, const struct frame *up)
{
    struct frame f = {.up = up};

    copy(s, 1);
    skip_blanks(s);
    while (peek(s) != ']') {
        if (scan_value(s, &f) != 0)
            return -1;
        f.index++;
        skip_blanks(s);
        if (peek(s) == ']')
            break;
        if (peek(s) != ',')
            return refuse(s, up, "a comma or the end of the list is expected here");
        copy(s, 1);
        skip_blanks(s);
        if (peek(s) == ']')
            return refuse(s, up, "a comma before the end of the list");
    }
    copy(s, 1);
    return 0;
}

static int scan_value(struct scan *s, const struct frame *up)
{
    int c, rc;

    skip_blanks(s);
    c = peek(s);
    if (c == '"')
        return scan_string(s, up);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s, up);
    if (c != '{' && c != '[')
        return scan_literal(s, up);
    if (++s->depth > JSON_MAX_DEPTH)
        return refuse(s, up, "nesting deeper than 64 levels");
    rc = c == '{' ? scan_object(s, up) : scan_array(s, up);
    s->depth--;
    return rc;
}

static int scan_document(struct scan *s)
{
    if (s->text.n >= 3 && memcmp(s->text.p, "\xEF\xBB\xBF", 3) == 0)
        return refuse(s, NULL, "a byte order mark");
    if (scan_value(s, NULL) != 0)
        return -1;
    skip_blanks(s);
    if (s->at != s->text.n)
        return refuse(s, NULL, "something behind the end of the value");
    if (s->canonical && (size_t)(s->out - s->buffer->p) - s->base != s->text.n)
        return refuse_at(s, NULL, 0, "white space, which canonical JSON does not have");
    return 0;
}

int json_scan(struct span text, const char *name, enum json_form form, struct bytes *out,
              struct err *e)
{
    struct scan s = {.text = text,
                     .name = name,
                     .buffer = out,
                     .base = out->n,
                     .canonical = form == JSON_CANONICAL,
                     .e = e};
    int rc;

    bytes_reserve(out, text.n);
    if (bytes_failed(out))
        return err_oom(e);
    s.out = out->p + out->n;
    rc = scan_document(&s);
    if (rc == 0) {
        out->n = written(&s);
        out->p[out->n] = 0;
    }
    free(s.members);
    return rc;
}
