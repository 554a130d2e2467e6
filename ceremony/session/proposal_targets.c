/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals of targets and delegated roles: what is in force or came from the online side, with the
 * delegations of the plan. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_moves.h"
#include "ceremony/plan/plan_template.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/session/session_fold.h"

static void put_key(struct compose_role *out, const char *keyid, const struct key *key)
{
    out->keyids[out->n] = keyid;
    out->keys[out->n++] = key;
}

/* As the file lists it, or by the id that the plan wants. Two entries can have one object. */
static void put_entry(const struct plan *p, const struct keyring_entry *entry,
                      struct compose_role *out)
{
    const char *keyid = p->correct_keyids ? key_id(entry->key) : entry->keyid;

    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->keyids[i], keyid) == 0)
            return;
    put_key(out, keyid, entry->key);
}

/* Under every id that the role has for it; else as the file lists it elsewhere; else as a new one.
 */
static void put_known(const struct plan *p, const struct key *key, const struct role *now,
                      const struct keyring *keys, struct compose_role *out)
{
    const struct keyring_entry *entry;
    size_t before = out->n;

    for (size_t i = 0; now != NULL && i < now->n; i++)
        if ((entry = keyring_find(keys, now->keyids[i])) != NULL &&
            key_same_material(entry->key, key))
            put_entry(p, entry, out);
    if (out->n > before)
        return;
    if (keys != NULL && (entry = keyring_find_key(keys, key)) != NULL)
        put_entry(p, entry, out);
    else
        put_key(out, key_id(key), key);
}

int session_role_keys(const struct session *s, const struct plan_role *r, const struct role *now,
                      const struct keyring *keys, struct pool *pool, struct compose_role *out,
                      struct err *e)
{
    size_t room = r->nseats + r->nonline + (now != NULL ? now->n : 0) + 1;

    *out = (struct compose_role){.keys = pool_take(pool, room, sizeof *out->keys),
                                 .threshold = r->threshold,
                                 .keyids = pool_take(pool, room, sizeof *out->keyids)};
    if (out->keys == NULL || out->keyids == NULL)
        return err_oom(e);
    for (size_t i = 0; i < r->nseats; i++)
        put_known(s->plan, s->seats[r->seats[i]].key, now, keys, out);
    for (size_t i = 0; i < r->nonline; i++)
        put_known(s->plan, s->plan->online[r->online[i]].key, now, keys, out);
    return 0;
}

/* The rows that a role delegates by. */
struct gathered {
    struct pool pool;           /* keys */
    struct template_rows *rows; /* by entry of the plan */
    size_t n;
    struct compose_delegation *set;
    size_t nset;
    const char **removed;
    size_t nremoved;
};

static void gathered_clear(struct gathered *g)
{
    for (size_t i = 0; i < g->n; i++)
        template_rows_clear(&g->rows[i]);
    pool_clear(&g->pool);
    free(g->rows);
    free(g->set);
    free(g->removed);
}

static int gather_role(const struct session *s, const struct plan_role *r, struct gathered *g,
                       struct err *e)
{
    const char *by = s->plan->roles[r->delegation->by].instances[0];
    const struct targets *now = trusted_targets(s->plan->trusted, by);
    struct template_rows *rows = &g->rows[g->n++];
    struct compose_delegation *more;

    if (template_rows(r, rows, e) != 0)
        return -1;
    more = realloc(g->set, (g->nset + rows->n) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    g->set = more;
    for (size_t i = 0; i < rows->n; i++) {
        const struct delegation *d = plan_delegation_in_force(s->plan, r, i);

        more[g->nset] = rows->rows[i];
        if (session_role_keys(s, r, d != NULL ? &d->role : NULL, now != NULL ? &now->keys : NULL,
                              &g->pool, &more[g->nset++].who, e) != 0)
            return -1;
    }
    return 0;
}

static int gather(const struct session *s, size_t role, struct gathered *g, struct err *e)
{
    const struct plan *p = s->plan;

    if ((g->rows = calloc(p->nroles, sizeof *g->rows)) == NULL)
        return err_oom(e);
    for (size_t i = SIGNED_TYPES; i < p->nroles; i++)
        if (p->roles[i].delegation->by == role && gather_role(s, &p->roles[i], g, e) != 0)
            return -1;
    return 0;
}

/* What the plan and its lists of moves take away, and what those lists add. */
static int gather_moves(const struct plan *p, size_t role, size_t instance, struct gathered *g,
                        struct err *e)
{
    static const struct move_changes none = {0};
    const struct move_changes *moves = plan_moves_of(p, role, instance);
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
static struct json base_of(const struct session *s, const struct plan_role *r, size_t instance)
{
    const struct targets *now;

    if (r->contents != NULL)
        return r->contents[instance].object;
    now = trusted_targets(s->plan->trusted, r->instances[instance]);
    return now != NULL ? now->head.object : (struct json){0};
}

/* `base` with the online keys that the plan replaces swapped in its delegations; it is then in
 * `doc`. */
static int swap_keys(const struct plan *p, struct json *base, struct json_doc **doc, struct err *e)
{
    struct compose_swap *swaps = calloc(p->nonline + 1, sizeof *swaps);
    struct bytes text = {0};
    size_t n = 0, changed = 0;
    int rc;

    if (swaps == NULL)
        return err_oom(e);
    for (size_t i = 0; i < p->nonline; i++)
        if (p->online[i].old != NULL)
            swaps[n++] = (struct compose_swap){p->online[i].old, p->online[i].key};
    rc = compose_swap(*base, swaps, n, &text, &changed, e);
    if (rc == 0 && changed > 0)
        rc = json_doc_take(&text, "delegations with other keys", JSON_TEXT, doc, e);
    if (rc == 0 && changed > 0)
        *base = json_root(*doc);
    bytes_clear(&text);
    free(swaps);
    return rc;
}

int session_put_targets(const struct session *s, size_t role, size_t instance, struct bytes *out,
                        struct err *e)
{
    const struct plan_role *r = &s->plan->roles[role];
    struct gathered g = {0};
    struct compose_targets t = {.version = plan_version(s->plan, role, instance),
                                .expires = plan_role_expiry(r, s->date),
                                .base = base_of(s, r, instance)};
    struct json_doc *swapped = NULL;
    int rc = -1;

    if (swap_keys(s->plan, &t.base, &swapped, e) == 0 && gather(s, role, &g, e) == 0 &&
        gather_moves(s->plan, role, instance, &g, e) == 0) {
        t.set = g.set;
        t.nset = g.nset;
        t.removed = g.removed;
        t.nremoved = g.nremoved;
        rc = compose_targets(&t, out, e);
    }
    gathered_clear(&g);
    json_doc_free(swapped);
    return rc;
}
