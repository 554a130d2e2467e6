/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/delegation_moved.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/plain.h"

/* A project that one file loses or gets. */
struct end {
    const char *project;
    size_t file;
    const struct delegation *d;
};

struct ends {
    struct end *items;
    size_t n;
};

static int by_project(const void *a, const void *b)
{
    const struct end *x = a, *y = b;
    int order = strcmp(x->project, y->project);

    return order != 0 ? order : (x->file > y->file) - (x->file < y->file);
}

static int by_files(const void *a, const void *b)
{
    const struct delegation_move *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return strcmp(x->project, y->project);
}

/* A delegation below its role's name; others are no projects of it. */
static const char *project_of(const char *role, const char *name)
{
    size_t n = strlen(role);

    return strncmp(name, role, n) == 0 && name[n] == '/' ? name + n + 1 : NULL;
}

/* What all files lose (removed), or get (added), sorted. */
static int collect(const struct delegation_file *files, size_t nfiles, enum delegation_kind kind,
                   struct ends *out)
{
    size_t n = 0;

    for (size_t f = 0; f < nfiles; f++)
        n += files[f].changes->counts[kind];
    *out = (struct ends){.items = calloc(n + 1, sizeof *out->items)};
    if (out->items == NULL)
        return -1;
    for (size_t f = 0; f < nfiles; f++) {
        const struct delegation_change *ch;
        size_t at = 0;

        while ((ch = delegation_changes_next(files[f].changes, kind, &at)) != NULL) {
            const struct delegation *d = ch->new != NULL ? ch->new : ch->old;
            const char *project = project_of(files[f].role, d->role.name);

            if (project != NULL)
                out->items[out->n++] = (struct end){project, f, d};
        }
    }
    qsort(out->items, out->n, sizeof *out->items, by_project);
    return 0;
}

/* Each that goes is paired with one that comes. */
static void pair(const struct ends *gone, const struct ends *come, struct delegation_moves *out)
{
    size_t i = 0, j = 0;

    while (i < gone->n && j < come->n) {
        const struct end *a = &gone->items[i], *b = &come->items[j];
        int order = strcmp(a->project, b->project);

        i += order <= 0;
        j += order >= 0;
        if (order != 0)
            continue;
        out->items[out->n++] = (struct delegation_move){
            .project = a->project,
            .from = a->file,
            .to = b->file,
            .old = a->d,
            .new = b->d,
            .same_keys = a->d->role.threshold ==
                         b->d->role.threshold &&role_same_keys(
                             &a->d->role, &out->files[a->file].changes->before->keys, &b->d->role,
                             &out->files[b->file].changes->after->keys)};
    }
}

int delegation_moves(const struct delegation_file *files, size_t nfiles,
                     struct delegation_moves *out, struct err *e)
{
    struct ends gone = {0}, come = {0};
    int rc = -1;

    *out = (struct delegation_moves){.files = files};
    if (collect(files, nfiles, DELEGATION_REMOVED, &gone) == 0 &&
        collect(files, nfiles, DELEGATION_ADDED, &come) == 0 &&
        (out->items = calloc(gone.n + 1, sizeof *out->items)) != NULL) {
        pair(&gone, &come, out);
        rc = 0;
    }
    free(gone.items);
    free(come.items);
    if (rc != 0) {
        delegation_moves_clear(out);
        return err_oom(e);
    }
    qsort(out->items, out->n, sizeof *out->items, by_files);
    return 0;
}

void delegation_moves_clear(struct delegation_moves *m)
{
    free(m->items);
    *m = (struct delegation_moves){.files = NULL};
}

void delegation_moves_words(const struct delegation_moves *m, const char *one, const char *many,
                            struct bytes *out)
{
    for (size_t i = 0, j; i < m->n; i = j) {
        const struct delegation_move *first = &m->items[i];
        size_t others = 0;

        for (j = i; j < m->n && m->items[j].from == first->from && m->items[j].to == first->to; j++)
            others += !m->items[j].same_keys;
        bytes_printf(out, "%zu %s moved from ", j - i, j - i == 1 ? one : many);
        plain_put_str(out, m->files[first->from].role);
        bytes_put_str(out, " to ");
        plain_put_str(out, m->files[first->to].role);
        if (others > 0)
            bytes_printf(out, ", %zu of them with other keys or another threshold", others);
        bytes_put_u8(out, '\n');
    }
}
