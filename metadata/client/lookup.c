/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/client/lookup.h"
#include "metadata/base/array.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/client/client_walk.h"
#include "metadata/paths/bin.h"
#include "metadata/paths/pattern.h"

/* A role that is to be asked. */
struct pending {
    struct lookup_step step;
    const struct role *role; /* of a file that is kept until the end */
    const struct keyring *keys;
};

struct search {
    struct client_walk walk; /* the first member: client_below is given it */
    const char *path;
    struct lookup *out;
    struct pending *stack; /* the last is asked first */
    size_t n;
    struct client_file files[LOOKUP_MAX + 1];
    size_t nfiles;
};

static void step_clear(struct lookup_step *s)
{
    for (size_t i = 0; i < s->nkeyids; i++) {
        free(s->keyids[i]);
        free(s->key_ids[i]);
    }
    free(s->keyids);
    free(s->key_ids);
    free(s->role);
    free(s->delegator);
    free(s->by);
    *s = (struct lookup_step){0};
}

void lookup_clear(struct lookup *l)
{
    client_report_clear(&l->client);
    for (size_t i = 0; i < l->n; i++)
        step_clear(&l->steps[i]);
    free(l->steps);
    *l = (struct lookup){0};
}

static int step_add(struct lookup *l, struct lookup_step *step, struct err *e)
{
    if (array_grow(&l->steps, l->n, sizeof *l->steps, e) != 0)
        return -1;
    l->steps[l->n++] = *step;
    *step = (struct lookup_step){0};
    return 0;
}

/* Copies who can sign; `name` and the share are the caller's. */
static int step_make(struct lookup_step *s, const char *name, const char *delegator,
                     const struct role *role, const struct keyring *keys, struct err *e)
{
    s->role = strdup(name);
    s->delegator = strdup(delegator);
    s->keyids = calloc(role->n, sizeof *s->keyids);
    s->key_ids = calloc(role->n, sizeof *s->key_ids);
    s->threshold = role->threshold;
    if (s->role == NULL || s->delegator == NULL || s->keyids == NULL || s->key_ids == NULL)
        return err_oom(e);
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        s->nkeyids = i + 1;
        if ((s->keyids[i] = strdup(role->keyids[i])) == NULL ||
            (entry != NULL && (s->key_ids[i] = strdup(key_id(entry->key))) == NULL))
            return err_oom(e);
    }
    return 0;
}

/* Moves the step onto the stack, also on failure. */
static int push(struct search *s, struct lookup_step *step, const struct role *role,
                const struct keyring *keys, struct err *e)
{
    if (array_grow(&s->stack, s->n, sizeof *s->stack, e) != 0) {
        step_clear(step);
        return -1;
    }
    s->stack[s->n++] = (struct pending){*step, role, keys};
    *step = (struct lookup_step){0};
    return 0;
}

static void stack_cut(struct search *s, size_t to)
{
    while (s->n > to)
        step_clear(&s->stack[--s->n].step);
}

/* The first pattern that matches: 1 and the step's share is set, 0 none, -1 error. */
static int match_paths(const struct search *s, struct json paths, struct lookup_step *step,
                       struct err *e)
{
    struct json item;
    int rc = 0;

    for (struct json_iter it = json_iter_of(paths); rc == 0 && json_next(&it, NULL, &item);) {
        struct pattern p;
        char *text = json_strdup(item);

        if (text == NULL)
            return err_oom(e);
        if (pattern_parse(span_str(text), &p, e) != 0)
            rc = -1;
        else if (pattern_matches(&p, span_str(s->path))) {
            step->share = SHARE_PATTERN;
            step->differs = !pattern_alike(&p, span_str(s->path));
            step->by = text;
            text = NULL;
            rc = 1;
        }
        pattern_clear(&p);
        free(text);
    }
    return rc;
}

static int match_prefixes(const struct search *s, struct json prefixes, struct lookup_step *step,
                          struct err *e)
{
    struct json item;

    for (struct json_iter it = json_iter_of(prefixes); json_next(&it, NULL, &item);) {
        struct span text = json_span(item); /* hex digits in quotes */

        if (!prefix_matches(span_of(text.p + 1, text.n - 2), s->out->path_hash))
            continue;
        step->share = SHARE_PREFIX;
        return (step->by = json_strdup(item)) != NULL ? 1 : err_oom(e);
    }
    return 0;
}

/* Pushes the bin of succinct roles that the path goes to. */
static int push_bin(struct search *s, const char *delegator, const struct targets *t, struct err *e)
{
    const struct delegation *d = &t->delegations[0];
    struct lookup_step step = {.share = SHARE_BIN, .terminating = true};
    struct bytes name = {0};
    int rc;

    succinct_name(d->role.name, d->bit_length, succinct_bin(d->bit_length, s->out->path_hash),
                  &name);
    step.by = strdup(d->role.name);
    rc = bytes_failed(&name) || step.by == NULL
             ? err_oom(e)
             : step_make(&step, bytes_str(&name), delegator, &d->role, &t->keys, e);
    bytes_clear(&name);
    stack_cut(s, 0);
    if (rc == 0)
        return push(s, &step, &d->role, &t->keys, e);
    step_clear(&step);
    return -1;
}

static void reverse(struct pending *from, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        struct pending swap = from[i];

        from[i] = from[n - 1 - i];
        from[n - 1 - i] = swap;
    }
}

/* Pushes those delegations of a role that the path belongs to: the first will be asked first. A
 * terminating one is the last, and forgets whatever was to come. */
static int push_children(struct search *s, const char *delegator, const struct targets *t,
                         struct err *e)
{
    size_t start = s->n;
    int rc = 0;

    if (t->n == 1 && t->delegations[0].bit_length > 0)
        return push_bin(s, delegator, t, e);
    for (size_t i = 0; rc >= 0 && i < t->n; i++) {
        const struct delegation *d = &t->delegations[i];
        struct lookup_step step = {.terminating = d->terminating};

        rc = d->paths.n > 0 ? match_paths(s, d->paths, &step, e)
                            : match_prefixes(s, d->prefixes, &step, e);
        if (rc == 1 && (step_make(&step, d->role.name, delegator, &d->role, &t->keys, e) != 0 ||
                        push(s, &step, &d->role, &t->keys, e) != 0))
            rc = -1;
        step_clear(&step);
        if (rc != 1 || !d->terminating)
            continue;
        for (size_t k = 0; k < start; k++)
            step_clear(&s->stack[k].step);
        s->n -= start;
        memmove(s->stack, s->stack + start, s->n * sizeof *s->stack);
        start = 0;
        break;
    }
    if (rc < 0)
        return -1;
    reverse(s->stack + start, s->n - start);
    return 0;
}

static bool was_visited(const struct lookup *l, const char *role)
{
    for (size_t i = 0; i < l->visited; i++)
        if (strcmp(l->steps[i].role, role) == 0)
            return true;
    return false;
}

/* Does the role list the path? Then what it says of it. */
static int find_target(struct search *s, const struct targets *t, bool *found, struct err *e)
{
    struct lookup *l = s->out;
    struct json file, length, hashes, hash;
    struct bytes hex = {0};

    *found = json_get(t->targets, s->path, &file);
    if (!*found)
        return 0;
    if (json_get(file, "length", &length))
        l->length = json_integer(length);
    if (json_get(file, "hashes", &hashes) && json_get(hashes, "sha256", &hash) &&
        json_kind(hash) == JSON_STRING) {
        json_text(hash, &hex);
        if (bytes_failed(&hex))
            return err_oom(e);
        if (hex.n < sizeof l->target_hash)
            memcpy(l->target_hash, bytes_str(&hex), hex.n + 1);
        bytes_clear(&hex);
    }
    return 0;
}

/* Asks the role on top of the stack; `*on`: go on. */
static int ask(struct search *s, bool *on, struct err *e)
{
    struct pending top = s->stack[--s->n];
    struct client_file *file = &s->files[s->nfiles];
    struct lookup *l = s->out;
    struct lookup_step *step;
    bool found = false;

    if (was_visited(l, top.step.role)) {
        step_clear(&top.step);
        return 0;
    }
    top.step.visited = true;
    top.step.row = l->client.n;
    if (step_add(l, &top.step, e) != 0) {
        step_clear(&top.step);
        return -1;
    }
    step = &l->steps[l->visited++];
    if (client_fetch(&s->walk, step->role, top.role, top.keys, file, e) != 0)
        return -1;
    s->nfiles++;
    *on = false;
    if (!file->accepted) {
        l->end =
            l->client.rows[step->row].verdict == CLIENT_ABSENT ? LOOKUP_ABSENT : LOOKUP_REFUSED;
        return 0;
    }
    if (find_target(s, &file->targets, &found, e) != 0)
        return -1;
    l->end = found ? LOOKUP_FOUND : LOOKUP_NOWHERE;
    *on = !found;
    return found ? 0 : push_children(s, step->role, &file->targets, e);
}

/* What was still to come, in order, becomes steps that are not visited. */
static int add_unvisited(struct search *s, struct err *e)
{
    while (s->n > 0) {
        struct lookup_step *step = &s->stack[s->n - 1].step;

        if (!was_visited(s->out, step->role) && step_add(s->out, step, e) != 0)
            return -1;
        stack_cut(s, s->n - 1);
    }
    return 0;
}

static int below(struct client_walk *w, struct err *e)
{
    struct search *s = (struct search *)w;
    const struct role *targets = &w->root.roles[SIGNED_TARGETS];
    struct lookup *l = s->out;
    struct lookup_step step = {.share = SHARE_ALL};
    bool on = true;
    int rc = step_make(&step, "targets", "root", targets, &w->root.keys, e);

    if (rc == 0)
        rc = push(s, &step, targets, &w->root.keys, e);
    step_clear(&step);
    while (rc == 0 && on && s->n > 0 && l->visited <= LOOKUP_MAX)
        rc = ask(s, &on, e);
    if (rc == 0 && (l->end == LOOKUP_NOWHERE || l->end == LOOKUP_ABSENT))
        rc = add_unvisited(s, e);
    if (rc == 0 && l->end == LOOKUP_NOWHERE && l->n > l->visited)
        l->end = LOOKUP_LIMIT;
    stack_cut(s, 0);
    for (size_t i = 0; i < s->nfiles; i++)
        client_file_clear(&s->files[i]);
    return rc;
}

int lookup_run(const struct repository *repo, struct span trusted_root, utc_t now, const char *path,
               struct lookup *out, struct err *e)
{
    struct search *s;
    int rc;

    *out = (struct lookup){.end = LOOKUP_REFUSED};
    if (path_check(span_str(path), e) != 0)
        return -1;
    if (sha256_hex(span_str(path), out->path_hash) != 0 || (s = calloc(1, sizeof *s)) == NULL)
        return err_oom(e);
    *s = (struct search){
        .walk = {.repo = repo, .now = now, .report = &out->client}, .path = path, .out = out};
    rc = client_follow(&s->walk, trusted_root, below, e);
    free(s->stack);
    free(s);
    if (rc != 0)
        lookup_clear(out);
    return rc;
}
