/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/client/client_walk.h"
#include "metadata/private_key.h"

static void row_clear(struct client_row *row)
{
    for (size_t i = 0; i < row->nsigners; i++)
        free(row->signers[i]);
    free(row->signers);
    free(row->role);
    free(row->note);
}

void client_report_clear(struct client_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        row_clear(&r->rows[i]);
    free(r->rows);
    stock_verdicts_clear(&r->stock);
    *r = (struct client_report){0};
}

struct client_row *client_row_new(struct client_report *r, const char *role, struct err *e)
{
    struct client_row *row;

    if (array_grow(&r->rows, r->n, sizeof *r->rows, e) != 0)
        return NULL;
    row = &r->rows[r->n];
    *row = (struct client_row){.role = strdup(role)};
    if (row->role == NULL) {
        err_oom(e);
        return NULL;
    }
    r->n++;
    return row;
}

void client_row_drop(struct client_report *r)
{
    row_clear(&r->rows[--r->n]);
}

int client_refuse(struct client_report *r, struct client_row *row, const struct err *why)
{
    row->verdict = CLIENT_REFUSED;
    row->err = *why;
    if (r->err.code == ERR_NONE)
        r->err = *why;
    return 0;
}

int client_note(struct client_row *row, struct err *e, const char *fmt, ...)
{
    struct bytes text = {0};
    char line[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (row->note != NULL)
        bytes_printf(&text, "%s; ", row->note);
    bytes_put_str(&text, line);
    free(row->note);
    row->note = bytes_take_str(&text);
    return row->note != NULL ? 0 : err_oom(e);
}

/* An error of the file's making refuses the row; any other ends the work. */
static int judged(struct client_walk *w, struct client_row *row, const struct err *why,
                  struct err *e)
{
    if (why->code == ERR_INTERNAL || why->code == ERR_IO) {
        *e = *why;
        return -1;
    }
    return client_refuse(w->report, row, why);
}

int client_parse(struct client_walk *w, struct client_row *row, struct bytes *text,
                 const char *name, struct envelope **out, struct err *e)
{
    struct err why;

    err_clear(&why);
    if (envelope_take_any(text, name, out, &why) != 0)
        return judged(w, row, &why, e);
    if (w->report->secret.code == ERR_NONE)
        (void)envelope_secret(*out, &w->report->secret);
    if (private_key_empty(envelope_file(*out)))
        return client_note(row, e, "'keyval.private' is there and empty, as old tools wrote it");
    return 0;
}

static int signers_copy(struct client_row *row, const struct tally *t, struct err *e)
{
    if ((row->signers = calloc(t->n + 1, sizeof *row->signers)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < t->n; i++) {
        if ((row->signers[i] = strdup(t->keyids[i])) == NULL)
            return err_oom(e);
        row->nsigners++;
    }
    return 0;
}

/* Real roots have keys under wrong ids, and roles that name keys which are not there. */
static int key_notes(struct client_row *row, const struct role *role, const struct keyring *keys,
                     struct err *e)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        if (entry == NULL &&
            client_note(row, e, "key '%.8s' is listed but not there", role->keyids[i]) != 0)
            return -1;
        if (entry != NULL && entry->id_mismatch &&
            client_note(row, e, "the id '%.8s' is not its key's hash", role->keyids[i]) != 0)
            return -1;
    }
    return 0;
}

int client_threshold(struct client_walk *w, struct client_row *row, const struct envelope *env,
                     const struct role *role, const struct keyring *keys, bool *reached,
                     struct err *e)
{
    struct tally t;
    struct err why;
    int rc = 0;

    *reached = false;
    if (envelope_tally(env, role, keys, &t, e) != 0)
        return -1;
    row->threshold = t.threshold;
    row->valid = t.valid;
    *reached = tally_reached(&t);
    if (*reached && client_rules_signed(&w->report->stock, env, role, keys, &t, e) != 0)
        rc = -1;
    else if (signers_copy(row, &t, e) != 0 || key_notes(row, role, keys, e) != 0)
        rc = -1;
    else if (t.bad > 0 && client_note(row, e, "%u signature%s not verify", t.bad,
                                      t.bad == 1 ? " does" : "s do") != 0)
        rc = -1;
    else if (t.pending > 0 &&
             client_note(row, e, "%u signature%s pending", t.pending, t.pending == 1 ? "" : "s"))
        rc = -1;
    else if (t.unchecked > 0 &&
             client_note(row, e, "%u signature%s by scheme '%.64s', which this program can't check",
                         t.unchecked, t.unchecked == 1 ? " is" : "s are", t.scheme) != 0)
        rc = -1;
    else if (!*reached) {
        tally_refuse(&t, role->name, &why);
        err_in(&why, "%s", envelope_name(env));
        client_refuse(w->report, row, &why);
    }
    tally_clear(&t);
    return rc;
}

int client_head(struct client_walk *w, struct client_row *row, const struct signed_head *head,
                const struct envelope *env, bool *ok, struct err *e)
{
    struct err why;
    char at[UTC_SIZE];

    row->version = head->version;
    row->expires = head->expires;
    *ok = head->expires > w->now;
    if (sha256_hex(envelope_signed(env), row->sha256) != 0)
        return err_oom(e);
    if (*ok)
        return 0;
    utc_format(head->expires, at);
    err_set(&why, ERR_EXPIRED, "'%s' version %" PRId64 " expired at %s", row->role, head->version,
            at);
    err_in(&why, "%s", envelope_name(env));
    err_todo(&why, "check the date that was given; if it is right, the role must be signed anew");
    return client_refuse(w->report, row, &why);
}

int client_listed(struct client_walk *w, struct client_row *row, const struct file_meta *listed,
                  struct span text, bool *ok, struct err *e)
{
    struct err why;

    *ok = true;
    if (listed == NULL)
        return 0;
    err_clear(&why);
    if (listed->length >= 0 && (uint64_t)listed->length != text.n)
        err_set(&why, ERR_SIGNATURE, "'%s' has %zu bytes, %" PRId64 " are listed", row->role,
                text.n, listed->length);
    else if (file_meta_hashes(listed, text, &why) == 0)
        return 0;
    else if (why.code == ERR_INTERNAL) {
        *e = why;
        return -1;
    } else
        err_in(&why, "the file of '%s'", row->role);
    *ok = false;
    err_todo(&why, "the file is not the one that was published; fetch it again");
    return client_refuse(w->report, row, &why);
}

bool client_version_fits(const struct client_row *row, const struct signed_head *head,
                         const struct file_meta *listed, int64_t named, struct err *why)
{
    if (listed != NULL && head->version != listed->version)
        err_set(why, ERR_VERSION, "'%s' carries version %" PRId64 ", %" PRId64 " is listed",
                row->role, head->version, listed->version);
    else if (named > 0 && head->version != named)
        err_set(why, ERR_VERSION, "'%s' carries version %" PRId64 ", its file's name %" PRId64,
                row->role, head->version, named);
    else
        return true;
    err_todo(why, "a file name and the version inside it must agree; do not use this file");
    return false;
}
