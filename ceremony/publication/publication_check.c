/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/publication/preview.h"
#include "ceremony/publication/publication.h"
#include "ceremony/session/session.h"
#include "metadata/paths/bin.h"

struct old_key {
    const struct key *key; /* borrowed */
    bool stolen;
};

struct old_keys {
    struct old_key *keys;
    size_t n;
};

static const struct old_key *find(const struct old_keys *old, const struct key *key)
{
    for (size_t i = 0; i < old->n; i++)
        if (key_same_material(old->keys[i].key, key))
            return &old->keys[i];
    return NULL;
}

static void add(struct old_keys *old, const struct key *key, bool stolen)
{
    if (key != NULL && find(old, key) == NULL)
        old->keys[old->n++] = (struct old_key){key, stolen};
}

/* Of a session with proposals, whose plan builds on what is in force. Errors: ERR_INTERNAL. */
static int old_keys_find(const struct session *s, struct old_keys *out, struct err *e)
{
    static const enum signed_type online[] = {SIGNED_SNAPSHOT, SIGNED_TIMESTAMP};
    const struct trusted *t = s->plan->trusted;
    size_t room =
        s->plan->nonline + t->root->roles[SIGNED_SNAPSHOT].n + t->root->roles[SIGNED_TIMESTAMP].n;

    *out = (struct old_keys){.keys = calloc(room + 1, sizeof *out->keys)};
    if (out->keys == NULL)
        return err_oom(e);
    for (size_t i = 0; i < s->plan->nonline; i++)
        add(out, s->plan->online[i].old, s->plan->online[i].stolen);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < t->root->roles[online[i]].n; k++) {
            const struct key *key = trusted_key(t, t->root->roles[online[i]].keyids[k]);

            if (key != NULL && keyring_find_key(&s->next->keys, key) == NULL)
                add(out, key, false);
        }
    return 0;
}

static void old_keys_clear(struct old_keys *old)
{
    free(old->keys);
    *old = (struct old_keys){0};
}

static bool old_keys_has(const struct old_keys *old, const struct key *key)
{
    return find(old, key) != NULL;
}

/* The first of the role's keys that goes, or NULL. */
static const struct old_key *find_in(const struct old_keys *old, const struct role *role,
                                     const struct keyring *keys)
{
    const struct old_key *found = NULL;

    for (size_t i = 0; i < role->n && found == NULL; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        found = entry != NULL ? find(old, entry->key) : NULL;
    }
    return found;
}

/* How many delegations of `t` list one, and the first (unset when there is none); `*stolen` says
 * whether one that is stolen is among them. */
static size_t old_keys_trusted(const struct old_keys *old, const struct targets *t,
                               const struct delegation **first, bool *stolen)
{
    size_t n = 0;

    *stolen = false;
    for (size_t i = 0; old->n > 0 && i < t->n; i++) {
        const struct old_key *key = find_in(old, &t->delegations[i].role, &t->keys);

        if (key != NULL && n++ == 0)
            *first = &t->delegations[i];
        *stolen = *stolen || (key != NULL && key->stolen);
    }
    return n;
}

#define BINS_MAX ((uint64_t)1 << 20) /* of succinct roles, named one by one */

/* Who asks for a role's signatures once all is published. */
struct asker {
    const char *by;
    int64_t version; /* of the file that says so */
    const struct role *role;
    const struct keyring *keys;
    bool swaps; /* it is made anew, with the keys that are replaced swapped */
};

struct publication_check {
    const struct session *s;
    const struct trusted *t;
    struct publication *out;
    const char **visited; /* roles that delegate */
    size_t nvisited;
    bool *reached; /* by trusted.files */
    struct old_keys old;
    struct bytes why;
    struct err *e;
};

/* What is found of one role, with the reason in `l->why`. */
static int found(struct publication_check *l, enum fit fit, const char *role, int64_t version,
                 bool online)
{
    struct fitting file = {.fit = fit, .role = role, .version = version, .online = online};
    int rc;

    if (bytes_failed(&l->why))
        return err_oom(l->e);
    file.why = bytes_str(&l->why);
    rc = publication_add(l->out, &file, l->e);
    bytes_truncate(&l->why, 0);
    return rc;
}

/* Is it a key of the online side, now or from now on? */
static bool key_online(const void *self, const struct key *key)
{
    const struct publication_check *l = self;

    for (size_t i = 0; i < l->s->plan->nonline; i++)
        if (key_same_material(l->s->plan->online[i].key, key))
            return true;
    return root_online_key(l->t->root, key) || root_online_key(l->s->next, key);
}

/* A file that will be published and delegates to keys that go: people must sign it anew, or the
 * online side must make it anew. */
static int judge_trust(struct publication_check *l, const char *role, const struct targets *next,
                       bool online)
{
    const struct delegation *first = NULL;
    struct fitting file = {.fit = online ? FIT_ANEW : FIT_TRUSTS,
                           .role = role,
                           .version = next->head.version,
                           .online = online};
    size_t n = old_keys_trusted(&l->old, next, &first, &file.stolen);
    struct bytes why = {0};
    int rc;

    if (n == 0)
        return 0;
    bytes_printf(&why, "an old online key may sign for %s%s", first->role.name,
                 first->bit_length > 0 ? "-*" : "");
    if (n > 1)
        bytes_printf(&why, " and %zu more", n - 1);
    file.why = bytes_str(&why);
    rc = bytes_failed(&why) ? err_oom(l->e) : publication_add(l->out, &file, l->e);
    bytes_clear(&why);
    return rc;
}

/* Why clients would refuse the file in force beside the new ones: appended to `l->why`, nothing
 * when they would not. */
static int judge(struct publication_check *l, const struct envelope *env,
                 const struct signed_head *head, const struct asker *a)
{
    struct tally tally;

    if (envelope_tally(env, a->role, a->keys, &tally, l->e) != 0)
        return -1;
    for (size_t i = 0; a->swaps && i < tally.n && tally.valid > 0; i++)
        tally.valid -= old_keys_has(&l->old, keyring_find(a->keys, tally.keyids[i])->key);
    if (!tally_reached(&tally))
        bytes_printf(&l->why, "%u of the %u signatures that %s v%" PRId64 " asks for", tally.valid,
                     tally.threshold, a->by, a->version);
    else if (head->expires <= l->s->today)
        bytes_printf(&l->why, "expired on %s", utc_text(head->expires).day);
    tally_clear(&tally);
    return 0;
}

/* Were all signatures that the role in force can have enough for the new one? */
static bool keys_stay(const struct publication_check *l, const struct asker *old,
                      const struct asker *new)
{
    for (size_t i = 0; i < old->role->n; i++) {
        const struct keyring_entry *entry = keyring_find(old->keys, old->role->keyids[i]);

        if (entry != NULL && (role_find_key(new->role, new->keys, entry->key) == NULL ||
                              (new->swaps &&old_keys_has(&l->old, entry->key))))
            return false;
    }
    return new->role->threshold <= old->role->threshold;
}

static int below(struct publication_check *l, const char *role, const struct targets *now,
                 const struct targets *next, bool swaps);

/* A role that `new` asks for, and `old` did before. */
static int visit(struct publication_check *l, const char *role, const struct asker *old,
                 const struct asker *new)
{
    const struct targets *now = trusted_targets(l->t, role);
    const struct trusted_file *file = trusted_file(l->t, role);
    const struct envelope *env = file != NULL ? file->envelope : l->t->targets_envelope;
    long at = session_proposal_find(l->s, role);
    size_t before = l->out->n;
    bool online, anew;

    if (file != NULL)
        l->reached[file - l->t->files] = true;
    if (at >= 0)
        return judge_trust(l, role, &l->s->proposals[at].targets, false) == 0
                   ? below(l, role, now, &l->s->proposals[at].targets, false)
                   : -1;
    if (now == NULL) {
        /* A role whose file in force was not given; `old->role` NULL: nothing delegated to it. */
        if (old->role == NULL)
            bytes_printf(&l->why, "it is new");
        else if (!keys_stay(l, old, new))
            bytes_printf(&l->why, "%s v%" PRId64 " asks for other signatures than before", new->by,
                         new->version);
        return found(l, l->why.n > 0 ? FIT_ANEW : FIT_UNSEEN, role, old->role == NULL ? -1 : 0,
                     role_all(new->role, new->keys, key_online, l));
    }
    online = role_all(new->role, new->keys, key_online, l);
    if (judge_trust(l, role, now, online) != 0 ||
        ((!online || l->out->n == before) && judge(l, env, &now->head, new) != 0))
        return -1;
    anew = l->why.n > 0 || (online && l->out->n > before);
    if (l->why.n > 0 && found(l, FIT_ANEW, role, now->head.version, online) != 0)
        return -1;
    return below(l, role, now, now, anew);
}

/* What `by` delegates to: `now` by the file in force (NULL: there is none), `next` from now on. */
struct delegator {
    const char *by;
    const struct targets *now, *next;
    bool swaps;
};

static int visit_as(struct publication_check *l, const struct delegator *by,
                    const struct delegation *d, const char *role)
{
    const struct delegation *was = by->now != NULL ? targets_delegation(by->now, role) : NULL;
    struct asker old = {0},
                 new = {by->by, by->next->head.version, &d->role, &by->next->keys, by->swaps};

    if (was != NULL)
        old = (struct asker){.by = by->by, .role = &was->role, .keys = &by->now->keys};
    return visit(l, role, &old, &new);
}

static int visit_bins(struct publication_check *l, const struct delegator *by,
                      const struct delegation *d)
{
    uint64_t bins = succinct_count(d->bit_length);
    struct bytes name = {0};
    int rc = 0;

    if (bins > BINS_MAX) /* nobody has so many; the client says so */
        return 0;
    for (uint64_t bin = 0; rc == 0 && bin < bins; bin++) {
        bytes_truncate(&name, 0);
        succinct_name(d->role.name, d->bit_length, (uint32_t)bin, &name);
        rc = bytes_failed(&name) ? err_oom(l->e) : visit_as(l, by, d, bytes_str(&name));
    }
    bytes_clear(&name);
    return rc;
}

/* Each role's delegations are followed once. */
static bool is_visited(struct publication_check *l, const char *by)
{
    for (size_t i = 0; i < l->nvisited; i++)
        if (strcmp(l->visited[i], by) == 0)
            return true;
    l->visited[l->nvisited++] = by;
    return false;
}

static int below(struct publication_check *l, const char *role, const struct targets *now,
                 const struct targets *next, bool swaps)
{
    const struct delegator by = {role, now, next, swaps};
    int rc = 0;

    if (next->n == 0 || is_visited(l, role))
        return 0;
    for (size_t i = 0; rc == 0 && i < next->n; i++) {
        const struct delegation *d = &next->delegations[i];

        rc = d->bit_length > 0 ? visit_bins(l, &by, d) : visit_as(l, &by, d, d->role.name);
    }
    return rc;
}

/* Whether the snapshot lists what will be there: else why not, in `l->why`. */
static int judge_snapshot(struct publication_check *l)
{
    const struct publication *out = l->out;
    struct file_meta meta;
    const char *role = NULL;
    int64_t version = 0;
    size_t n = 0;
    int listed;

    for (size_t i = 0; i < l->s->nproposals; i++)
        if (l->s->proposals[i].type == SIGNED_TARGETS && n++ == 0) {
            role = l->s->proposals[i].role;
            version = l->s->proposals[i].version;
        }
    for (size_t i = 0; i < out->n; i++)
        if (out->files[i].fit == FIT_ANEW && n++ == 0)
            role = out->files[i].role;
    if (n == 0)
        return 0;
    bytes_printf(&l->why, "%s.json", role);
    listed = bytes_failed(&l->why) || l->t->snapshot.envelope == NULL
                 ? 0
                 : listing_find(&l->t->snapshot.listing, bytes_str(&l->why), &meta, l->e);
    bytes_truncate(&l->why, 0);
    if (listed > 0 && version > 0)
        bytes_printf(&l->why, "it lists %s v%" PRId64 ", and v%" PRId64 " is published", role,
                     meta.version, version);
    else if (version > 0)
        bytes_printf(&l->why, "it must list %s v%" PRId64, role, version);
    else
        bytes_printf(&l->why, "it must list %s, which is made anew", role);
    if (n > 1)
        bytes_printf(&l->why, " (and %zu more file%s)", n - 1, n == 2 ? "" : "s");
    return 0;
}

static int judge_timestamp(struct publication_check *l)
{
    const struct fitting *snapshot = publication_find(l->out, signed_type_name(SIGNED_SNAPSHOT));

    if (snapshot != NULL && snapshot->fit == FIT_ANEW)
        bytes_put_str(&l->why, "it must list the new snapshot");
    return 0;
}

/* Snapshot or timestamp. */
static int visit_listing(struct publication_check *l, enum signed_type type,
                         const struct trusted_listing *file,
                         int (*lists)(struct publication_check *l))
{
    const struct root *root = l->t->root, *next = l->s->next;
    struct asker old = {.by = "root",
                        .version = root->head.version,
                        .role = &root->roles[type],
                        .keys = &root->keys};
    struct asker new = {.by = "root",
                        .version = next->head.version,
                        .role = &next->roles[type],
                        .keys = &next->keys};
    bool online = l->s->plan->roles[type].nonline > 0, given = file->envelope != NULL;

    if (given && judge(l, file->envelope, &file->listing.head, &new) != 0)
        return -1;
    if (!given && !keys_stay(l, &old, &new))
        bytes_printf(&l->why, "root v%" PRId64 " asks for other signatures than before",
                     new.version);
    if (l->why.n == 0 && lists(l) != 0)
        return -1;
    if (l->why.n == 0 && given)
        return 0;
    return found(l, l->why.n > 0 ? FIT_ANEW : FIT_UNSEEN, signed_type_name(type),
                 given ? file->listing.head.version : 0, online);
}

static int check_all(struct publication_check *l)
{
    const struct root *root = l->t->root, *next = l->s->next;
    struct asker old = {.by = "root",
                        .version = root->head.version,
                        .role = &root->roles[SIGNED_TARGETS],
                        .keys = &root->keys};
    struct asker new = {.by = "root",
                        .version = next->head.version,
                        .role = &next->roles[SIGNED_TARGETS],
                        .keys = &next->keys};

    if (visit(l, signed_type_name(SIGNED_TARGETS), &old, &new) != 0)
        return -1;
    for (size_t i = 0; i < l->t->nfiles; i++)
        if (!l->reached[i] &&
            found(l, FIT_UNREACHED, l->t->files[i].role, l->t->files[i].version, false) != 0)
            return -1;
    publication_settle(l->out);
    if (visit_listing(l, SIGNED_SNAPSHOT, &l->t->snapshot, judge_snapshot) != 0)
        return -1;
    publication_settle(l->out);
    if (visit_listing(l, SIGNED_TIMESTAMP, &l->t->timestamp, judge_timestamp) != 0)
        return -1;
    publication_settle(l->out);
    return 0;
}

int publication_check(const struct session *s, struct publication *out, struct err *e)
{
    struct publication_check l = {.s = s, .t = s->plan->trusted, .out = out, .e = e};
    int rc = 0;

    *out = (struct publication){0};
    if (l.t == NULL)
        return 0;
    l.visited = calloc(l.t->nfiles + s->nproposals + 1, sizeof *l.visited);
    l.reached = calloc(l.t->nfiles + 1, sizeof *l.reached);
    rc = l.visited == NULL || l.reached == NULL ? err_oom(e) : old_keys_find(s, &l.old, e);
    if (rc == 0)
        rc = check_all(&l);
    old_keys_clear(&l.old);
    bytes_clear(&l.why);
    free(l.visited);
    free(l.reached);
    if (rc != 0)
        publication_clear(out);
    return rc;
}

int publication_ahead(const struct plan *p, utc_t date, struct publication *out, struct err *e)
{
    struct session *s;
    int rc;

    *out = (struct publication){0};
    if (session_preview(p, date, &s, e) != 0)
        return -1;
    rc = publication_check(s, out, e);
    session_free(s);
    return rc;
}
