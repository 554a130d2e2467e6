/* SPDX-License-Identifier: Apache-2.0 */
/* What is worth a second look: one key for many projects, keys that clients refuse, patterns that
 * do not name their project. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ceremony/base/finding.h"
#include "ceremony/moves/move_set.h"
#include "metadata/base/plain.h"
#include "metadata/client/client_rules.h"

#define SHOWN          10 /* findings of one rule */
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

static int report(const struct use *uses, size_t n, size_t projects, struct findings *out)
{
    const char *last = NULL;
    size_t shown = 0;
    struct bytes text = {0};
    int rc;

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

static int report_all(const struct uses *u, struct findings *out)
{
    size_t reported = 0, more = 0, n, projects;
    bool moved;

    for (size_t i = 0; i < u->n; i += n) {
        n = group(u, i, &projects, &moved);
        if (!moved || projects < 2)
            continue;
        if (reported == SHOWN)
            more++;
        else if (report(&u->items[i], n, projects, out) == 0)
            reported++;
        else
            return -1;
    }
    return more == 0 ? 0
                     : finding_add(out, FINDING_WARNING, MOVES_RULE_SHARE,
                                   "look through the list of moves for keys named more than once",
                                   "%zu more keys sign for several projects each", more);
}

/* Developers' keys that some clients refuse, by type. */
static int key_types(const struct move_set *s, struct findings *out)
{
    size_t counts[KEY_TYPES] = {0};
    int rc = 0;

    for (size_t i = 0; i < s->keys.n; i++)
        counts[key_type(s->keys.items[i].key)]++;
    for (unsigned t = 0; rc == 0 && t < KEY_TYPES; t++)
        if (counts[t] > 0 && key_type_refused_by((enum key_type)t) != NULL)
            rc = finding_add(
                out, FINDING_WARNING, "key-type", "ask these developers for keys of another type",
                "%zu of the developers' keys are %s, which %s refuse", counts[t],
                key_type_words((enum key_type)t), key_type_refused_by((enum key_type)t));
    return rc;
}

/* Whether some component of a pattern is the project's name, in any case of its letters. */
static bool names(const char *pattern, const char *project)
{
    size_t n = strlen(project);

    for (const char *p = pattern; p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncasecmp(p, project, n) == 0 && (p[n] == '/' || p[n] == '\0'))
            return true;
    }
    return false;
}

/* Patterns that a list says and that do not name their project: they may be others' files, too. */
static int wide_paths(const struct making *k, struct findings *out)
{
    size_t reported = 0, more = 0;
    struct bytes text = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < k->list->n; i++) {
        const struct move *m = &k->list->items[i];

        for (size_t j = 0; rc == 0 && j < m->npaths; j++) {
            if (names(m->paths[j], m->project))
                continue;
            if (reported == SHOWN) {
                more++;
                continue;
            }
            reported++;
            bytes_truncate(&text, 0);
            plain_put(&text, span_of(m->paths[j], strnlen(m->paths[j], 150)));
            rc = finding_add(out, FINDING_WARNING, MOVES_RULE_PATHS,
                             "look whether other projects' files are among them",
                             "'%s' signs for '%s', which does not name it", m->project,
                             bytes_str(&text));
        }
    }
    if (rc == 0 && more > 0)
        rc = finding_add(out, FINDING_WARNING, MOVES_RULE_PATHS,
                         "look through the column 'paths' of the list",
                         "%zu more patterns do not name their projects", more);
    rc = bytes_failed(&text) ? -1 : rc;
    bytes_clear(&text);
    return rc;
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
    rc = report_all(&u, out);
    if (rc == 0)
        rc = key_types(k->set, out);
    if (rc == 0)
        rc = wide_paths(k, out);
    free(u.items);
    return rc == 0 ? 0 : err_oom(k->e);
}
