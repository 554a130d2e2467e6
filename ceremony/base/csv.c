/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/csv.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

static int refuse(struct err *e, const char *what, const char *todo)
{
    err_set(e, ERR_INPUT, "%s", what);
    return err_todo(e, "%s", todo);
}

int csv_init(struct csv *c, struct span text, struct err *e)
{
    uint32_t cp;

    *c = (struct csv){.text = text, .line = 1, .next_line = 1};
    if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
        return refuse(e, "the file begins with a byte order mark",
                      "save it as UTF-8 without a byte order mark");
    for (size_t i = 0, n; i < text.n; i += n) {
        n = utf8_next(span_of(text.p + i, text.n - i), &cp);
        if (n == 0)
            return refuse(e, "a byte is no UTF-8", "save the file as UTF-8");
        if (cp == 0)
            return refuse(e, "there is a NUL", "write the file again, as text in UTF-8");
        c->line += cp == '\n';
    }
    c->line = 1;
    return 0;
}

void csv_clear(struct csv *c)
{
    bytes_clear(&c->fields);
    free(c->starts);
    *c = (struct csv){.line = c->line};
}

const char *csv_field(const struct csv *c, size_t i)
{
    return bytes_str(&c->fields) + c->starts[i];
}

static uint8_t peek(const struct csv *c, size_t ahead)
{
    return c->at + ahead < c->text.n ? c->text.p[c->at + ahead] : 0; /* the text has no NUL */
}

static bool at_line_end(const struct csv *c)
{
    return c->at >= c->text.n || peek(c, 0) == '\n' || (peek(c, 0) == '\r' && peek(c, 1) == '\n');
}

static void skip_line_end(struct csv *c)
{
    if (c->at >= c->text.n)
        return;
    c->at += peek(c, 0) == '\r' ? 2 : 1;
    c->next_line++;
}

static int field_begin(struct csv *c, struct err *e)
{
    if (array_grow(&c->starts, c->n, sizeof *c->starts, e) != 0)
        return -1;
    c->starts[c->n++] = c->fields.n;
    return 0;
}

static int quoted(struct csv *c, struct err *e)
{
    for (c->at++; c->at < c->text.n; c->at++) {
        if (peek(c, 0) == '"') {
            if (peek(c, 1) != '"') {
                c->at++;
                if (at_line_end(c) || peek(c, 0) == ',')
                    return 0;
                return refuse(e, "text follows the closing quote of a field",
                              "write a quote inside a field in quotes as two quotes");
            }
            c->at++;
        }
        c->next_line += peek(c, 0) == '\n';
        bytes_put_u8(&c->fields, peek(c, 0));
    }
    return refuse(e, "a quote is opened and never closed", "close it");
}

static int bare(struct csv *c, struct err *e)
{
    size_t from = c->at;

    for (; !at_line_end(c) && peek(c, 0) != ','; c->at++) {
        if (peek(c, 0) == '"')
            return refuse(e, "there is a quote inside a field that is not in quotes",
                          "put the whole field into quotes, and write the quote twice");
        if (peek(c, 0) == '\r')
            return refuse(e, "there is a CR that ends no line",
                          "end lines with LF or CRLF throughout");
    }
    bytes_put(&c->fields, c->text.p + from, c->at - from);
    return 0;
}

int csv_next(struct csv *c, struct err *e)
{
    c->n = 0;
    bytes_truncate(&c->fields, 0);
    while (c->at < c->text.n && at_line_end(c))
        skip_line_end(c);
    c->line = c->next_line;
    if (c->at >= c->text.n)
        return 0;
    for (;;) {
        if (field_begin(c, e) != 0 || (peek(c, 0) == '"' ? quoted(c, e) : bare(c, e)) != 0)
            return -1;
        bytes_put_u8(&c->fields, 0);
        if (at_line_end(c))
            break;
        c->at++; /* the comma */
    }
    skip_line_end(c);
    return bytes_failed(&c->fields) ? err_oom(e) : 1;
}
