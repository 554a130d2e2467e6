/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/publication/preview.h"

#include "ceremony/session/session_fold.h"

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
