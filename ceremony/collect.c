/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/collect.h"

#include <string.h>

#include "tokens/uri.h"

static bool is_recorded(const struct seat_token *have, const struct token_info *t)
{
    return have->serial != NULL && strcmp(have->serial, t->id.serial) == 0 &&
           strcmp(have->model, t->model) == 0 && strcmp(have->label, t->id.label) == 0;
}

static bool is_named(const char *wanted, const struct token_info *t)
{
    struct token_uri *uri = NULL;
    struct err ignored;
    bool is;

    if (wanted == NULL || token_uri_parse(wanted, &uri, &ignored) != 0)
        return false;
    is = token_uri_matches(uri, t);
    token_uri_free(uri);
    return is;
}

int collect_find_token(const struct session *s, size_t holder, const struct token_list *l,
                       size_t *out)
{
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < s->plan->nseats; k++)
            if (s->plan->seats[k].holder == holder &&
                (is_recorded(&s->seats[k].token, &l->items[i]) ||
                 (s->seats[k].from_file &&
                  is_named(s->plan->holders[holder].token, &l->items[i])))) {
                *out = i;
                return 1;
            }
    return 0;
}

static int sign_one(struct ceremony *c, size_t proposal, size_t seat, struct tokens *t,
                    struct err *e)
{
    const struct session *s = ceremony_session(c);
    const struct proposal *p = &s->proposals[proposal];
    struct bytes sig;
    int rc = -1;

    bytes_init(&sig);
    if (t->driver->sign(t->self, s->seats[seat].key, envelope_signed(p->envelope), &sig, e) == 0)
        rc = act_signature(c, proposal, seat, bytes_span(&sig), e);
    bytes_clear(&sig);
    s = ceremony_session(c); /* a failed act folds a new one */
    if (rc != 0)
        err_in(e, "signing %s v%lld for keyholder '%s'", s->proposals[proposal].role,
               (long long)s->proposals[proposal].version, session_holder_name(s, seat));
    return rc;
}

int collect_sign(struct ceremony *c, size_t holder, struct tokens *t,
                 const struct collect_watch *watch, struct err *e)
{
    const struct session *s = ceremony_session(c);
    size_t owed = session_owed(s, holder), done = 0;

    if (owed == 0) {
        err_set(e, ERR_INCOMPLETE, "'%s' has nothing to sign", s->plan->holders[holder].name);
        return err_todo(e, "choose somebody who still owes a signature");
    }
    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < s->plan->nseats; k++) {
            if (s->plan->seats[k].holder != holder || !session_seat_signs(s, i, k) ||
                session_has_signed(s, i, k))
                continue;
            if (sign_one(c, i, k, t, e) != 0)
                return -1;
            s = ceremony_session(c);
            done++;
            if (watch != NULL && watch->done != NULL)
                watch->done(watch->self, done, owed, i);
        }
    return 0;
}
