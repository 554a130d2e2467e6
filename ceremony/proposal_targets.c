/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals of targets and delegated roles: what is in force or came from the online side, with the
 * delegations of the plan. */
#include <stdlib.h>

#include "ceremony/plan_family.h"
#include "ceremony/plan_moves.h"
#include "ceremony/plan_words.h"
#include "ceremony/session_fold.h"

void session_role_keys(const struct session *s, const struct plan_role *r, struct compose_role *out)
{
    out->n = 0;
    out->threshold = r->threshold;
    for (size_t i = 0; i < r->nseats; i++)
        out->keys[out->n++] = s->seats[r->seats[i]].key;
    for (size_t i = 0; i < r->nonline; i++)
        out->keys[out->n++] = s->plan->online[r->online[i]].key;
}

/* The rows of one entry of the plan, with its keys. */
struct entry {
    struct family_rows rows;
    const struct key **keys;
};

/* The rows that a role delegates by. */
struct gathered {
    struct entry *entries;
    size_t n;
    struct compose_delegation *set;
    size_t nset;
    const char **removed;
    size_t nremoved;
};

static void gathered_clear(struct gathered *g)
{
    for (size_t i = 0; i < g->n; i++) {
        family_rows_clear(&g->entries[i].rows);
        free(g->entries[i].keys);
    }
    free(g->entries);
    free(g->set);
    free(g->removed);
}

static int gather_role(const struct session *s, const struct plan_role *r, struct gathered *g,
                       struct err *e)
{
    struct entry *entry = &g->entries[g->n++];
    struct compose_delegation *more;
    struct compose_role who;

    if ((entry->keys = calloc(r->nseats + r->nonline + 1, sizeof *entry->keys)) == NULL)
        return err_oom(e);
    if (family_rows(r, &entry->rows, e) != 0)
        return -1;
    who.keys = entry->keys;
    session_role_keys(s, r, &who);
    more = realloc(g->set, (g->nset + entry->rows.n) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    g->set = more;
    for (size_t i = 0; i < entry->rows.n; i++) {
        more[g->nset] = entry->rows.rows[i];
        more[g->nset++].who = who;
    }
    return 0;
}

static int gather(const struct session *s, size_t role, struct gathered *g, struct err *e)
{
    const struct plan *p = s->plan;

    if ((g->entries = calloc(p->nroles, sizeof *g->entries)) == NULL)
        return err_oom(e);
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        if (p->roles[i].delegation->by == role && gather_role(s, &p->roles[i], g, e) != 0)
            return -1;
    return 0;
}

/* What the plan and its lists of moves take away, and what those lists add. */
static int gather_moves(const struct plan *p, size_t role, size_t member, struct gathered *g,
                        struct err *e)
{
    static const struct move_changes none = {0};
    const struct move_changes *moves = plan_moves_of(p, role, member);
    const struct plan_role *r = &p->roles[role];
    struct compose_delegation *more;

    if (moves == NULL)
        moves = &none;
    more = realloc(g->set, (g->nset + moves->nset + 1) * sizeof *more);
    if (more != NULL)
        g->set = more;
    g->removed = calloc(r->nremoved + moves->nremoved + 1, sizeof *g->removed);
    if (more == NULL || g->removed == NULL)
        return err_oom(e);
    for (size_t i = 0; i < moves->nset; i++)
        more[g->nset++] = moves->set[i];
    for (size_t i = 0; i < r->nremoved; i++)
        g->removed[g->nremoved++] = r->removed[i];
    for (size_t i = 0; i < moves->nremoved; i++)
        g->removed[g->nremoved++] = moves->removed[i];
    return 0;
}

/* What the new version is made of; n == 0: nothing. */
static struct json base_of(const struct session *s, const struct plan_role *r, size_t member)
{
    const struct targets *now;

    if (r->contents != NULL)
        return r->contents[member].object;
    if (s->plan->content != NULL && r->delegation == NULL)
        return envelope_object(s->plan->content);
    now = trusted_targets(s->plan->trusted, r->members[member]);
    return now != NULL ? now->head.object : (struct json){0};
}

int session_put_targets(const struct session *s, size_t role, size_t member, struct bytes *out,
                        struct err *e)
{
    const struct plan_role *r = &s->plan->roles[role];
    struct gathered g = {0};
    struct compose_targets t = {.version = plan_version(s->plan, role, member),
                                .expires = plan_role_expiry(r, s->date),
                                .base = base_of(s, r, member)};
    int rc = -1;

    if (gather(s, role, &g, e) == 0 && gather_moves(s->plan, role, member, &g, e) == 0) {
        t.set = g.set;
        t.nset = g.nset;
        t.removed = g.removed;
        t.nremoved = g.nremoved;
        rc = compose_targets(&t, out, e);
    }
    gathered_clear(&g);
    return rc;
}
