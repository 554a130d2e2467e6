/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a value is: its path in the canonical bytes, and with it its line and column in the text
 * that was read. Looked up only when there is something to complain about.
 */
#include <stdarg.h>
#include <stdio.h>

#include "metadata/json/json_doc.h"

void json_line_column(struct span text, size_t at, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at && i < text.n; i++) {
        if (text.p[i] == '\n') {
            ++*line;
            *column = 1;
        } else if ((text.p[i] & 0xC0U) != 0x80U) {
            ++*column;
        }
    }
}

static bool is_identifier(struct span name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return name.n > 0;
}

void json_path_name(struct bytes *path, struct span name)
{
    if (!is_identifier(name)) {
        bytes_put_str(path, "[\"");
        bytes_put_span(path, name);
        bytes_put_str(path, "\"]");
        return;
    }
    if (path->n > 0)
        bytes_put_u8(path, '.');
    bytes_put_span(path, name);
}

/* The child of `in` that holds `at`; false when `at` is `in` itself. `index` counts children. */
static bool child_at(struct json in, const uint8_t *at, struct json *name, struct json *child,
                     size_t *index)
{
    *index = 0;
    for (struct json_iter it = json_iter_of(in); json_next(&it, name, child);) {
        if (at >= child->p && at < child->p + child->n)
            return true;
        ++*index;
    }
    return false;
}

void json_path(struct json v, struct bytes *out)
{
    struct json in = json_root(v.doc), name, child;
    size_t index;

    while (in.p != v.p || in.n != v.n) {
        if (!child_at(in, v.p, &name, &child, &index))
            return;
        if (json_kind(in) == JSON_OBJECT)
            json_path_name(out, span_of(name.p + 1, name.n - 2));
        else
            bytes_printf(out, "[%zu]", index);
        in = child;
    }
}

static size_t skip_blanks(struct span t, size_t at)
{
    while (at < t.n && (t.p[at] == ' ' || t.p[at] == '\n' || t.p[at] == '\t' || t.p[at] == '\r'))
        at++;
    return at;
}

/* The end of a value in text that is known to be well-formed. */
static size_t skip_text_value(struct span t, size_t at)
{
    size_t depth = 0;

    for (;;) {
        uint8_t c = t.p[at];

        if (c == '"') {
            for (at++; t.p[at] != '"'; at++)
                at += t.p[at] == '\\';
            at++;
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']') {
            depth--;
            at++;
        } else {
            at++;
            if (depth == 0)
                while (at < t.n && t.p[at] > ' ' && t.p[at] != ',' && t.p[at] != ']' &&
                       t.p[at] != '}')
                    at++;
        }
        if (depth == 0)
            return at;
    }
}

/* Is the string at `at` of the text the name `name`? Compared decoded, through the scanner. */
static bool text_name_is(struct span t, size_t at, size_t end, struct json name)
{
    struct bytes canonical = {0};
    struct err e;
    bool same;

    same = json_scan(span_of(t.p + at, end - at), "", JSON_TEXT, &canonical, &e) == 0 &&
           span_eq(bytes_span(&canonical), json_span(name));
    bytes_clear(&canonical);
    return same;
}

/* The place in the text of the member `name`, or of element `index`, of the container at `at`. */
static size_t text_child(struct span t, size_t at, bool object, struct json name, size_t index)
{
    size_t i = 0;

    for (at = skip_blanks(t, at + 1); t.p[at] != '}' && t.p[at] != ']'; i++) {
        size_t name_at = at, value_end;
        bool found = !object && i == index;

        if (object) {
            size_t name_end = skip_text_value(t, at);

            found = text_name_is(t, name_at, name_end, name);
            at = skip_blanks(t, skip_blanks(t, name_end) + 1); /* behind the colon */
        }
        if (found)
            return at;
        value_end = skip_blanks(t, skip_text_value(t, at));
        at = t.p[value_end] == ',' ? skip_blanks(t, value_end + 1) : value_end;
    }
    return at;
}

/* Line and column (1-based) of a value in the text that was read. */
static void json_place(struct json v, size_t *line, size_t *column)
{
    struct json in = json_root(v.doc), name = in, child;
    struct span text = v.doc->text;
    size_t at = skip_blanks(text, 0), index;

    while ((in.p != v.p || in.n != v.n) && child_at(in, v.p, &name, &child, &index)) {
        at = text_child(text, at, json_kind(in) == JSON_OBJECT, name, index);
        in = child;
    }
    json_line_column(text, at, line, column);
}

int json_refuse(struct json at, struct err *e, const char *fmt, ...)
{
    char what[sizeof e->what];
    struct bytes path = {0};
    size_t line, column;
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(what, sizeof what, fmt, ap) < 0)
        what[0] = '\0';
    va_end(ap);
    json_path(at, &path);
    json_place(at, &line, &column);
    err_set(e, ERR_INPUT, "%s", what);
    err_in(e, "%s:%zu:%zu%s%s", json_doc_name(at.doc), line, column, path.n > 0 ? ", " : "",
           bytes_str(&path));
    bytes_clear(&path);
    return -1;
}
