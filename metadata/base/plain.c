/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/base/plain.h"

#include <wchar.h>

static bool harmful(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},
        {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},
        {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
        {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
        {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (cp >= ranges[i].from && cp <= ranges[i].to)
            return true;
    return false;
}

size_t plain_next(struct span s, uint32_t *cp)
{
    size_t n = utf8_next(s, cp);

    if (n == 0 || harmful(*cp))
        *cp = PLAIN_REPLACEMENT;
    return n > 0 ? n : 1;
}

bool plain_is(struct span s)
{
    uint32_t cp;

    for (size_t i = 0; i < s.n; i += utf8_next(span_of(s.p + i, s.n - i), &cp))
        if (utf8_next(span_of(s.p + i, s.n - i), &cp) == 0 || harmful(cp))
            return false;
    return true;
}

int plain_cells(uint32_t cp)
{
    int n = cp < 0x7F ? 1 : wcwidth((wchar_t)cp);

    return n < 0 ? 1 : n;
}

int plain_width(const char *s)
{
    struct span rest = span_str(s);
    uint32_t cp;
    int cells = 0;

    while (rest.n > 0) {
        size_t step = plain_next(rest, &cp);

        cells += plain_cells(cp);
        rest = span_of(rest.p + step, rest.n - step);
    }
    return cells;
}

int plain_pad(const char *s, int cells)
{
    int width = plain_width(s);

    return width < cells ? cells - width : 0;
}

void plain_put(struct bytes *out, struct span s)
{
    uint32_t cp;

    for (size_t i = 0, n; i < s.n; i += n) {
        struct span rest = span_of(s.p + i, s.n - i);

        n = plain_next(rest, &cp);
        if (cp == PLAIN_REPLACEMENT)
            bytes_put_str(out, "\xEF\xBF\xBD");
        else
            bytes_put(out, rest.p, n);
    }
}

static void put_escape(struct bytes *out, uint32_t cp)
{
    if (cp < 0x10000)
        bytes_printf(out, "\\u%04x", (unsigned)cp);
    else
        bytes_printf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((cp - 0x10000) >> 10)),
                     (unsigned)(0xDC00 + ((cp - 0x10000) & 0x3FF)));
}

void plain_put_json(struct bytes *out, struct span json)
{
    uint32_t cp;

    for (size_t i = 0, n; i < json.n; i += n) {
        n = utf8_next(span_of(json.p + i, json.n - i), &cp);
        if (n > 0 && (cp == '\n' || cp == '\t' || !harmful(cp)))
            bytes_put(out, json.p + i, n);
        else
            put_escape(out, n > 0 ? cp : PLAIN_REPLACEMENT);
        n += n == 0;
    }
}

void plain_put_exact(struct bytes *out, struct span s)
{
    uint32_t cp;

    for (size_t i = 0, n; i < s.n; i += n) {
        n = utf8_next(span_of(s.p + i, s.n - i), &cp);
        if (n == 0) {
            bytes_printf(out, "\\x%02x", s.p[i]);
            n = 1;
        } else if (harmful(cp))
            put_escape(out, cp);
        else
            bytes_put(out, s.p + i, n);
    }
}

void plain_put_str(struct bytes *out, const char *s)
{
    plain_put(out, span_str(s));
}
