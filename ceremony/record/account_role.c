/* SPDX-License-Identifier: Apache-2.0 */
/* Files of roles other than root, and what a file says of itself. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/account_part.h"
#include "metadata/base/array.h"

int account_head_read(const struct accounting *w, const struct repository_file *f,
                      struct account_head *out, struct err *e)
{
    struct store *s = repository_store(w->repo);
    struct bytes text = {0};
    int found;

    *out = (struct account_head){0};
    err_clear(&out->why);
    found = s->ops->read(s->self, f->name, STORE_MAX_FILE, &text, &out->why);
    if (found == 0)
        err_set(&out->why, ERR_IO, "it went away while it was looked at");
    if (found > 0 && envelope_take(&text, f->name, &out->env, &out->why) == 0 &&
        signed_head_read(envelope_object(out->env), &out->head, &out->why) != 0) {
        envelope_free(out->env);
        out->env = NULL;
    }
    bytes_clear(&text);
    if (out->env != NULL || out->why.code != ERR_INTERNAL)
        return 0;
    *e = out->why;
    return -1;
}

/* What the client said of the role that the file's name says, in either layout. */
static int role_find(const struct accounting *w, const struct repository_file *f,
                     const struct looked_at **out, struct err *e)
{
    struct bytes name = {0};
    int rc;

    *out = NULL;
    bytes_put(&name, f->role, f->role_n);
    if (!bytes_failed(&name))
        *out = array_find(w->roles, w->nroles, sizeof *w->roles, bytes_str(&name));
    if (*out == NULL && memchr(f->role, '%', f->role_n) != NULL) {
        bytes_truncate(&name, 0);
        file_name_decode(span_of(f->role, f->role_n), &name);
        if (!bytes_failed(&name))
            *out = array_find(w->roles, w->nroles, sizeof *w->roles, bytes_str(&name));
    }
    rc = bytes_failed(&name) ? err_oom(e) : 0;
    bytes_clear(&name);
    return rc;
}

static int asked(struct accounting *w, const struct repository_file *f,
                 const struct looked_at *role, struct err *e)
{
    bool refused = role == NULL || role->row->verdict == CLIENT_REFUSED;

    if (!refused && f->in_force)
        return account_add(w->out, f->name, ACCOUNT_IN_FORCE, 0, e, "a client took '%s' from here",
                           role->role);
    if (!refused && !span_is(span_of(f->role, f->role_n), role->role))
        w->out->encoded++;
    return account_add(w->out, f->name, refused ? ACCOUNT_REFUSED : ACCOUNT_ACCEPTED, 0, e, "%s",
                       "");
}

/* A role that nobody delegates to, as far as the client came. */
static int stranger(struct accounting *w, const struct repository_file *f,
                    const struct account_head *h, struct err *e)
{
    if (w->report->err.code != ERR_NONE)
        return account_add(w->out, f->name, ACCOUNT_UNSEEN, 0, e, "something above was refused");
    if (h->env == NULL)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e, "no metadata: %s", h->why.what);
    return account_add(w->out, f->name, ACCOUNT_UNASKED, w->bundle ? ERR_INCOMPLETE : 0, e,
                       "nobody whose file was accepted delegates to '%.*s'", (int)f->role_n,
                       f->role);
}

/* Two files of one version that say different things. */
static int is_fork(const struct client_row *row, const struct account_head *h, bool *out,
                   struct err *e)
{
    char hex[SHA256_HEX_SIZE];

    *out = false;
    if (row->version != h->head.version || row->sha256[0] == '\0')
        return 0;
    if (sha256_hex(envelope_signed(h->env), hex) != 0)
        return err_oom(e);
    *out = strcmp(hex, row->sha256) != 0;
    return 0;
}

/* Another version, or another layout, of a role that was looked at. */
static int other(struct accounting *w, const struct repository_file *f,
                 const struct looked_at *role, const struct account_head *h, struct err *e)
{
    const struct client_row *row = role->row;
    bool fork;

    if (is_fork(row, h, &fork, e) != 0)
        return -1;
    if (fork)
        return account_add(w->out, f->name, ACCOUNT_FAULT, ERR_SIGNATURE, e,
                           "another '%s' of version %" PRId64 " than the one that clients get",
                           role->role, h->head.version);
    if (row->verdict == CLIENT_ABSENT || row->err.code == ERR_INCOMPLETE)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "version %" PRId64 " of '%s'; no client asks for it under this name",
                           h->head.version, role->role);
    if (row->verdict == CLIENT_REFUSED)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "version %" PRId64 " of '%s'; clients ask for what was refused",
                           h->head.version, role->role);
    if (h->head.version < row->version)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "superseded by version %" PRId64 "; its signatures were not looked at",
                           row->version);
    if (h->head.version > row->version)
        return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                           "version %" PRId64 " is newer than what clients are led to, version "
                           "%" PRId64 "; its signatures were not looked at",
                           h->head.version, row->version);
    return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e,
                       "a copy of version %" PRId64 "; clients ask for it by another name",
                       row->version);
}

int account_role(struct accounting *w, const struct repository_file *f, struct err *e)
{
    const struct looked_at *role;
    struct account_head h;
    int rc;

    if (role_find(w, f, &role, e) != 0)
        return -1;
    if (f->asked)
        return asked(w, f, role, e);
    if (account_head_read(w, f, &h, e) != 0)
        return -1;
    if (h.env == NULL && (role != NULL || h.why.code == ERR_IO))
        rc = account_add(w->out, f->name, ACCOUNT_FAULT, h.why.code, e, "%s", h.why.what);
    else if (role == NULL)
        rc = stranger(w, f, &h, e);
    else if (f->version > 0 && h.head.version != f->version)
        rc = account_add(w->out, f->name, ACCOUNT_FAULT, ERR_VERSION, e,
                         "its name has version %" PRId64 ", it carries version %" PRId64,
                         f->version, h.head.version);
    else
        rc = other(w, f, role, &h, e);
    envelope_free(h.env);
    return rc;
}
