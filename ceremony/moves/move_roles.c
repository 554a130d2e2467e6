/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/moves/move_roles.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

struct entry {
    const char *name;
    size_t at;
};

struct move_roles {
    const struct moves_wish *w;
    struct entry *names; /* of roles, sorted */
    bool **touched;      /* by role, by delegation in force */
};

int move_roles_new(const struct moves_wish *w, struct move_roles **out, struct err *e)
{
    struct move_roles *r = calloc(1, sizeof *r);
    bool ok = r != NULL;

    *out = NULL;
    if (ok) {
        r->w = w;
        r->names = calloc(w->nroles + 1, sizeof *r->names);
        r->touched = calloc(w->nroles + 1, sizeof *r->touched);
        ok = r->names != NULL && r->touched != NULL;
    }
    for (size_t i = 0; ok && i < w->nroles; i++) {
        r->names[i] = (struct entry){w->roles[i].name, i};
        if (w->roles[i].targets != NULL)
            ok = (r->touched[i] = calloc(w->roles[i].targets->n + 1, sizeof(bool))) != NULL;
    }
    if (!ok) {
        move_roles_free(r);
        return err_oom(e);
    }
    array_sort(r->names, w->nroles, sizeof *r->names);
    *out = r;
    return 0;
}

void move_roles_free(struct move_roles *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; r->touched != NULL && i < r->w->nroles; i++)
        free(r->touched[i]);
    free(r->touched);
    free(r->names);
    free(r);
}

long move_roles_find(const struct move_roles *r, const char *name)
{
    const struct entry *found = array_find(r->names, r->w->nroles, sizeof *r->names, name);

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
    const struct targets *t = r->w->roles[role].targets;

    return t != NULL ? targets_delegation(t, name) : NULL;
}

void move_roles_touch(struct move_roles *r, size_t role, const struct delegation *d)
{
    r->touched[role][d - r->w->roles[role].targets->delegations] = true;
}

bool move_roles_touched(const struct move_roles *r, size_t role, size_t at)
{
    return r->touched[role][at];
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
    struct bytes path = {0};
    int rc = 0;

    *n = 0;
    if ((*out = pool_take(pool, role->npaths + 1, sizeof **out)) == NULL)
        return err_oom(e);
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
