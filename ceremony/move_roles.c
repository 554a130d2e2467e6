/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/move_roles.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    size_t at;
    bool touched; /* of the entry at this place in the array, whatever its name */
};

struct index {
    struct entry *items; /* sorted by name */
    size_t n;
};

struct move_roles {
    const struct moves_wish *w;
    struct index roles;
    struct index *projects; /* by role */
};

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static const struct entry *find(const struct index *in, const char *name)
{
    struct entry wanted = {.name = name};

    return in->n > 0 ? bsearch(&wanted, in->items, in->n, sizeof *in->items, by_name) : NULL;
}

static int projects_index(const struct targets *t, struct index *out)
{
    if (t == NULL || t->n == 0)
        return 0;
    if ((out->items = calloc(t->n, sizeof *out->items)) == NULL)
        return -1;
    for (size_t i = 0; i < t->n; i++)
        out->items[i] = (struct entry){t->delegations[i].role.name, i, false};
    out->n = t->n;
    qsort(out->items, out->n, sizeof *out->items, by_name);
    return 0;
}

int move_roles_new(const struct moves_wish *w, struct move_roles **out, struct err *e)
{
    struct move_roles *r = calloc(1, sizeof *r);
    bool ok = r != NULL;

    *out = NULL;
    if (ok) {
        r->w = w;
        r->roles.items = calloc(w->nroles + 1, sizeof *r->roles.items);
        r->projects = calloc(w->nroles + 1, sizeof *r->projects);
        ok = r->roles.items != NULL && r->projects != NULL;
    }
    for (size_t i = 0; ok && i < w->nroles; i++) {
        r->roles.items[r->roles.n++] = (struct entry){w->roles[i].name, i, false};
        ok = projects_index(w->roles[i].targets, &r->projects[i]) == 0;
    }
    if (!ok) {
        move_roles_free(r);
        return err_oom(e);
    }
    qsort(r->roles.items, r->roles.n, sizeof *r->roles.items, by_name);
    *out = r;
    return 0;
}

void move_roles_free(struct move_roles *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; r->projects != NULL && i < r->roles.n; i++)
        free(r->projects[i].items);
    free(r->projects);
    free(r->roles.items);
    free(r);
}

long move_roles_find(const struct move_roles *r, const char *name)
{
    const struct entry *found = find(&r->roles, name);

    return found != NULL ? (long)found->at : -1;
}

int move_role_name(const struct moves_role *role, const char *project, struct bytes *out)
{
    bytes_truncate(out, 0);
    bytes_printf(out, "%s/%s", role->name, project);
    return bytes_failed(out) ? -1 : 0;
}

const struct delegation *move_roles_project(const struct move_roles *r, size_t role,
                                            const char *name)
{
    const struct entry *found = find(&r->projects[role], name);

    return found != NULL ? &r->w->roles[role].targets->delegations[found->at] : NULL;
}

void move_roles_touch(struct move_roles *r, size_t role, const struct delegation *d)
{
    r->projects[role].items[d - r->w->roles[role].targets->delegations].touched = true;
}

bool move_roles_touched(const struct move_roles *r, size_t role, size_t at)
{
    return r->projects[role].items[at].touched;
}

/* Where the first component `*` of a pattern is, or NULL. */
static const char *star_of(const char *pattern)
{
    for (const char *p = pattern; p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '*' && (p[1] == '/' || p[1] == '\0'))
            return p;
    }
    return NULL;
}

int move_default_paths(const struct moves_role *role, const char *project, struct pool *pool,
                       const char ***out, size_t *n, struct err *e)
{
    struct bytes path;
    int rc = 0;

    *n = 0;
    if ((*out = pool_take(pool, role->npaths + 1, sizeof **out)) == NULL)
        return err_oom(e);
    bytes_init(&path);
    for (size_t i = 0; rc == 0 && i < role->npaths; i++) {
        const char *star = star_of(role->paths[i]);

        if (star == NULL)
            continue;
        bytes_truncate(&path, 0);
        bytes_put(&path, role->paths[i], (size_t)(star - role->paths[i]));
        bytes_put_str(&path, project);
        bytes_put_str(&path, star + 1);
        if (bytes_failed(&path) || ((*out)[*n] = pool_str(pool, bytes_span(&path))) == NULL)
            rc = err_oom(e);
        else
            ++*n;
    }
    bytes_clear(&path);
    return rc;
}
