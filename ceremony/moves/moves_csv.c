/* SPDX-License-Identifier: Apache-2.0 */
/* A list of moves in CSV. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/csv.h"
#include "ceremony/moves/move_list.h"

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

static const char *said(const struct reading *r, enum column c)
{
    return r->at[c] != ABSENT ? csv_field(&r->csv, r->at[c]) : "";
}

/* Empty says nothing. */
static int text_read(struct reading *r, enum column c, const char **out)
{
    const char *text = said(r, c);

    if (text[0] == '\0')
        return 0;
    return (*out = pool_str(&r->l->pool, span_str(text))) != NULL ? 0 : err_oom(r->e);
}

#define BLANKS " \t\r\n"

/* What blanks part. */
static int words_read(struct reading *r, enum column c, const char ***out, size_t *n)
{
    const char *text = said(r, c);
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
    const char *text = said(r, THRESHOLD);
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
    if (move_action_by_name(said(r, ACTION), &m.action) != 0) {
        err_set(r->e, ERR_INPUT, "no action has the name '%.40s'", said(r, ACTION));
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

int moves_read_csv(struct move_list *l, size_t file, struct span text, struct err *e)
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
