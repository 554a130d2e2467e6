/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings: checked as UTF-8, escapes resolved, and written with only '"' and '\' escaped.
 */
#include "metadata/json/json_scan.h"

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
