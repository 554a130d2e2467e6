/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/moves/move_list.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/base/plain.h"
#include "metadata/private_key.h"

/*
 * Comma-separated values, strictly by RFC 4180, a record at a time.
 *
 * Lines end with LF or CRLF. A field in quotes may hold commas, quotes (doubled) and line ends.
 * Empty lines are no records. Refused, because two programs might read them differently: a byte
 * order mark, what is not UTF-8, NUL, a quote inside a field that does not begin with one, anything
 * between a closing quote and the comma, a quote that is never closed, a CR without its LF.
 */
struct csv {
    struct span text; /* borrowed */
    size_t at;
    size_t line; /* 1-based; where the record that was read last, or what is refused, begins */
    size_t next_line;
    struct bytes fields; /* of that record: each with a NUL behind it */
    size_t *starts;
    size_t n;
};

static int csv_refuse(struct err *e, const char *what, const char *todo)
{
    err_set(e, ERR_INPUT, "%s", what);
    return err_todo(e, "%s", todo);
}

/* Errors of both: ERR_INPUT without a place, for the caller to name file and `line`;
 * ERR_INTERNAL. */
static int csv_init(struct csv *c, struct span text, struct err *e)
{
    uint32_t cp;

    *c = (struct csv){.text = text, .line = 1, .next_line = 1};
    if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
        return csv_refuse(e, "the file begins with a byte order mark",
                          "save it as UTF-8 without a byte order mark");
    for (size_t i = 0, n; i < text.n; i += n) {
        n = utf8_next(span_of(text.p + i, text.n - i), &cp);
        if (n == 0)
            return csv_refuse(e, "a byte is no UTF-8", "save the file as UTF-8");
        if (cp == 0)
            return csv_refuse(e, "there is a NUL", "write the file again, as text in UTF-8");
        c->line += cp == '\n';
    }
    c->line = 1;
    return 0;
}

static void csv_clear(struct csv *c)
{
    bytes_clear(&c->fields);
    free(c->starts);
    *c = (struct csv){.line = c->line};
}

/* The text of field i < n of the record, valid until the next one is read. */
static const char *csv_field(const struct csv *c, size_t i)
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
                return csv_refuse(e, "text follows the closing quote of a field",
                                  "write a quote inside a field in quotes as two quotes");
            }
            c->at++;
        }
        c->next_line += peek(c, 0) == '\n';
        bytes_put_u8(&c->fields, peek(c, 0));
    }
    return csv_refuse(e, "a quote is opened and never closed", "close it");
}

static int bare(struct csv *c, struct err *e)
{
    size_t from = c->at;

    for (; !at_line_end(c) && peek(c, 0) != ','; c->at++) {
        if (peek(c, 0) == '"')
            return csv_refuse(e, "there is a quote inside a field that is not in quotes",
                              "put the whole field into quotes, and write the quote twice");
        if (peek(c, 0) == '\r')
            return csv_refuse(e, "there is a CR that ends no line",
                              "end lines with LF or CRLF throughout");
    }
    bytes_put(&c->fields, c->text.p + from, c->at - from);
    return 0;
}

/* 1: a record; 0: there is none any more; -1. */
static int csv_next(struct csv *c, struct err *e)
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

enum use { MUST, MAY, NOT };

/* Which columns each action must, may and must not use. */
static const struct action {
    const char *name;
    enum use to, threshold, keys, paths;
} actions[] = {
    [MOVE_ADD] = {"add", NOT, MUST, MUST, MAY},
    [MOVE_CHANGE] = {"change", NOT, MAY, MAY, MAY},
    [MOVE_REMOVE] = {"remove", NOT, NOT, NOT, NOT},
    [MOVE_HAND_OVER] = {"hand-over", NOT, MUST, MUST, MAY},
    [MOVE_MOVE] = {"move", MUST, MAY, MAY, MAY},
};
static_assert(sizeof actions / sizeof actions[0] == MOVE_ACTIONS, "every action has a row");

const char *move_action_name(enum move_action action)
{
    return actions[action].name;
}

static int action_by_name(const char *name, enum move_action *out)
{
    for (unsigned i = 0; i < MOVE_ACTIONS; i++)
        if (strcmp(actions[i].name, name) == 0) {
            *out = (enum move_action)i;
            return 0;
        }
    return -1;
}

int move_refuse(const struct move_list *l, const struct move *m, struct err *e, const char *fmt,
                ...)
{
    char text[sizeof e->what];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    err_set(e, ERR_INPUT, "%s", text);
    return err_in(e, MOVES_DIR "%s:%zu", l->files[m->file].name, m->line);
}

void move_place(const struct move_list *l, const struct move *m, char *out, size_t size)
{
    snprintf(out, size, "line %zu of '%.80s'", m->line, l->files[m->file].name);
}

/* A name that becomes a part of a role name, of a pattern and of a file name. */
static const char *name_fault(const char *name)
{
    struct span text = span_str(name);
    struct err why;

    if (text.n == 0)
        return "it is empty";
    if (strchr(name, '/') != NULL)
        return "it has a slash";
    if (text.n > 128)
        return "it is longer than 128 bytes";
    if (path_check(text, &why) != 0)
        return "it is no part of a path ('.', '..', a control character, a backslash, or no UTF-8)";
    if (!plain_is(text))
        return "it has characters that are not seen, or that turn the direction of text";
    if (strpbrk(name, "*?[]") != NULL)
        return "it has one of * ? [ ], which patterns use";
    return name[0] == ' ' || name[text.n - 1] == ' ' ? "it begins or ends with a blank" : NULL;
}

static int column_check(const struct move_list *l, const struct move *m, enum use use, bool is,
                        const char *column, struct err *e)
{
    const char *name = actions[m->action].name;

    if (use == MUST && !is) {
        move_refuse(l, m, e, "'%s' of '%s' has no '%s'", name, m->project, column);
        return err_todo(e, "fill in '%s', or use another action", column);
    }
    if (use == NOT && is) {
        move_refuse(l, m, e, "'%s' of '%s' has '%s', which it does not take", name, m->project,
                    column);
        return err_todo(e, "leave '%s' empty, or use another action than '%s'", column, name);
    }
    return 0;
}

static int names_check(const struct move_list *l, const struct move *m, struct err *e)
{
    struct err why;
    const char *fault = name_fault(m->project);

    if (fault != NULL) {
        move_refuse(l, m, e, "'%.128s' can't be the name of a project: %s", m->project, fault);
        return err_todo(e, "correct the name, or leave this project out and find out who made it");
    }
    for (size_t i = 0; i < m->nkeys; i++)
        if ((fault = name_fault(m->keys[i])) != NULL) {
            move_refuse(l, m, e, "'%.128s' can't be the name of a key file: %s", m->keys[i], fault);
            return err_todo(e, "put the file into " MOVES_KEYS_DIR " under a plain name");
        }
    for (size_t i = 0; i < m->npaths; i++)
        if (path_check(span_str(m->paths[i]), &why) != 0) {
            move_refuse(l, m, e, "%s", why.what);
            return err_todo(e, "correct the pattern; patterns are relative, as simple/Django/*");
        }
    return 0;
}

/* Appends `m`, after checking it. Its texts are the pool's. */
static int move_add(struct move_list *l, const struct move *m, struct err *e)
{
    const struct action *a = &actions[m->action];

    if (names_check(l, m, e) != 0 ||
        column_check(l, m, a->threshold, m->threshold > 0, "threshold", e) != 0 ||
        column_check(l, m, a->keys, m->nkeys > 0, "keys", e) != 0 ||
        column_check(l, m, a->paths, m->npaths > 0, "paths", e) != 0 ||
        column_check(l, m, a->to, m->to != NULL, "to", e) != 0 ||
        column_check(l, m, MUST, m->in != NULL, "in", e) != 0)
        return -1;
    if (m->action == MOVE_CHANGE && m->threshold == 0 && m->nkeys == 0 && m->npaths == 0) {
        move_refuse(l, m, e, "'change' of '%s' changes nothing", m->project);
        return err_todo(e, "give new keys, another threshold or other paths");
    }
    if (array_grow(&l->items, l->n, sizeof *l->items, e) != 0)
        return -1;
    l->items[l->n++] = *m;
    return 0;
}

enum column { ACTION, PROJECT, IN, TO, THRESHOLD, KEYS, PATHS, COLUMNS };

static const char *const columns[] = {
    [ACTION] = "action",       [PROJECT] = "project", [IN] = "in",       [TO] = "to",
    [THRESHOLD] = "threshold", [KEYS] = "keys",       [PATHS] = "paths",
};
static_assert(sizeof columns / sizeof columns[0] == COLUMNS, "every column has a name");

#define ABSENT SIZE_MAX

struct reading {
    struct move_list *l;
    size_t file;
    struct csv csv;
    size_t at[COLUMNS]; /* the field that a column is, or ABSENT */
    size_t width;
    struct err *e;
};

/* The place of what the reader itself refused. */
static int in_line(const struct reading *r)
{
    return r->e->code == ERR_INPUT
               ? err_in(r->e, MOVES_DIR "%s:%zu", r->l->files[r->file].name, r->csv.line)
               : -1;
}

static int refuse(const struct reading *r, const char *what, const char *todo)
{
    err_set(r->e, ERR_INPUT, "%s", what);
    in_line(r);
    return err_todo(r->e, "%s", todo);
}

static int column_read(struct reading *r, size_t field)
{
    const char *name = csv_field(&r->csv, field);

    for (unsigned c = 0; c < COLUMNS; c++)
        if (strcmp(columns[c], name) == 0) {
            if (r->at[c] != ABSENT)
                return refuse(r, "a column is there twice", "name each column once");
            r->at[c] = field;
            return 0;
        }
    err_set(r->e, ERR_INPUT, "'%.80s' is no column of a list of moves", name);
    in_line(r);
    return err_todo(r->e, "columns are action,project,in,to,threshold,keys,paths");
}

static int header_read(struct reading *r)
{
    int rc = csv_next(&r->csv, r->e);

    for (unsigned c = 0; c < COLUMNS; c++)
        r->at[c] = ABSENT;
    if (rc < 0)
        return in_line(r);
    if (rc == 0)
        return refuse(r, "the list is empty",
                      "begin with the line action,project,in,to,threshold,keys,paths");
    r->width = r->csv.n;
    for (size_t i = 0; i < r->csv.n; i++)
        if (column_read(r, i) != 0)
            return -1;
    return r->at[ACTION] != ABSENT && r->at[PROJECT] != ABSENT
               ? 0
               : refuse(r, "the columns 'action' and 'project' are not both there",
                        "begin with the line action,project,in,to,threshold,keys,paths");
}

static const char *cell(const struct reading *r, enum column c)
{
    return r->at[c] != ABSENT ? csv_field(&r->csv, r->at[c]) : "";
}

/* NULL where the cell is empty. */
static int text_read(struct reading *r, enum column c, const char **out)
{
    const char *text = cell(r, c);

    if (text[0] == '\0')
        return 0;
    return (*out = pool_str(&r->l->pool, span_str(text))) != NULL ? 0 : err_oom(r->e);
}

#define BLANKS " \t\r\n"

/* What blanks part. */
static int words_read(struct reading *r, enum column c, const char ***out, size_t *n)
{
    const char *text = cell(r, c);
    size_t count = 0, length;

    for (const char *p = text; *(p += strspn(p, BLANKS)) != '\0'; p += strcspn(p, BLANKS))
        count++;
    if (count == 0)
        return 0;
    if ((*out = pool_take(&r->l->pool, count, sizeof **out)) == NULL)
        return err_oom(r->e);
    for (; *(text += strspn(text, BLANKS)) != '\0'; text += length) {
        length = strcspn(text, BLANKS);
        if (((*out)[(*n)++] = pool_str(&r->l->pool, span_of(text, length))) == NULL)
            return err_oom(r->e);
    }
    return 0;
}

static int threshold_read(struct reading *r, unsigned *out)
{
    const char *text = cell(r, THRESHOLD);
    size_t n = strlen(text);

    if (n == 0)
        return 0;
    if (n < 10 && strspn(text, "0123456789") == n)
        *out = (unsigned)strtoul(text, NULL, 10);
    return *out > 0 ? 0
                    : refuse(r, "'threshold' is the number of developers who must sign, from 1",
                             "write it as a number, not above the number of keys");
}

static int record_read(struct reading *r)
{
    struct move m = {.file = r->file, .line = r->csv.line, .project = ""};

    if (r->csv.n != r->width) {
        err_set(r->e, ERR_INPUT, "the line has %zu fields, the header has %zu", r->csv.n, r->width);
        in_line(r);
        return err_todo(r->e, "give every line as many commas; put fields with commas into quotes");
    }
    if (action_by_name(cell(r, ACTION), &m.action) != 0) {
        err_set(r->e, ERR_INPUT, "no action has the name '%.40s'", cell(r, ACTION));
        in_line(r);
        return err_todo(r->e, "an action is add, change, remove, hand-over or move");
    }
    if (text_read(r, PROJECT, &m.project) != 0 || text_read(r, IN, &m.in) != 0 ||
        text_read(r, TO, &m.to) != 0 || threshold_read(r, &m.threshold) != 0 ||
        words_read(r, KEYS, &m.keys, &m.nkeys) != 0 ||
        words_read(r, PATHS, &m.paths, &m.npaths) != 0)
        return -1;
    if (m.in == NULL)
        m.in = r->l->files[r->file].home;
    return move_add(r->l, &m, r->e);
}

static int csv_read(struct move_list *l, size_t file, struct span text, struct err *e)
{
    struct reading r = {.l = l, .file = file, .e = e};
    int rc = csv_init(&r.csv, text, e) == 0 ? header_read(&r) : in_line(&r);
    int more = 0;

    while (rc == 0 && (more = csv_next(&r.csv, e)) > 0)
        rc = record_read(&r);
    if (rc == 0 && more < 0)
        rc = in_line(&r);
    csv_clear(&r.csv);
    return rc;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n > k && strcmp(name + n - k, end) == 0;
}

static int file_read(const struct moves_wish *w, struct move_list *l, size_t i, struct err *e)
{
    const char *name = w->files[i].name;
    struct bytes path = {0}, text = {0};
    const char *secret;
    int rc;

    if (!ends_with(name, ".csv")) {
        err_set(e, ERR_INPUT, "'%.200s' is no list of moves by its name", name);
        return err_todo(e, "write the list as CSV and give it the ending .csv");
    }
    bytes_printf(&path, MOVES_DIR "%s", name);
    rc = bytes_failed(&path)
             ? err_oom(e)
             : w->store->ops->read(w->store->self, bytes_str(&path), MOVES_MAX_FILE, &text, e);
    if (rc == 0) {
        err_set(e, ERR_INCOMPLETE, "'%.200s' is not there", bytes_str(&path));
        rc = err_todo(e, "put the list of moves there, or take it out of the plan");
    } else if (rc > 0 && (secret = private_key_in(bytes_span(&text))) != NULL) {
        (void)private_key_refused(secret, e);
        rc = err_in(e, "%s", bytes_str(&path));
    } else if (rc > 0)
        rc = csv_read(l, i, bytes_span(&text), e);
    bytes_clear(&path);
    bytes_clear(&text);
    return rc;
}

int move_list_read(const struct moves_wish *w, struct move_list *out, struct err *e)
{
    struct move_list l = {.files = w->files};
    int rc = 0;

    *out = (struct move_list){.files = NULL};
    for (size_t i = 0; rc == 0 && i < w->nfiles; i++)
        rc = file_read(w, &l, i, e);
    if (rc == 0)
        *out = l;
    else
        move_list_clear(&l);
    return rc;
}

void move_list_clear(struct move_list *l)
{
    free(l->items);
    pool_clear(&l->pool);
    *l = (struct move_list){.files = NULL};
}
