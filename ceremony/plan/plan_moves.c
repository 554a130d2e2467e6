/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_moves.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/base/pool.h"
#include "ceremony/plan/plan_template.h"

#define ABSENT SIZE_MAX

struct plan_moves {
    struct move_set *set;
    struct findings findings;
    size_t *first; /* by role of the plan: the index of its first instance in the set, or ABSENT */
};

/* What is only needed while lists are read. */
struct gathering {
    const struct plan *p;
    struct moves_role *roles;
    size_t nroles;
    struct targets *models;     /* by role; those of contents and of targets that go on */
    struct template_rows *rows; /* by role of the plan */
    struct moves_file *files;
    size_t nfiles;
    struct pool names;
    const struct key **own;
    size_t nown;
    struct err *e;
};

void plan_moves_free(struct plan_moves *m)
{
    if (m == NULL)
        return;
    move_set_free(m->set);
    findings_clear(&m->findings);
    free(m->first);
    free(m);
}

static bool takes_lists(const struct plan_role *r)
{
    return r->sign && r->moves != NULL;
}

static void gathering_clear(struct gathering *g)
{
    for (size_t i = 0; g->models != NULL && i < g->nroles; i++)
        targets_clear(&g->models[i]);
    for (size_t i = 0; g->rows != NULL && i < g->p->nroles; i++)
        template_rows_clear(&g->rows[i]);
    free(g->models);
    free(g->rows);
    free(g->roles);
    free(g->files);
    free(g->own);
    pool_clear(&g->names);
}

const struct key **plan_own_keys(const struct plan *p, size_t *n)
{
    static const enum signed_type online[] = {SIGNED_TIMESTAMP, SIGNED_SNAPSHOT};
    const struct root *root = p->trusted != NULL ? p->trusted->root : NULL;
    size_t most = p->nonline + 1;
    const struct key **own;

    for (size_t i = 0; root != NULL && i < 2; i++)
        most += root->roles[online[i]].n;
    *n = 0;
    if ((own = calloc(most, sizeof(const struct key *))) == NULL)
        return NULL;
    for (size_t i = 0; i < p->nonline; i++)
        own[(*n)++] = p->online[i].key;
    for (size_t i = 0; root != NULL && i < 2; i++)
        for (size_t k = 0; k < root->roles[online[i]].n; k++) {
            const struct keyring_entry *found =
                keyring_find(&root->keys, root->roles[online[i]].keyids[k]);

            if (found != NULL)
                own[(*n)++] = found->key;
        }
    return own;
}

/* What the next version of a role is made of. */
static int model_of(struct gathering *g, const struct plan_role *r, size_t instance,
                    struct moves_role *out)
{
    struct targets *model = &g->models[g->nroles];
    struct json object = {0};

    if (r->contents != NULL)
        object = r->contents[instance].object;
    if (object.n == 0) {
        out->targets = trusted_targets(g->p->trusted, r->instances[instance]);
        return 0;
    }
    out->targets = model;
    return targets_read(object, model, g->e);
}

static int add_role(struct gathering *g, size_t role)
{
    const struct plan_role *r = &g->p->roles[role];
    struct template_rows *rows = &g->rows[role];

    if (r->delegation != NULL && r->delegation->npaths > 0 && template_rows(r, rows, g->e) != 0)
        return -1;
    for (size_t i = 0; i < r->ninstances; i++) {
        struct moves_role *out = &g->roles[g->nroles];

        out->name = r->instances[i];
        out->closed = !r->sign;
        if (rows->n == r->ninstances) {
            out->paths = rows->rows[i].paths;
            out->npaths = rows->rows[i].npaths;
        }
        if (r->sign && model_of(g, r, i, out) != 0)
            return -1;
        g->nroles++;
    }
    return 0;
}

static int add_file(struct gathering *g, const char *name, const char *home)
{
    g->files[g->nfiles].name = name;
    g->files[g->nfiles++].home = home;
    return name != NULL ? 0 : err_oom(g->e);
}

static int add_files(struct gathering *g, const struct plan_role *r)
{
    bool many = r->ninstances > 1 && strchr(r->moves, '{') != NULL;
    struct bytes name = {0};
    int rc = 0;

    if (!many)
        return add_file(g, r->moves, r->ninstances == 1 ? r->instances[0] : NULL);
    for (size_t i = 0; rc == 0 && i < r->ninstances; i++) {
        bytes_truncate(&name, 0);
        template_fill(r, i, r->moves, &name);
        rc = bytes_failed(&name)
                 ? err_oom(g->e)
                 : add_file(g, pool_str(&g->names, bytes_span(&name)), r->instances[i]);
    }
    bytes_clear(&name);
    return rc;
}

static int gather(struct gathering *g, struct plan_moves *m)
{
    size_t n = 0;

    for (size_t i = 0; i < g->p->nroles; i++)
        n += g->p->roles[i].ninstances;
    g->roles = calloc(n + 1, sizeof *g->roles);
    g->models = calloc(n + 1, sizeof *g->models);
    g->files = calloc(n + 1, sizeof *g->files);
    g->rows = calloc(g->p->nroles + 1, sizeof *g->rows);
    g->own = plan_own_keys(g->p, &g->nown);
    if (g->roles == NULL || g->models == NULL || g->files == NULL || g->rows == NULL ||
        g->own == NULL)
        return err_oom(g->e);
    for (size_t i = 0; i < g->p->nroles; i++) {
        const struct plan_role *r = &g->p->roles[i];

        m->first[i] = r->type == SIGNED_TARGETS ? g->nroles : ABSENT;
        if (r->type == SIGNED_TARGETS && add_role(g, i) != 0)
            return -1;
        if (takes_lists(r) && add_files(g, r) != 0)
            return -1;
    }
    return 0;
}

static bool has_lists(const struct plan *p)
{
    for (size_t i = 0; i < p->nroles; i++)
        if (takes_lists(&p->roles[i]))
            return true;
    return false;
}

/* A delegation that a move is about; what changes it twice would only be refused when it is made.
 */
static bool is_about(const struct move_changes *c, const char *name)
{
    for (size_t i = 0; i < c->nset; i++)
        if (strcmp(c->set[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < c->nremoved; i++)
        if (strcmp(c->removed[i], name) == 0)
            return true;
    return false;
}

static int removed_check(const struct plan *p, const struct plan_moves *m, struct err *e)
{
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];

        for (size_t k = 0; m->first[i] != ABSENT && k < r->nremoved; k++)
            for (size_t instance = 0; instance < r->ninstances; instance++)
                if (is_about(move_set_at(m->set, m->first[i] + instance), r->removed[k])) {
                    err_set(e, ERR_INPUT, "'%.200s' is in \"remove\" and in a list of moves",
                            r->removed[k]);
                    return err_todo(e, "give one action for it");
                }
    }
    return 0;
}

int plan_moves_load(struct store *s, struct plan *p, struct err *e)
{
    struct gathering g = {.p = p, .e = e};
    struct plan_moves *m;
    int rc = -1;

    if (!has_lists(p))
        return 0;
    m = calloc(1, sizeof *m);
    if (m == NULL || (m->first = calloc(p->nroles, sizeof *m->first)) == NULL)
        err_oom(e);
    else if (gather(&g, m) == 0) {
        const struct moves_wish w = {s, g.roles, g.nroles, g.files, g.nfiles, g.own, g.nown};

        rc = moves_read(&w, &m->set, &m->findings, e);
        if (rc == 0)
            rc = removed_check(p, m, e);
    }
    gathering_clear(&g);
    if (rc == 0)
        p->moves = m;
    else
        plan_moves_free(m);
    return rc;
}

const struct move_changes *plan_moves_of(const struct plan *p, size_t role, size_t instance)
{
    return p->moves != NULL && p->moves->first[role] != ABSENT
               ? move_set_at(p->moves->set, p->moves->first[role] + instance)
               : NULL;
}

int plan_moves_check(const struct plan *p, struct findings *out)
{
    for (size_t i = 0; p->moves != NULL && i < p->moves->findings.n; i++) {
        const struct finding *f = &p->moves->findings.items[i];

        if (finding_add(out, f->level, f->rule, f->todo, "%s", f->text) != 0)
            return -1;
    }
    return 0;
}
