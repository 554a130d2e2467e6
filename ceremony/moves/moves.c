/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/moves/moves.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/moves/move_set.h"

void move_set_free(struct move_set *s)
{
    if (s == NULL)
        return;
    move_keys_clear(&s->keys);
    for (size_t i = 0; i < s->nkept; i++)
        key_free(s->kept[i]);
    free(s->kept);
    free(s->roles);
    pool_clear(&s->pool);
    pool_clear(&s->texts);
    free(s);
}

const struct move_changes *move_set_at(const struct move_set *s, size_t role)
{
    return &s->roles[role].changes;
}

/* That a move is about a project in a role. */
struct claim {
    const char *role, *project;
    const struct move *move;
};

static int by_claim(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcmp(x->role, y->role);

    if (order == 0)
        order = strcmp(x->project, y->project);
    return order != 0 ? order : (x->move > y->move) - (x->move < y->move);
}

/* No two moves are about one project in one role: which came first would be a guess. */
static int conflicts_check(const struct move_list *l, struct err *e)
{
    struct claim *claims = calloc(2 * l->n + 1, sizeof *claims);
    char place[128];
    size_t n = 0;
    int rc = 0;

    if (claims == NULL)
        return err_oom(e);
    for (size_t i = 0; i < l->n; i++) {
        const struct move *m = &l->items[i];

        claims[n++] = (struct claim){m->in, m->project, m};
        if (m->to != NULL && strcmp(m->to, m->in) != 0)
            claims[n++] = (struct claim){m->to, m->project, m};
    }
    qsort(claims, n, sizeof *claims, by_claim);
    for (size_t i = 1; rc == 0 && i < n; i++)
        if (strcmp(claims[i - 1].role, claims[i].role) == 0 &&
            strcmp(claims[i - 1].project, claims[i].project) == 0) {
            move_place(l, claims[i - 1].move, place, sizeof place);
            move_refuse(l, claims[i].move, e, "'%s' of '%s' contradicts '%s' in %s",
                        move_action_name(claims[i].move->action), claims[i].project,
                        move_action_name(claims[i - 1].move->action), place);
            rc = err_todo(e, "give one action for '%s' in '%.128s'", claims[i].project,
                          claims[i].role);
        }
    free(claims);
    return rc;
}

/* Room for what each role may get. Roles that nobody knows are refused later, with their place. */
static int room_make(struct making *k)
{
    struct move_set *s = k->set;

    s->nroles = k->w->nroles;
    if ((s->roles = calloc(s->nroles + 1, sizeof *s->roles)) == NULL)
        return err_oom(k->e);
    for (size_t i = 0; i < k->list->n; i++) {
        const struct move *m = &k->list->items[i];
        long in = move_roles_find(k->roles, m->in);
        long to = m->to != NULL ? move_roles_find(k->roles, m->to) : in;

        if (in >= 0)
            s->roles[in].changes.nremoved++;
        if (to >= 0)
            s->roles[to].changes.nset++;
    }
    for (size_t i = 0; i < s->nroles; i++) {
        struct move_set_role *r = &s->roles[i];

        r->set = pool_take(&s->pool, r->changes.nset, sizeof *r->set);
        r->removed = pool_take(&s->pool, r->changes.nremoved, sizeof *r->removed);
        if (r->set == NULL || r->removed == NULL)
            return err_oom(k->e);
        r->changes = (struct move_changes){.set = r->set, .removed = r->removed};
    }
    return 0;
}

static int make_all(struct making *k, struct store *store, struct findings *findings)
{
    if (conflicts_check(k->list, k->e) != 0 || move_roles_new(k->w, &k->roles, k->e) != 0 ||
        room_make(k) != 0 || move_keys_read(k->list, store, &k->set->keys, k->e) != 0)
        return -1;
    for (size_t i = 0; i < k->list->n; i++)
        if (move_make(k, &k->list->items[i]) != 0)
            return -1;
    return move_findings(k, findings);
}

int moves_read(const struct moves_wish *w, struct move_set **out, struct findings *findings,
               struct err *e)
{
    struct move_list list = {.files = NULL};
    struct making k = {.w = w, .list = &list, .e = e};
    int rc = -1;

    *out = NULL;
    *findings = (struct findings){0};
    if ((k.set = calloc(1, sizeof *k.set)) == NULL)
        err_oom(e);
    else if (move_list_read(w, &list, e) == 0)
        rc = make_all(&k, w->store, findings);
    if (rc == 0) {
        k.set->texts = list.pool;
        list.pool = (struct pool){NULL};
        *out = k.set;
        k.set = NULL; /* moved */
    } else
        findings_clear(findings);
    move_list_clear(&list);
    move_roles_free(k.roles);
    move_set_free(k.set);
    bytes_clear(&k.text);
    return rc;
}
