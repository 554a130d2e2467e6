/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/review/client_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/base/plain.h"

/* A role that belongs to a role template of the plan. */
struct instance {
    const char *name;
    size_t template; /* index into plan.roles */
    bool seen;       /* a role can be delegated to by several others: it is counted once */
};

/* What the client saw of a role template. */
struct template_seen {
    size_t here, missing;
    unsigned valid, threshold; /* the fewest; the most */
    utc_t expires;             /* the earliest */
    bool said;
};

struct words {
    const struct plan *plan;
    const struct publication *files;
    struct instance *instances; /* by name */
    size_t n;
    struct template_seen *templates; /* by plan.roles */
};

static struct instance *instance_find(const struct words *w, const char *name)
{
    return array_find(w->instances, w->n, sizeof *w->instances, name);
}

static int index_instances(struct words *w, struct err *e)
{
    const struct plan *plan = w->plan;
    size_t n = 0;

    for (size_t i = 0; i < plan->nroles; i++)
        n += plan->roles[i].ninstances > 1 ? plan->roles[i].ninstances : 0;
    w->instances = calloc(n + 1, sizeof *w->instances);
    w->templates = calloc(plan->nroles + 1, sizeof *w->templates);
    if (w->instances == NULL || w->templates == NULL)
        return err_oom(e);
    for (size_t i = 0; i < plan->nroles; i++)
        for (size_t k = 0; plan->roles[i].ninstances > 1 && k < plan->roles[i].ninstances; k++)
            w->instances[w->n++] = (struct instance){plan->roles[i].instances[k], i, false};
    array_sort(w->instances, w->n, sizeof *w->instances);
    return 0;
}

static void count(struct words *w, const struct client_row *r)
{
    struct instance *m = instance_find(w, r->role);
    struct template_seen *f;

    if (m == NULL || m->seen)
        return;
    m->seen = true;
    f = &w->templates[m->template];
    if (r->verdict == CLIENT_ABSENT) {
        f->missing++;
        return;
    }
    if (f->here == 0 || r->valid < f->valid)
        f->valid = r->valid;
    if (f->here == 0 || r->threshold > f->threshold)
        f->threshold = r->threshold;
    if (f->here == 0 || r->expires < f->expires)
        f->expires = r->expires;
    f->here++;
}

/* Why a file, or each of a role template, is not here. */
static const char *absence(const struct publication *files, const char *role, bool template)
{
    const struct fitting *file = publication_find(files, role);

    if (file == NULL && (strcmp(role, "snapshot") == 0 || strcmp(role, "timestamp") == 0))
        return "the online side makes it";
    if (file == NULL) /* the online side, or a project's developers */
        return template ? "who holds their keys makes them" : "who holds its keys makes it";
    if (file->fit == FIT_ANEW)
        return template ? "they must be made anew" : "it must be made anew";
    return template ? "they were not given, and not looked at"
                    : "it was not given, and not looked at";
}

void client_row_words(const struct client_row *r, const struct publication *files,
                      struct bytes *out)
{
    if (r->verdict == CLIENT_ABSENT) {
        bytes_put_str(out, "--  ");
        plain_put_str(out, r->role);
        bytes_printf(out, " is not here: %s", absence(files, r->role, false));
        return;
    }
    bytes_put_str(out, "ok  ");
    plain_put_str(out, r->role);
    bytes_printf(out, ", version %" PRId64 ", %u signatures, %u needed, until %s", r->version,
                 r->valid, r->threshold, utc_text(r->expires).day);
}

static void put_template(const struct words *w, size_t template, struct bytes *out)
{
    const struct template_seen *f = &w->templates[template];

    bytes_put_str(out, f->here > 0 ? "ok  " : "--  ");
    plain_put_str(out, w->plan->roles[template].name);
    if (f->here == 0) {
        bytes_printf(out, ": none of %zu file%s is here: %s", f->missing,
                     f->missing == 1 ? "" : "s",
                     absence(w->files, w->plan->roles[template].instances[0], true));
        return;
    }
    bytes_printf(out,
                 ": %zu file%s, all accepted, %u signatures or more on each, %u needed, the first "
                 "until %s",
                 f->here, f->here == 1 ? "" : "s", f->valid, f->threshold,
                 utc_text(f->expires).day);
}

/* Of a role template that is here in part, each missing file is named. */
static void put_row(struct words *w, const struct client_row *r, struct bytes *out)
{
    const struct instance *m = instance_find(w, r->role);
    struct template_seen *f = m != NULL ? &w->templates[m->template] : NULL;

    if (f == NULL || (r->verdict == CLIENT_ABSENT && f->here > 0)) {
        client_row_words(r, w->files, out);
    } else if (!f->said) {
        f->said = true;
        put_template(w, m->template, out);
    } else
        return;
    bytes_put_u8(out, '\n');
}

bool client_row_delegated(const struct client_row *r)
{
    for (int type = 0; type < SIGNED_TYPES; type++)
        if (strcmp(r->role, signed_type_name((enum signed_type)type)) == 0)
            return false;
    return true;
}

int client_delegated_words(const struct plan *plan, const struct client_report *report,
                           const struct publication *files, struct lines *out, struct err *e)
{
    struct words w = {.plan = plan, .files = files};
    struct bytes text = {0};
    int rc = index_instances(&w, e);

    for (size_t i = 0; rc == 0 && i < report->n; i++)
        count(&w, &report->rows[i]);
    for (int here = 0; rc == 0 && here < 2; here++)
        for (size_t i = 0; i < report->n; i++)
            if (client_row_delegated(&report->rows[i]) &&
                (report->rows[i].verdict != CLIENT_ABSENT) == (here == 1))
                put_row(&w, &report->rows[i], &text);
    if (rc == 0)
        rc = lines_add_text(out, &text, e);
    bytes_clear(&text);
    free(w.instances);
    free(w.templates);
    return rc;
}
