/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_moves.h"
#include "ceremony/plan/plan_template.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/session/session_fold.h"

/* Proposals of targets and delegated roles: what is in force or came from the online side, with the
 * delegations of the plan. */

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

/* The keys of a role, in the plan's order, from the pool. Those that the file in force has keep
 * their keyids and key objects there: `now` is the role as that file lists it, `keys` its keys;
 * each or NULL. Errors: ERR_INTERNAL. */
static int session_role_keys(const struct session *s, const struct plan_role *r,
                             const struct role *now, const struct keyring *keys, struct pool *pool,
                             struct compose_role *out, struct err *e)
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

/* The canonical bytes of targets or a delegated role, composed: appended. */
static int session_put_targets(const struct session *s, size_t role, size_t instance,
                               struct bytes *out, struct err *e)
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

void session_proposals_clear(struct session *s)
{
    for (size_t i = 0; i < s->nproposals; i++) {
        targets_clear(&s->proposals[i].targets);
        envelope_free(s->proposals[i].envelope);
        free(s->proposals[i].seats);
    }
    free(s->proposals);
    free(s->by_role);
    free(s->groups);
    s->by_role = NULL;
    s->proposals = NULL;
    s->groups = NULL;
    s->nproposals = 0;
    s->ngroups = 0;
    s->next = NULL;
    root_clear(&s->root);
}

static int put_root(const struct session *s, struct bytes *out, struct err *e)
{
    const struct plan *p = s->plan;
    const struct root *now = p->trusted != NULL ? p->trusted->root : NULL;
    struct compose_root root = {.version = plan_version(p, SIGNED_ROOT, 0),
                                .expires = plan_role_expiry(&p->roles[SIGNED_ROOT], s->date)};
    struct pool pool = {0};
    int rc = 0;

    for (unsigned t = 0; rc == 0 && t < SIGNED_TYPES; t++)
        rc = session_role_keys(s, &p->roles[t], now != NULL ? &now->roles[t] : NULL,
                               now != NULL ? &now->keys : NULL, &pool, &root.roles[t], e);
    if (now != NULL)
        root.base = now->head.object;
    if (rc == 0)
        rc = compose_root(&root, out, e);
    pool_clear(&pool);
    return rc;
}

/* What is shown, signed and verified from here on is parsed from the bytes that were composed. */
static int parse(struct session *s, struct proposal *p, struct err *e)
{
    struct json object = envelope_object(p->envelope);
    const struct targets *now = trusted_targets(s->plan->trusted, p->role);
    const struct signed_head *head = NULL;

    if (p->type == SIGNED_ROOT && root_read(object, &s->root, e) == 0) {
        s->next = &s->root;
        head = &s->root.head;
    } else if (p->type == SIGNED_TARGETS && targets_read(object, &p->targets, e) == 0)
        head = &p->targets.head;
    if (head == NULL)
        return -1;
    if (now != NULL)
        keyring_share(&p->targets.keys, &now->keys);
    p->version = head->version;
    p->expires = head->expires;
    return 0;
}

/* What delegates to this role from now on: proposed here, or in force and kept. */
static const struct targets *delegator(const struct session *s, const struct plan_delegation *d)
{
    const char *by = s->plan->roles[d->by].instances[0];

    for (size_t i = 0; i < s->nproposals; i++)
        if (strcmp(s->proposals[i].role, by) == 0)
            return &s->proposals[i].targets;
    return trusted_targets(s->plan->trusted, by);
}

static int oblige(const struct session *s, const struct targets *by, struct proposal *p,
                  struct err *e)
{
    const struct plan_role *r = &s->plan->roles[s->groups[p->group].role];

    if (r->delegation == NULL && s->next == NULL) {
        err_set(e, ERR_PLAN, "there is no root for '%s': none is in force, and none is signed",
                r->name);
        return err_todo(e, "add \"root\" to \"sign\"");
    }
    if (r->delegation == NULL)
        p->nobligations =
            obligations_of(p->type, plan_followed_root(s->plan), s->next, p->obligations);
    else if (by != NULL && obligation_delegated(by, p->role, &p->obligations[0]) == 0)
        p->nobligations = 1;
    else {
        err_set(e, ERR_PLAN, "'%s' does not delegate to '%s'",
                s->plan->roles[r->delegation->by].name, p->role);
        return err_todo(e, "add the role above to \"sign\"");
    }
    return 0;
}

/* A proposal from the bytes that were composed (moved in): what is shown, signed and verified from
 * here on is parsed from them. */
static int add_proposal(struct session *s, size_t instance, const struct targets *by,
                        struct bytes *canonical, struct err *e)
{
    struct proposal_group *g = &s->groups[s->ngroups - 1];
    const struct plan_role *r = &s->plan->roles[g->role];
    struct proposal *p = &s->proposals[s->nproposals++];
    char name[1100];

    *p = (struct proposal){.group = s->ngroups - 1,
                           .instance = instance,
                           .type = r->type,
                           .role = r->instances[instance]};
    g->n++;
    snprintf(name, sizeof name, "the proposed %s", p->role);
    if (envelope_new(canonical, name, &p->envelope, e) != 0 || parse(s, p, e) != 0 ||
        oblige(s, by, p, e) != 0)
        return -1;
    if (sha256(envelope_signed(p->envelope), p->digest) != 0)
        return err_oom(e);
    hex_of(p->digest, sizeof p->digest, p->sha256);
    /* What each seat is to the proposal. */
    if ((p->seats = calloc(s->plan->nseats + 1, 1)) == NULL)
        return err_oom(e);
    for (size_t k = 0; k < s->plan->nseats; k++)
        for (size_t o = 0; o < p->nobligations; o++)
            if (obligation_has(&p->obligations[o], s->seats[k].key)) {
                p->seats[k] |= (uint8_t)(SEAT_COUNTS << o);
                if (!s->plan->seats[k].lost)
                    p->seats[k] |= SEAT_SIGNS;
            }
    return 0;
}

static int group_digest(const struct session *s, struct proposal_group *g, struct err *e)
{
    struct bytes list = {0};
    int rc = 0;

    if (g->n == 1)
        memcpy(g->digest, s->proposals[g->first].digest, sizeof g->digest);
    else {
        session_group_list(s, (size_t)(g - s->groups), &list);
        rc = bytes_failed(&list) ? -1 : sha256(bytes_span(&list), g->digest);
        bytes_clear(&list);
    }
    hex_of(g->digest, sizeof g->digest, g->sha256);
    return rc == 0 ? 0 : err_oom(e);
}

static int by_role(const void *a, const void *b, void *proposals)
{
    const size_t *x = a, *y = b;
    const struct proposal *p = proposals;

    return strcmp(p[*x].role, p[*y].role);
}

static int propose_role(struct session *s, size_t role, struct err *e)
{
    const struct plan_role *r = &s->plan->roles[role];
    const struct targets *by = r->delegation != NULL ? delegator(s, r->delegation) : NULL;
    struct bytes canonical = {0};

    s->groups[s->ngroups++] = (struct proposal_group){.role = role, .first = s->nproposals};
    for (size_t i = 0; i < r->ninstances; i++) {
        int rc = r->type == SIGNED_ROOT ? put_root(s, &canonical, e)
                                        : session_put_targets(s, role, i, &canonical, e);

        if (rc != 0) {
            bytes_clear(&canonical);
            return -1;
        }
        if (add_proposal(s, i, by, &canonical, e) != 0)
            return -1;
    }
    return group_digest(s, &s->groups[s->ngroups - 1], e);
}

static int propose_all(struct session *s, struct err *e)
{
    const struct plan *p = s->plan;
    size_t n = 0;

    for (size_t i = 0; i < p->nroles; i++)
        n += p->roles[i].sign ? p->roles[i].ninstances : 0;
    s->proposals = calloc(n + 1, sizeof *s->proposals);
    s->groups = calloc(p->nroles, sizeof *s->groups);
    if (s->proposals == NULL || s->groups == NULL)
        return err_oom(e);
    s->next = p->trusted != NULL ? p->trusted->root : NULL;
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = plan_role_at(p, i);

        if (r->sign && propose_role(s, (size_t)(r - p->roles), e) != 0)
            return -1;
    }
    if ((s->by_role = calloc(s->nproposals + 1, sizeof *s->by_role)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < s->nproposals; i++)
        s->by_role[i] = i;
    qsort_r(s->by_role, s->nproposals, sizeof *s->by_role, by_role, s->proposals);
    return 0;
}

int session_propose(struct session *s, struct err *e)
{
    session_proposals_clear(s);
    for (size_t i = 0; i < s->nsignatures; i++)
        free(s->signatures[i].keyid);
    s->nsignatures = 0;
    if (!s->plan_accepted || !s->date_confirmed || !session_enrolled(s))
        return 0;
    if (propose_all(s, e) == 0 && carry_onto_proposals(s, e) == 0)
        return 0;
    session_proposals_clear(s);
    return -1;
}
