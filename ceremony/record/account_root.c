/* SPDX-License-Identifier: Apache-2.0 */
/* Roots: those that the client went through, older ones, and those that no client reaches. */
#include <string.h>

#include "ceremony/record/account_part.h"

/* Stock clients follow this many new roots at a time (python-tuf and tuf-js). */
#define ROTATIONS 256

int account_roots_begin(struct accounting *w, struct err *e)
{
    const struct client_report *r = w->report;
    struct err why;

    err_clear(&why);
    if (envelope_read(w->trusted_text, "the trusted root", &w->above, &why) != 0 &&
        why.code == ERR_INTERNAL) {
        *e = why;
        return -1;
    }
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->rows[i].role, "root") != 0)
            continue;
        if (i == 0)
            w->trusted = r->rows[i].version;
        if (r->rows[i].verdict == CLIENT_ACCEPTED || i == 0)
            w->last = r->rows[i].version;
        else
            w->refused = true;
    }
    w->above_version = w->trusted;
    w->leads = true;
    return 0;
}

void account_roots_end(struct accounting *w)
{
    envelope_free(w->above);
    w->above = NULL;
}

/* Counts the signatures of a role of `by` over the file. */
static int reached(const struct envelope *env, const struct root *by, bool *out, struct err *e)
{
    struct tally t;

    if (envelope_tally(env, &by->roles[SIGNED_ROOT], &by->keys, &t, e) != 0)
        return -1;
    *out = tally_reached(&t);
    tally_clear(&t);
    return 0;
}

/* The next older root is compared with this one; its envelope is moved in, or NULL. */
static void remember(struct accounting *w, const struct repository_file *f, struct account_head *h)
{
    envelope_free(w->above);
    w->above = h->env;
    w->above_version = f->version;
    h->env = NULL;
}

/* An older root that no client can begin with. Real histories have some, so it is no fault. */
static int stuck(struct accounting *w, const struct repository_file *f, const char *why,
                 struct err *e)
{
    w->leads = false;
    return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                       "older than the trusted root, and no client can begin with it: %s", why);
}

/* A root older than the trusted one, good in itself: does it lead there? */
static int older(struct accounting *w, const struct repository_file *f, const struct root *root,
                 struct err *e)
{
    bool next = w->above_version == f->version + 1, follows = false;

    if (next && w->above != NULL && reached(w->above, root, &follows, e) != 0)
        return -1;
    w->leads = w->leads && follows;
    if (w->leads)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "older than the trusted root, and leads to it");
    return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                       "older than the trusted root, and does not lead to it: %s",
                       !next              ? "the version behind it is not here"
                       : w->above == NULL ? "the version behind it can't be read"
                       : follows          ? "a later one does not"
                                          : "the version behind it is not signed by enough of its "
                                            "keys");
}

static int not_reached(const struct accounting *w, const struct repository_file *f, struct err *e)
{
    if (w->report->rows[0].verdict == CLIENT_REFUSED)
        return account_add(w->out, f->name, ACCOUNT_UNSEEN, 0, e, "the trusted root is refused");
    if (w->refused)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                           "no client gets this far: root version %" PRId64 " is refused",
                           w->last + 1);
    if (w->last - w->trusted >= ROTATIONS)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_INCOMPLETE, e,
                           "not looked at: it is beyond the %d new roots that a client takes at a "
                           "time; continue from version %" PRId64
                           ", with that file as --trusted-root",
                           ROTATIONS, w->last);
    return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                       "a newer root that no client reaches: version %" PRId64 " is not here",
                       w->last + 1);
}

/* The same version as the trusted root: it must say the same. */
static int of_trusted_version(const struct accounting *w, const struct repository_file *f,
                              const struct account_head *h, struct err *e)
{
    if (w->above != NULL && w->above_version == w->trusted &&
        span_eq(envelope_signed(w->above), envelope_signed(h->env)))
        return account_add(w->out, f->name,
                           w->report->rows[0].verdict == CLIENT_ACCEPTED ? ACCOUNT_ACCEPTED
                                                                         : ACCOUNT_REFUSED,
                           0, e, "%s", "");
    return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_SIGNATURE, e,
                       "another root of version %" PRId64 " than the trusted one: one of the two "
                       "is not the repository's",
                       w->trusted);
}

/* Not asked for: older than the trusted root, or of its version. */
static int versioned(struct accounting *w, const struct repository_file *f, struct account_head *h,
                     struct err *e)
{
    struct root root = {0};
    bool own = false;
    int rc;

    if (h->env == NULL || root_read(envelope_object(h->env), &root, &h->why) != 0) {
        if (h->why.code == ERR_INTERNAL) {
            *e = h->why;
            return -1;
        }
        rc = h->why.code == ERR_IO || f->version == w->trusted
                 ? account_add(w->out, f->name, ACCOUNT_FAULT, h->why.code, e, "%s", h->why.what)
                 : stuck(w, f, h->why.what, e);
        envelope_free(h->env);
        h->env = NULL;
    } else if ((rc = reached(h->env, &root, &own, e)) != 0)
        ;
    else if (root.head.version != f->version)
        rc = account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                         "its name has version %" PRId64 ", it carries version %" PRId64,
                         f->version, root.head.version);
    else if (f->version == w->trusted)
        rc = of_trusted_version(w, f, h, e);
    else
        rc = own ? older(w, f, &root, e)
                 : stuck(w, f, "it is not signed by enough of its own keys", e);
    if (rc == 0 && f->version < w->trusted)
        remember(w, f, h);
    root_clear(&root);
    return rc;
}

/* The file of that version, under the name that clients ask for; NULL: there is none. */
static const struct repository_file *named_root(const struct accounting *w, int64_t version)
{
    for (size_t i = 0; i < repository_count(w->repo); i++) {
        const struct repository_file *f = repository_file(w->repo, i);

        if (f->version == version && version > 0 && !f->in_force &&
            f->history == repository_is_tree(w->repo) &&
            span_is(span_of(f->role, f->role_n), "root"))
            return f;
    }
    return NULL;
}

/* Is `h` byte for byte, in what is signed, the root of that version? */
static int same_signed(const struct accounting *w, const struct account_head *h,
                       const struct repository_file *of, bool *same, struct err *e)
{
    struct account_head other = {0};
    struct envelope *trusted = NULL;
    struct err ignored;

    *same = false;
    if (of != NULL) {
        if (account_head_read(w, of, &other, e) != 0)
            return -1;
        *same = other.env != NULL && span_eq(envelope_signed(other.env), envelope_signed(h->env));
        envelope_free(other.env);
    } else if (h->head.version == w->trusted &&
               envelope_read(w->trusted_text, "the trusted root", &trusted, &ignored) == 0) {
        *same = span_eq(envelope_signed(trusted), envelope_signed(h->env));
        envelope_free(trusted);
    }
    return 0;
}

/* "root.json": a copy of one of the chain, for people and for tuf-on-ci. */
static int unversioned(const struct accounting *w, const struct repository_file *f,
                       const struct account_head *h, struct err *e)
{
    const struct repository_file *of = named_root(w, h->head.version);
    bool same, tree = repository_is_tree(w->repo);

    if (same_signed(w, h, of, &same, e) != 0)
        return -1;
    if (same && (!tree || named_root(w, h->head.version + 1) == NULL))
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "a copy of root version %" PRId64 ", which clients ask for as %" PRId64
                           ".root.json",
                           h->head.version, h->head.version);
    if (same)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                           "it is version %" PRId64 ", and root_history has a newer one",
                           h->head.version);
    if (of != NULL)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_SIGNATURE, e,
                           "another root of version %" PRId64 " than '%s'", h->head.version,
                           of->name);
    if (h->head.version > w->last)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                           "a newer root, version %" PRId64 ", that no client asks for: %s",
                           h->head.version,
                           tree ? "root_history does not have it"
                                : "clients ask for it under a name with its version");
    return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                       "root version %" PRId64 "; clients ask for roots by their versions' names",
                       h->head.version);
}

int account_root_in_force(struct accounting *w, const struct repository_file *f, struct err *e)
{
    bool refused = w->report->rows[0].verdict == CLIENT_REFUSED, same = false;
    struct account_head h;
    int rc;

    if (account_head_read(w, f, &h, e) != 0)
        return -1;
    if (h.env == NULL)
        rc = account_add(w->out, f->name, ACCOUNT_FAULT, h.why.code, e, "%s", h.why.what);
    else if ((rc = same_signed(w, &h, NULL, &same, e)) == 0)
        rc = account_add(w->out, f->name,
                         !same     ? ACCOUNT_FAULT
                         : refused ? ACCOUNT_REFUSED
                                   : ACCOUNT_IN_FORCE,
                         ERR_SIGNATURE, e,
                         same ? "the trusted root"
                              : "another root of version %" PRId64 " than the trusted one: one of "
                                "the two is not the repository's",
                         w->trusted);
    envelope_free(h.env);
    return rc;
}

int account_root(struct accounting *w, const struct repository_file *f, struct err *e)
{
    struct account_head h;
    int rc;

    if (f->asked)
        return account_add(w->out, f->name,
                           f->version <= w->last ? ACCOUNT_ACCEPTED : ACCOUNT_REFUSED, 0, e, "%s",
                           "");
    if (f->version > w->last)
        return not_reached(w, f, e);
    if (account_head_read(w, f, &h, e) != 0)
        return -1;
    if (f->version > 0 && repository_is_tree(w->repo) && !f->history)
        rc = account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                         "roots are looked for in root_history");
    else if (f->version > 0)
        rc = versioned(w, f, &h, e);
    else
        rc = h.env != NULL
                 ? unversioned(w, f, &h, e)
                 : account_add(w->out, f->name, ACCOUNT_FAULT, h.why.code, e, "%s", h.why.what);
    envelope_free(h.env);
    return rc;
}
