/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical bytes as RFC 8259 text, for files and for people. */
#include <inttypes.h>
#include <string.h>

#include "metadata/json/json_doc.h"

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

/* What stands in front of a value: nothing behind what opens a container or a line. */
static void put_name(struct bytes *out, const char *name)
{
    if (out->n > 0 && strchr("{[\n", out->p[out->n - 1]) == NULL)
        bytes_put_u8(out, ',');
    if (name == NULL)
        return;
    json_put_string(out, span_str(name));
    bytes_put_u8(out, ':');
}

void json_begin(struct bytes *out, const char *name, char bracket)
{
    put_name(out, name);
    bytes_put_u8(out, (uint8_t)bracket);
}

void json_end(struct bytes *out, char bracket)
{
    bytes_put_u8(out, (uint8_t)bracket);
}

void json_add_text(struct bytes *out, const char *name, const char *text)
{
    put_name(out, name);
    json_put_string(out, span_str(text));
}

void json_add_integer(struct bytes *out, const char *name, int64_t value)
{
    put_name(out, name);
    bytes_printf(out, "%" PRId64, value);
}

void json_add_bool(struct bytes *out, const char *name, bool value)
{
    put_name(out, name);
    bytes_put_str(out, value ? "true" : "false");
}

void json_add_raw(struct bytes *out, const char *name, struct span value)
{
    put_name(out, name);
    bytes_put_span(out, value);
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

void json_lines_init(struct json_lines *l, struct span canonical, unsigned indent)
{
    *l = (struct json_lines){.in = canonical, .indent = indent};
}

static bool opens(uint8_t c)
{
    return c == '{' || c == '[';
}

static bool closes(uint8_t c)
{
    return c == '}' || c == ']';
}

/* How many bytes from `at` are neither structure nor strings: numbers and literals. */
static size_t scalar_run(struct span s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && memchr("\"{}[],:", s.p[at + n], 7) == NULL)
        n++;
    return n;
}

/* Writes one byte of structure; true when a line ends behind it. */
static bool print_mark(struct json_lines *l, struct bytes *out)
{
    uint8_t c = l->in.p[l->at++];

    if (out != NULL)
        bytes_put_u8(out, c);
    if (opens(c)) {
        l->depth++;
        return l->indent > 0 && l->at < l->in.n && !closes(l->in.p[l->at]);
    }
    if (c == ':' && l->indent > 0 && out != NULL)
        bytes_put_u8(out, ' ');
    return c == ',' && l->indent > 0;
}

bool json_lines_next(struct json_lines *l, struct bytes *out)
{
    struct span s = l->in;
    size_t start = l->at, blanks;

    if (l->at >= s.n)
        return false;
    blanks = l->at == 0 ? 0 : (l->depth - closes(s.p[l->at])) * l->indent;
    for (size_t i = 0; out != NULL && i < blanks; i++)
        bytes_put_u8(out, ' ');
    while (l->at < s.n && (out == NULL || !bytes_failed(out))) {
        uint8_t c = s.p[l->at];

        if (c == '"') {
            l->at = out != NULL ? print_string(s, l->at, out) : json_skip(s, l->at);
        } else if (closes(c)) {
            if (l->indent > 0 && l->at > start && !opens(s.p[l->at - 1]))
                return true; /* it begins the next line */
            l->depth--;
            (void)print_mark(l, out);
        } else if (opens(c) || c == ',' || c == ':') {
            if (print_mark(l, out))
                return true;
        } else {
            size_t n = scalar_run(s, l->at);

            if (out != NULL)
                bytes_put(out, s.p + l->at, n);
            l->at += n;
        }
    }
    return true;
}

void json_print(struct span s, unsigned indent, struct bytes *out)
{
    struct json_lines l;

    json_lines_init(&l, s, indent);
    while (json_lines_next(&l, out) && l.at < s.n && !bytes_failed(out))
        bytes_put_u8(out, '\n');
}
