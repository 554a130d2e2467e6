/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/review/delegation_review.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/changes/delegation_moved.h"
#include "ceremony/plan/plan_moves.h"

struct delegation_review {
    const struct session *s;
    struct delegation_changes *changes; /* by proposal; `after` is NULL where there is nothing */
    struct delegation_file *files;      /* by proposal */
    struct delegation_moves moves;
};

void delegation_review_free(struct delegation_review *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; r->changes != NULL && i < r->s->nproposals; i++)
        delegation_changes_clear(&r->changes[i]);
    delegation_moves_clear(&r->moves);
    free(r->changes);
    free(r->files);
    free(r);
}

/* Compares files that have a version in force, or those that have none. */
static int compare_files(struct delegation_review *r, bool in_force, const struct key *const *own,
                         size_t nown, struct err *e)
{
    for (size_t i = 0; i < r->s->nproposals; i++) {
        const struct proposal *p = &r->s->proposals[i];
        const struct targets *old = trusted_targets(r->s->plan->trusted, p->role);

        if (p->type != SIGNED_TARGETS || (old != NULL) != in_force ||
            (p->targets.n == 0 && (old == NULL || old->n == 0)))
            continue;
        if (delegation_changes(old, &p->targets, own, nown, &r->changes[i], e) != 0)
            return -1;
    }
    return 0;
}

static bool any_removed(const struct delegation_review *r)
{
    for (size_t i = 0; i < r->s->nproposals; i++)
        if (r->changes[i].counts[DELEGATION_REMOVED] > 0)
            return true;
    return false;
}

/* What leaves one file may come to one that has no version in force. */
static int find_moves(struct delegation_review *r, const struct key *const *own, size_t nown,
                      struct err *e)
{
    if (!any_removed(r))
        return 0;
    if (compare_files(r, false, own, nown, e) != 0)
        return -1;
    for (size_t i = 0; i < r->s->nproposals; i++)
        r->files[i] = (struct delegation_file){r->s->proposals[i].role, &r->changes[i]};
    return delegation_moves(r->files, r->s->nproposals, &r->moves, e);
}

int delegation_review_new(const struct session *s, struct delegation_review **out, struct err *e)
{
    struct delegation_review *r = calloc(1, sizeof *r);
    const struct key **own;
    size_t nown;
    int rc;

    *out = NULL;
    if (r == NULL)
        return err_oom(e);
    r->s = s;
    r->changes = calloc(s->nproposals + 1, sizeof *r->changes);
    r->files = calloc(s->nproposals + 1, sizeof *r->files);
    own = plan_own_keys(s->plan, &nown);
    if (r->changes == NULL || r->files == NULL || own == NULL)
        rc = err_oom(e);
    else if ((rc = compare_files(r, true, own, nown, e)) == 0)
        rc = find_moves(r, own, nown, e);
    free(own);
    if (rc == 0)
        *out = r;
    else
        delegation_review_free(r);
    return rc;
}

/* Is it about a version in force? */
static bool is_compared(const struct delegation_changes *c)
{
    return c->after != NULL && c->before != NULL;
}

static bool is_below(const char *role, const char *name)
{
    size_t n = strlen(role);

    return strncmp(name, role, n) == 0 && name[n] == '/';
}

/* Are all that change named below the role that delegates to them, as projects are? */
static bool are_projects(const char *role, const struct delegation_changes *c)
{
    if (strcmp(role, "targets") == 0)
        return false; /* what it delegates to is the committee's */
    for (size_t i = 0; i < c->n; i++) {
        const struct delegation *d = c->items[i].new != NULL ? c->items[i].new : c->items[i].old;

        if (!is_below(role, d->role.name))
            return false;
    }
    return c->n > 0 || c->after->n == 0 || is_below(role, c->after->delegations[0].role.name);
}

/* Counts of several files; false: nothing changes. */
static bool sum(const struct delegation_review *r, size_t first, size_t n,
                struct delegation_changes *out, bool *projects)
{
    size_t all = 0;

    *out = (struct delegation_changes){.before = NULL};
    *projects = true;
    for (size_t i = first; i < first + n; i++) {
        const struct delegation_changes *c = &r->changes[i];

        if (!is_compared(c))
            continue;
        for (size_t k = 0; k < DELEGATION_KINDS; k++)
            all += c->counts[k];
        for (size_t k = 0; k < DELEGATION_KINDS; k++)
            out->counts[k] += c->counts[k];
        out->reordered = out->reordered || c->reordered;
        out->inserted += c->inserted;
        *projects = *projects && are_projects(r->s->proposals[i].role, c);
    }
    return all > 0 || out->reordered;
}

/* The moves from or to these files; a copy of the list, to be freed. */
static struct delegation_moves moves_of(const struct delegation_review *r, size_t first, size_t n)
{
    struct delegation_moves m = {.files = r->files};

    if (r->moves.n > 0)
        m.items = calloc(r->moves.n, sizeof *m.items);
    for (size_t i = 0; m.items != NULL && i < r->moves.n; i++) {
        const struct delegation_move *move = &r->moves.items[i];

        if ((move->from >= first && move->from < first + n) ||
            (move->to >= first && move->to < first + n))
            m.items[m.n++] = *move;
    }
    return m;
}

/* As lines without indentation. */
static void put_lines(const struct delegation_review *r, size_t first, size_t n, struct bytes *out)
{
    struct delegation_changes all;
    struct delegation_moves moves = moves_of(r, first, n);
    bool projects;

    if (sum(r, first, n, &all, &projects)) {
        delegation_changes_words(&all, projects ? "project" : "role",
                                 projects ? "projects" : "roles", out);
        bytes_put_u8(out, '\n');
    }
    delegation_moves_words(&moves, "project", "projects", out);
    free(moves.items);
}

/* The next line of a text; false at its end. */
static bool next_line(struct span *text, struct span *line)
{
    const uint8_t *end = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;

    if (end == NULL)
        return false;
    *line = span_of(text->p, (size_t)(end - text->p));
    *text = span_of(end + 1, text->n - line->n - 1);
    return true;
}

void delegation_review_words(const struct delegation_review *r, size_t first, size_t n,
                             const char *indent, struct bytes *out)
{
    struct bytes lines = {0};
    struct span rest, line;

    put_lines(r, first, n, &lines);
    for (rest = bytes_span(&lines); next_line(&rest, &line);) {
        bytes_put_str(out, indent);
        bytes_put_span(out, line);
        bytes_put_u8(out, '\n');
    }
    bytes_clear(&lines);
}

cJSON *delegation_review_json(const struct delegation_review *r, size_t proposal)
{
    static const char *const names[] = {[DELEGATION_HANDED_OVER] = "handed_over",
                                        [DELEGATION_TAKEN_BACK] = "taken_back",
                                        [DELEGATION_KEYS] = "changed_keys",
                                        [DELEGATION_REMOVED] = "removed",
                                        [DELEGATION_ADDED] = "added",
                                        [DELEGATION_THRESHOLD] = "changed_threshold",
                                        [DELEGATION_PATHS] = "changed_paths",
                                        [DELEGATION_OTHER] = "changed_otherwise"};
    static_assert(sizeof names / sizeof names[0] == DELEGATION_KINDS, "every kind has its name");
    const struct delegation_changes *c = &r->changes[proposal];
    struct span rest, line;
    struct bytes lines = {0};
    cJSON *item, *words;

    if (!is_compared(c) || (item = cJSON_CreateObject()) == NULL)
        return NULL;
    words = cJSON_AddArrayToObject(item, "words");
    put_lines(r, proposal, 1, &lines);
    for (rest = bytes_span(&lines); next_line(&rest, &line);) {
        char *text = strndup((const char *)line.p, line.n);

        cJSON_AddItemToArray(words, text != NULL ? cJSON_CreateString(text) : NULL);
        free(text);
    }
    bytes_clear(&lines);
    for (size_t k = 0; k < DELEGATION_KINDS; k++)
        cJSON_AddNumberToObject(item, names[k], (double)c->counts[k]);
    cJSON_AddNumberToObject(item, "unchanged", (double)c->unchanged);
    cJSON_AddBoolToObject(item, "reordered", c->reordered);
    return item;
}
