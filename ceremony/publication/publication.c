/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/publication/publication.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/publication/preview.h"
#include "ceremony/session/session_fold.h"
#include "metadata/base/array.h"
#include "metadata/base/plain.h"

void publication_clear(struct publication *p)
{
    free(p->files);
    pool_clear(&p->memory);
    *p = (struct publication){0};
}

static int by_role_and_fit(const void *a, const void *b)
{
    const struct fitting *x = a, *y = b;
    int order = strcmp(x->role, y->role);

    if (order == 0) /* what is refused first */
        order = (int)y->stolen - (int)x->stolen;
    return order != 0 ? order : (int)x->fit - (int)y->fit;
}

int publication_add(struct publication *p, const struct fitting *file, struct err *e)
{
    struct fitting copy = *file;

    if (array_grow(&p->files, p->n, sizeof *p->files, e) != 0)
        return -1;
    copy.role = pool_str(&p->memory, span_str(file->role));
    copy.why = pool_str(&p->memory, span_str(file->why != NULL ? file->why : ""));
    if (copy.role == NULL || copy.why == NULL)
        return err_oom(e);
    p->files[p->n++] = copy;
    return 0;
}

void publication_settle(struct publication *p)
{
    size_t n = 0;

    if (p->n > 0)
        qsort(p->files, p->n, sizeof *p->files, by_role_and_fit);
    for (size_t i = 0; i < p->n; i++)
        if (n == 0 || strcmp(p->files[n - 1].role, p->files[i].role) != 0)
            p->files[n++] = p->files[i];
    p->n = n;
}

const struct fitting *publication_find(const struct publication *p, const char *role)
{
    return array_find(p->files, p->n, sizeof *p->files, role);
}

static bool alike(const struct fitting *a, const struct fitting *b)
{
    return a->fit == b->fit && a->online == b->online && a->stolen == b->stolen &&
           strcmp(a->why, b->why) == 0;
}

#define NAMED 8 /* of a group's files */

size_t publication_group(const struct publication *p, size_t from, struct bytes *out)
{
    const struct fitting *first = &p->files[from];
    size_t n = 1, named;

    while (from + n < p->n && alike(first, &p->files[from + n]))
        n++;
    named = n > NAMED ? NAMED : n;
    for (size_t i = 0; i < named; i++) {
        bytes_put_str(out, i == 0 ? "" : i + 1 == n ? " and " : ", ");
        plain_put_str(out, p->files[from + i].role);
    }
    if (n > named)
        bytes_printf(out, " and %zu more", n - named);
    if (n == 1 && first->version > 0)
        bytes_printf(out, " v%" PRId64, first->version);
    return n;
}

/* The files of one kind, one group a line, below a heading. */
static void put_files(const struct publication *p, enum fit fit, bool online, const char *heading,
                      struct bytes *out)
{
    struct bytes group = {0};

    for (size_t i = 0; i < p->n;) {
        const struct fitting *file = &p->files[i];

        i += publication_group(p, i, &group);
        if (file->fit == fit && file->online == online) {
            bytes_printf(out, "%s  %s: ", heading, bytes_str(&group));
            heading = "";
            plain_put_str(out, file->why);
            bytes_put_u8(out, '\n');
        }
        bytes_clear(&group);
    }
}

void publication_words(const struct publication *p, struct bytes *out)
{
    bool any = false;

    put_files(p, FIT_ANEW, true, "The online side must make anew, to publish with it:\n", out);
    put_files(p, FIT_ANEW, false, "Their own keyholders must sign anew, to publish with it:\n",
              out);
    put_files(p, FIT_TRUSTS, false, "These stay as they are:\n", out);
    for (size_t i = 0; i < p->n;) {
        bool unseen = p->files[i].fit == FIT_UNSEEN;
        struct bytes group = {0};

        i += publication_group(p, i, &group);
        if (unseen)
            bytes_printf(out, "%s%s",
                         any ? ", " : "Not given, and so not looked at: ", bytes_str(&group));
        any = any || unseen;
        bytes_clear(&group);
    }
    if (any)
        bytes_put_u8(out, '\n');
}

void publication_json(const struct publication *p, cJSON *tree)
{
    cJSON *anew = cJSON_AddArrayToObject(tree, "make_anew");
    cJSON *unseen = cJSON_AddArrayToObject(tree, "not_looked_at");

    for (size_t i = 0; i < p->n;) {
        const struct fitting *file = &p->files[i];
        struct bytes text = {0};

        i += publication_group(p, i, &text);
        if (file->fit == FIT_ANEW)
            bytes_printf(&text, ": %s", file->why);
        if (file->fit == FIT_ANEW || file->fit == FIT_UNSEEN)
            cJSON_AddItemToArray(file->fit == FIT_ANEW ? anew : unseen,
                                 cJSON_CreateString(bytes_str(&text)));
        bytes_clear(&text);
    }
}

/* As long as a PEM of the longest keys is, so that the file is not said to be shorter. */
#define LENGTH 800

static int stand_in(size_t seat, struct key **out, struct err *e)
{
    char public[LENGTH + 1];
    struct json_doc *doc;
    struct bytes text = {0};
    int rc;

    snprintf(public, sizeof public, "%0*zu", LENGTH, seat);
    json_begin(&text, NULL, '{');
    json_add_text(&text, "keytype", "to be enrolled");
    json_begin(&text, "keyval", '{');
    json_add_text(&text, "public", public);
    json_end(&text, '}');
    json_add_text(&text, "scheme", "to be enrolled");
    json_end(&text, '}');
    rc = bytes_failed(&text)
             ? err_oom(e)
             : json_doc_read(bytes_span(&text), "a key to be enrolled", JSON_TEXT, &doc, e);
    if (rc == 0) {
        rc = key_from_json(json_root(doc), out, e);
        json_doc_free(doc);
    }
    bytes_clear(&text);
    return rc;
}

int session_preview(const struct plan *p, utc_t date, struct session **out, struct err *e)
{
    struct session *s = NULL;
    int rc = session_new(p, &s, e);

    *out = NULL;
    for (size_t i = 0; rc == 0 && i < p->nseats; i++)
        if (s->seats[i].key == NULL)
            rc = stand_in(i, &s->seats[i].key, e);
    if (rc == 0) {
        s->plan_accepted = s->date_confirmed = true;
        s->date = s->today = date;
        rc = session_propose(s, e);
    }
    if (rc == 0)
        *out = s;
    else
        session_free(s);
    return rc;
}
