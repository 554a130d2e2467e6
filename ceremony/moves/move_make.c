/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/moves/move_set.h"

/* One move, with what it is about. */
struct one {
    const struct move *m;
    size_t from, to;              /* roles: where the project is, and where it will be */
    const struct moves_role *old; /* roles[from] */
    const struct moves_role *new; /* roles[to] */
    const char *was_name, *name;  /* of the delegation */
    const struct delegation *was; /* in force; NULL: the project comes */
};

/* The longest name that file systems take is 255 bytes: "<version>.<role>.json", percent-encoded.
 */
#define NAME_MAX_ENCODED (255 - sizeof "9007199254740991." - sizeof ".json" + 2)

static size_t encoded_length(const char *name)
{
    size_t n = 0;

    for (; *name != '\0'; name++)
        n += strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~", *name) !=
                     NULL
                 ? 1
                 : 3;
    return n;
}

static int role_find(struct making *k, const struct move *m, const char *name, size_t *out)
{
    long found = move_roles_find(k->roles, name);

    if (found < 0 || k->w->roles[found].closed) {
        move_refuse(k->list, m, k->e, "no role '%.128s' delegates to projects in this ceremony",
                    name);
        return err_todo(k->e, "correct 'in' or 'to', or let the plan sign that role");
    }
    *out = (size_t)found;
    if (k->w->roles[found].targets != NULL && k->w->roles[found].targets->n > 0 &&
        k->w->roles[found].targets->delegations[0].bit_length > 0) {
        move_refuse(k->list, m, k->e, "'%s' delegates to succinct bins, not to projects", name);
        return err_todo(k->e, "name a role that delegates to projects by their names");
    }
    return 0;
}

/* The project's role name below a delegating role, in the pool. */
static int name_make(struct making *k, const struct one *o, const struct moves_role *role,
                     const char **out)
{
    struct err why;

    if (move_role_name(role, o->m->project, &k->text) != 0 ||
        (*out = pool_str(&k->set->pool, bytes_span(&k->text))) == NULL)
        return err_oom(k->e);
    if (move_roles_find(k->roles, *out) >= 0) {
        move_refuse(k->list, o->m, k->e, "'%s' is no project of '%s', it delegates to projects",
                    o->m->project, role->name);
        return err_todo(k->e, "change such roles in the plan, and projects with moves");
    }
    if (role_name_check(span_str(*out), &why) == 0 && encoded_length(*out) <= NAME_MAX_ENCODED)
        return 0;
    move_refuse(k->list, o->m, k->e, "the role name '%.128s...' is too long for a file", *out);
    return err_todo(k->e, "give the project a shorter name");
}

static int is_there(struct making *k, const struct one *o)
{
    if (o->m->action == MOVE_ADD && o->was != NULL) {
        move_refuse(k->list, o->m, k->e, "project '%s' is already in '%s'", o->m->project,
                    o->old->name);
        return err_todo(k->e, "use 'change' or 'hand-over', or leave it out");
    }
    if (o->m->action != MOVE_ADD && o->was == NULL) {
        move_refuse(k->list, o->m, k->e, "project '%s' is not in '%s'", o->m->project,
                    o->old->name);
        return err_todo(k->e, "correct the name of the project or of the role, or use 'add'");
    }
    return 0;
}

static int target_check(struct making *k, struct one *o)
{
    if (role_find(k, o->m, o->m->to, &o->to) != 0)
        return -1;
    o->new = &k->w->roles[o->to];
    if (o->from == o->to) {
        move_refuse(k->list, o->m, k->e, "'%s' would move to where it is", o->m->project);
        return err_todo(k->e, "correct 'in' or 'to', or leave this move out");
    }
    if (name_make(k, o, o->new, &o->name) != 0)
        return -1;
    if (move_roles_project(k->roles, o->to, o->name) == NULL)
        return 0;
    move_refuse(k->list, o->m, k->e, "project '%s' is already in '%s'", o->m->project,
                o->new->name);
    return err_todo(k->e, "remove it there in an earlier ceremony, or use 'remove' here");
}

static int resolve(struct making *k, const struct move *m, struct one *o)
{
    *o = (struct one){.m = m};
    if (role_find(k, m, m->in, &o->from) != 0)
        return -1;
    o->to = o->from;
    o->old = o->new = &k->w->roles[o->from];
    if (name_make(k, o, o->old, &o->was_name) != 0)
        return -1;
    o->name = o->was_name;
    o->was = move_roles_project(k->roles, o->from, o->was_name);
    if (is_there(k, o) != 0)
        return -1;
    return m->action == MOVE_MOVE ? target_check(k, o) : 0;
}

static bool same_strings(struct json list, const char *const *items, size_t n)
{
    struct json item;
    size_t i = 0;

    if (list.n == 0)
        return false;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);)
        if (i == n || !json_text_is(item, items[i++]))
            return false;
    return i == n;
}

static int strings_keep(struct making *k, struct json list, const char *const **out, size_t *n)
{
    struct json item;
    const char **items = pool_take(&k->set->pool, json_count(list) + 1, sizeof *items);

    if (items == NULL)
        return err_oom(k->e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        bytes_truncate(&k->text, 0);
        json_text(item, &k->text);
        if (bytes_failed(&k->text) ||
            (items[(*n)++] = pool_str(&k->set->pool, bytes_span(&k->text))) == NULL)
            return err_oom(k->e);
    }
    *out = items;
    return 0;
}

static int defaults(struct making *k, const struct one *o, const struct moves_role *role,
                    const char *const **out, size_t *n)
{
    const char **items;

    if (move_default_paths(role, o->m->project, &k->set->pool, &items, n, k->e) != 0)
        return -1;
    *out = items;
    return 0;
}

/* What the move has; else what the project has, unless that is only what its old place gave it. */
static int make_paths(struct making *k, const struct one *o, struct compose_delegation *d)
{
    bool by_default = o->was == NULL;

    if (o->m->npaths > 0) {
        d->paths = o->m->paths;
        d->npaths = o->m->npaths;
        return 0;
    }
    if (o->from != o->to) {
        if (defaults(k, o, o->old, &d->paths, &d->npaths) != 0)
            return -1;
        by_default = same_strings(o->was->paths, d->paths, d->npaths);
    }
    d->paths = NULL;
    d->npaths = 0;
    if (!by_default)
        return o->was->prefixes.n > 0
                   ? strings_keep(k, o->was->prefixes, &d->prefixes, &d->nprefixes)
                   : strings_keep(k, o->was->paths, &d->paths, &d->npaths);
    if (defaults(k, o, o->new, &d->paths, &d->npaths) != 0)
        return -1;
    if (d->npaths > 0)
        return 0;
    move_refuse(k->list, o->m, k->e,
                "which paths '%s' signs for can't be known: no pattern of '%s' has a component '*'",
                o->m->project, o->new->name);
    return err_todo(k->e, "give 'paths'");
}

/* From the repository's own keys, all of them, to none of them. */
static int hand_over_check(struct making *k, const struct one *o, const struct compose_role *who)
{
    for (size_t i = 0; i < o->was->role.n; i++) {
        const struct keyring_entry *found =
            keyring_find(&o->old->targets->keys, o->was->role.keyids[i]);

        if (found == NULL || !move_key_own(k->w, found->key)) {
            move_refuse(k->list, o->m, k->e,
                        "'%s' can't be handed over: its keys are not the repository's own",
                        o->m->project);
            return err_todo(k->e, "use 'change' to replace its developers' keys");
        }
    }
    for (size_t i = 0; i < who->n; i++)
        if (move_key_own(k->w, who->keys[i])) {
            move_refuse(k->list, o->m, k->e,
                        "'%s' would be handed over to '%.128s', which is the repository's own key",
                        o->m->project, o->m->keys[i]);
            return err_todo(k->e, "name the developers' keys only");
        }
    return 0;
}

static int change_check(struct making *k, const struct one *o, const struct compose_delegation *d)
{
    bool same = d->who.threshold == o->was->role.threshold &&
                move_keys_same(o->old, o->was, &d->who) &&
                (d->nprefixes > 0 || same_strings(o->was->paths, d->paths, d->npaths));

    if (!same)
        return 0;
    move_refuse(k->list, o->m, k->e, "'%s' has these keys, this threshold and these paths already",
                o->m->project);
    return err_todo(k->e, "leave it out, or give what is to change");
}

static void add_removed(struct making *k, size_t role, const char *name)
{
    struct move_set_role *r = &k->set->roles[role];

    r->removed[r->changes.nremoved++] = name;
}

int move_make(struct making *k, const struct move *m)
{
    struct compose_delegation d = {.name = NULL};
    struct one o;
    struct move_set_role *r;

    if (resolve(k, m, &o) != 0)
        return -1;
    if (o.was != NULL)
        move_roles_touch(k->roles, o.from, o.was);
    if (m->action == MOVE_REMOVE || m->action == MOVE_MOVE)
        add_removed(k, o.from, o.was_name);
    if (m->action == MOVE_REMOVE)
        return 0;
    d.name = o.name;
    d.terminating = o.was != NULL && o.was->terminating;
    if (move_make_keys(k, m, o.old, o.was, &d.who) != 0 || make_paths(k, &o, &d) != 0)
        return -1;
    if ((m->action == MOVE_HAND_OVER && hand_over_check(k, &o, &d.who) != 0) ||
        (m->action == MOVE_CHANGE && change_check(k, &o, &d) != 0))
        return -1;
    r = &k->set->roles[o.to];
    r->set[r->changes.nset++] = d;
    return 0;
}
