/* SPDX-License-Identifier: Apache-2.0 */
/* One developer may have many projects; one key for many of them is worth a second look. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/move_set.h"
#include "metadata/plain.h"

#define SHOWN_KEYS     10
#define SHOWN_PROJECTS 5

/* That a key signs for a project. */
struct use {
    const struct key *key;
    const char *project;
    bool moved; /* by this list */
};

struct uses {
    struct use *items;
    size_t n;
};

static int by_key_and_project(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = memcmp(key_material(x->key), key_material(y->key), SHA256_SIZE);

    return order != 0 ? order : strcmp(x->project, y->project);
}

/* The last part of a role's name: one project may be in several roles. */
static const char *project_of(const char *role)
{
    const char *slash = strrchr(role, '/');

    return slash != NULL ? slash + 1 : role;
}

static void note(const struct making *k, struct uses *u, const struct key *key, const char *role,
                 bool moved)
{
    if (!move_key_own(k->w, key))
        u->items[u->n++] = (struct use){key, project_of(role), moved};
}

static void note_set(const struct making *k, size_t role, struct uses *u)
{
    const struct move_changes *c = &k->set->roles[role].changes;

    for (size_t i = 0; i < c->nset; i++)
        for (size_t j = 0; j < c->set[i].who.n; j++)
            note(k, u, c->set[i].who.keys[j], c->set[i].name, true);
}

static void note_in_force(const struct making *k, size_t role, struct uses *u)
{
    const struct targets *t = k->w->roles[role].targets;

    for (size_t i = 0; t != NULL && i < t->n; i++)
        for (size_t j = 0; !move_roles_touched(k->roles, role, i) && j < t->delegations[i].role.n;
             j++) {
            const struct keyring_entry *found =
                keyring_find(&t->keys, t->delegations[i].role.keyids[j]);

            if (found != NULL)
                note(k, u, found->key, t->delegations[i].role.name, false);
        }
}

static size_t uses_count(const struct making *k)
{
    size_t n = 0;

    for (size_t r = 0; r < k->set->nroles; r++) {
        const struct move_changes *c = &k->set->roles[r].changes;
        const struct targets *t = k->w->roles[r].targets;

        for (size_t i = 0; i < c->nset; i++)
            n += c->set[i].who.n;
        for (size_t i = 0; t != NULL && i < t->n; i++)
            n += t->delegations[i].role.n;
    }
    return n;
}

static int say(const struct use *uses, size_t n, size_t projects, struct findings *out)
{
    const char *last = NULL;
    size_t shown = 0;
    struct bytes text;
    int rc;

    bytes_init(&text);
    for (size_t i = 0; i < n && shown < SHOWN_PROJECTS; i++) {
        if (last != NULL && strcmp(last, uses[i].project) == 0)
            continue;
        bytes_put_str(&text, shown++ > 0 ? ", " : "");
        plain_put(&text, span_of(uses[i].project, strnlen(uses[i].project, 40)));
        last = uses[i].project;
    }
    if (projects > shown)
        bytes_printf(&text, " and %zu more", projects - shown);
    rc = bytes_failed(&text)
             ? -1
             : finding_add(out, FINDING_WARNING, MOVES_RULE_SHARE,
                           "ask whether they really have one developer with one key; who steals it "
                           "has them all",
                           "key %.8s signs for %zu projects: %s", key_id(uses[0].key), projects,
                           bytes_str(&text));
    bytes_clear(&text);
    return rc;
}

/* One key's uses, from `first` on: how many, for how many projects, and whether a move is among
 * them. */
static size_t group(const struct uses *u, size_t first, size_t *projects, bool *moved)
{
    size_t i = first;

    *projects = 0;
    *moved = false;
    for (; i < u->n && key_same_material(u->items[first].key, u->items[i].key); i++) {
        *projects += i == first || strcmp(u->items[i - 1].project, u->items[i].project) != 0;
        *moved = *moved || u->items[i].moved;
    }
    return i - first;
}

static int say_all(const struct uses *u, struct findings *out)
{
    size_t said = 0, more = 0, n, projects;
    bool moved;

    for (size_t i = 0; i < u->n; i += n) {
        n = group(u, i, &projects, &moved);
        if (!moved || projects < 2)
            continue;
        if (said == SHOWN_KEYS)
            more++;
        else if (say(&u->items[i], n, projects, out) == 0)
            said++;
        else
            return -1;
    }
    return more == 0 ? 0
                     : finding_add(out, FINDING_WARNING, MOVES_RULE_SHARE,
                                   "look through the list of moves for keys named more than once",
                                   "%zu more keys sign for several projects each", more);
}

int move_findings(const struct making *k, struct findings *out)
{
    struct uses u = {.items = calloc(uses_count(k) + 1, sizeof *u.items)};
    int rc;

    if (u.items == NULL)
        return err_oom(k->e);
    for (size_t r = 0; r < k->set->nroles; r++) {
        note_set(k, r, &u);
        note_in_force(k, r, &u);
    }
    qsort(u.items, u.n, sizeof *u.items, by_key_and_project);
    rc = say_all(&u, out);
    free(u.items);
    return rc == 0 ? 0 : err_oom(k->e);
}
