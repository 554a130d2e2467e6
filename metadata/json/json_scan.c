/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner: one pass over the text that checks it and writes canonical bytes as it goes.
 *
 * Canonical bytes are never longer than the text, so the buffer is reserved once and written
 * without further checks. The members of an object are written in the order of the text; where that
 * is not the canonical order, their slices are sorted and permuted when the object ends.
 */
#include <stdlib.h>

#include "metadata/json/json_scan.h"

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

/* Refuses the text at `at`. */
static int scan_refuse_at(struct scan *s, const struct frame *f, size_t at, const char *what)
{
    struct bytes path = {0};
    size_t line, column;

    json_line_column(s->text, at, &line, &column);
    put_frames(s, f, &path);
    err_set(s->e, ERR_INPUT, "%s", what);
    err_in(s->e, "%s:%zu:%zu%s%s", s->name, line, column, path.n > 0 ? ", " : "", bytes_str(&path));
    bytes_clear(&path);
    return -1;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

int scan_refuse(struct scan *s, const struct frame *f, const char *what)
{
    if (s->canonical && is_blank(scan_peek(s)))
        what = "white space, which canonical JSON does not have";
    return scan_refuse_at(s, f, s->at, what);
}

/* In canonical text nothing is skipped, so that whoever finds a blank refuses it. */
static void skip_blanks(struct scan *s)
{
    const uint8_t *p = s->text.p + s->at, *end = s->text.p + s->text.n;

    while (!s->canonical && p < end && is_blank(*p))
        p++;
    s->at = (size_t)(p - s->text.p);
}

static int scan_number(struct scan *s, const struct frame *f)
{
    size_t start = s->at, digits = s->at + (scan_peek(s) == '-'), at = digits;
    int64_t value = 0;

    while (at < s->text.n && s->text.p[at] >= '0' && s->text.p[at] <= '9') {
        if (value <= JSON_MAX_INTEGER)
            value = value * 10 + (s->text.p[at] - '0');
        at++;
    }
    if (at == digits)
        return scan_refuse(s, f, "a value is expected here");
    if (at < s->text.n && strchr(".eE", s->text.p[at]) != NULL && s->text.p[at] != 0)
        return scan_refuse(s, f, "a number with fraction or exponent; only integers are signed");
    if (s->text.p[digits] == '0' && (at - digits > 1 || digits != start))
        return scan_refuse(s, f, "a number with a leading zero, or minus zero");
    if (value > JSON_MAX_INTEGER)
        return scan_refuse(s, f, "an integer beyond 2^53 - 1, which not every client can hold");
    scan_copy(s, at - start);
    return 0;
}

static int scan_literal(struct scan *s, const struct frame *f)
{
    static const char *const literals[] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(literals[i]);

        if (s->text.n - s->at >= n && memcmp(s->text.p + s->at, literals[i], n) == 0) {
            scan_copy(s, n);
            return 0;
        }
    }
    return scan_refuse(s, f, "a value is expected here");
}

static int scan_value(struct scan *s, const struct frame *up);

/* Scans `"name": value`; sets `*ordered` to false when it does not follow the member before. */
static int scan_member(struct scan *s, struct frame *f, size_t first, bool *ordered)
{
    size_t at = scan_written(s);

    f->name_at = 0;
    if (scan_member_push(s, at) != 0 || scan_string(s, f) != 0)
        return -1;
    f->name_at = at + 1;
    f->name_n = scan_written(s) - at - 2;
    *ordered = *ordered && scan_member_follows(s, first);
    skip_blanks(s);
    if (scan_peek(s) != ':')
        return scan_refuse(s, f, "a colon is expected here");
    scan_copy(s, 1);
    if (scan_value(s, f) != 0)
        return -1;
    s->members[s->n - 1].end = scan_written(s);
    return 0;
}

static int scan_object(struct scan *s, const struct frame *up)
{
    struct frame f = {.up = up, .object = true};
    size_t first = s->n, start;
    bool ordered = true;

    scan_copy(s, 1);
    start = scan_written(s);
    skip_blanks(s);
    while (scan_peek(s) != '}') {
        if (scan_member(s, &f, first, &ordered) != 0)
            return -1;
        skip_blanks(s);
        if (scan_peek(s) == '}')
            break;
        if (scan_peek(s) != ',')
            return scan_refuse(s, &f, "a comma or the end of the object is expected here");
        scan_copy(s, 1);
        skip_blanks(s);
        if (scan_peek(s) == '}')
            return scan_refuse(s, &f, "a comma before the end of the object");
    }
    f.name_at = 0;
    if (scan_members_end(s, &f, first, start, ordered) != 0)
        return -1;
    scan_copy(s, 1);
    return 0;
}

static int scan_array(struct scan *s, const struct frame *up)
{
    struct frame f = {.up = up};

    scan_copy(s, 1);
    skip_blanks(s);
    while (scan_peek(s) != ']') {
        if (scan_value(s, &f) != 0)
            return -1;
        f.index++;
        skip_blanks(s);
        if (scan_peek(s) == ']')
            break;
        if (scan_peek(s) != ',')
            return scan_refuse(s, up, "a comma or the end of the list is expected here");
        scan_copy(s, 1);
        skip_blanks(s);
        if (scan_peek(s) == ']')
            return scan_refuse(s, up, "a comma before the end of the list");
    }
    scan_copy(s, 1);
    return 0;
}

static int scan_value(struct scan *s, const struct frame *up)
{
    int c, rc;

    skip_blanks(s);
    c = scan_peek(s);
    if (c == '"')
        return scan_string(s, up);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s, up);
    if (c != '{' && c != '[')
        return scan_literal(s, up);
    if (++s->depth > JSON_MAX_DEPTH)
        return scan_refuse(s, up, "nesting deeper than 64 levels");
    rc = c == '{' ? scan_object(s, up) : scan_array(s, up);
    s->depth--;
    return rc;
}

static int scan_document(struct scan *s)
{
    if (s->text.n >= 3 && memcmp(s->text.p, "\xEF\xBB\xBF", 3) == 0)
        return scan_refuse(s, NULL, "a byte order mark");
    if (scan_value(s, NULL) != 0)
        return -1;
    skip_blanks(s);
    if (s->at != s->text.n)
        return scan_refuse(s, NULL, "something behind the end of the value");
    return 0;
}

int json_check(struct bytes *text, const char *name, struct err *e)
{
    struct scan s = {.text = bytes_span(text),
                     .name = name,
                     .buffer = text,
                     .out = text->p,
                     .canonical = true,
                     .e = e};
    int rc = scan_document(&s);

    free(s.members);
    return rc;
}

int json_scan(struct span text, const char *name, enum json_form form, struct bytes *out,
              struct err *e)
{
    struct scan s = {
        .text = text, .name = name, .buffer = out, .canonical = form == JSON_CANONICAL, .e = e};
    int rc;

    bytes_reserve(out, text.n);
    if (bytes_failed(out))
        return err_oom(e);
    s.out = out->p + out->n;
    rc = scan_document(&s);
    if (rc == 0) {
        out->n = scan_written(&s);
        out->p[out->n] = 0;
    }
    free(s.members);
    return rc;
}

/*
 * Strings: checked as UTF-8, escapes resolved, and written with only '"' and '\' escaped.
 */

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

static void put_code_point(struct scan *s, uint32_t c)
{
    uint8_t utf8[4];
    size_t n;

    if (c == '"' || c == '\\')
        scan_put(s, '\\');
    n = utf8_put(c, utf8);
    for (size_t i = 0; i < n; i++)
        scan_put(s, utf8[i]);
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
        return scan_refuse(s, f, "an escape \\u without four hex digits");
    if (unit == 0)
        return scan_refuse(s, f, "the character U+0000, where other programs end the text");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return scan_refuse(s, f, "a lone surrogate");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        low = s->text.n - s->at >= 12 ? escape_unit(s, s->at + 6) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return scan_refuse(s, f, "a lone surrogate");
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
        return scan_refuse(s, f, "an escape that canonical JSON does not have");
    if (c == 'u')
        return scan_unicode_escape(s, f);
    if (found == NULL)
        return scan_refuse(s, f, "an escape that JSON does not have");
    s->at += 2;
    put_code_point(s, (uint8_t)to[found - from]);
    return 0;
}

/* The byte at which the plain run ended: an escape, a control or a character beyond ASCII. */
static int scan_odd_byte(struct scan *s, const struct frame *f)
{
    int c = scan_peek(s);
    size_t n;

    if (c < 0)
        return scan_refuse(s, f, "a string without an end");
    if (c == '\\')
        return scan_escape(s, f);
    if (c == 0 || (c < 0x20 && !s->canonical))
        return scan_refuse(s, f, "a control character in a string");
    n = utf8_next(span_of(s->text.p + s->at, s->text.n - s->at), NULL);
    if (n == 0)
        return scan_refuse(s, f, "bytes that are not UTF-8");
    scan_copy(s, n);
    return 0;
}

int scan_string(struct scan *s, const struct frame *f)
{
    if (scan_peek(s) != '"')
        return scan_refuse(s, f, "a string is expected here");
    scan_copy(s, 1);
    for (;;) {
        scan_copy(s, plain_run(s->text.p + s->at, s->text.n - s->at));
        if (scan_peek(s) == '"')
            break;
        if (scan_odd_byte(s, f) != 0)
            return -1;
    }
    scan_copy(s, 1);
    return 0;
}
