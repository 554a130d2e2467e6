/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical bytes as RFC 8259 text, for files and for people. */
#include "metadata/json_doc.h"

static void put_escaped(struct bytes *out, uint8_t c)
{
    static const char letters[] = "\b\f\n\r\t", names[] = "bfnrt";

    for (size_t i = 0; i < sizeof names - 1; i++) {
        if (c == (uint8_t)letters[i]) {
            bytes_put_u8(out, '\\');
            bytes_put_u8(out, (uint8_t)names[i]);
            return;
        }
    }
    bytes_printf(out, "\\u%04x", c);
}

void json_put_string(struct bytes *out, struct span s)
{
    size_t from = 0;

    bytes_put_u8(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        bytes_put(out, s.p + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') {
            bytes_put_u8(out, '\\');
            bytes_put_u8(out, c);
        } else {
            put_escaped(out, c);
        }
    }
    bytes_put(out, s.p + from, s.n - from);
    bytes_put_u8(out, '"');
}

/* Copies the canonical string at `at`, escaping its raw control characters. Returns its end. */
static size_t print_string(struct span s, size_t at, struct bytes *out)
{
    size_t end = json_skip(s, at), from = at;

    for (size_t i = at; i < end; i++) {
        if (s.p[i] >= 0x20 && s.p[i] != 0x7F)
            continue;
        bytes_put(out, s.p + from, i - from);
        put_escaped(out, s.p[i]);
        from = i + 1;
    }
    bytes_put(out, s.p + from, end - from);
    return end;
}

static void new_line(struct bytes *out, size_t blanks)
{
    bytes_put_u8(out, '\n');
    for (size_t i = 0; i < blanks; i++)
        bytes_put_u8(out, ' ');
}

void json_print(struct span s, unsigned indent, struct bytes *out)
{
    size_t depth = 0, at = 0;

    while (at < s.n && !bytes_failed(out)) {
        uint8_t c = s.p[at];
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';

        if (c == '"') {
            at = print_string(s, at, out);
            continue;
        }
        depth -= closes;
        if (closes && indent > 0 && s.p[at - 1] != '{' && s.p[at - 1] != '[')
            new_line(out, depth * indent);
        bytes_put_u8(out, c);
        depth += opens;
        if (indent > 0 && (c == ',' || (opens && s.p[at + 1] != '}' && s.p[at + 1] != ']')))
            new_line(out, depth * indent);
        if (indent > 0 && c == ':')
            bytes_put_u8(out, ' ');
        at++;
    }
}
