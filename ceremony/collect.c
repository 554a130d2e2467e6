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

/* Is it known whose token this is? */
static bool is_somebodys(const struct session *s, const struct token_info *t)
{
    for (size_t k = 0; k < s->plan->nseats; k++)
        if (is_recorded(&s->seats[k].token, t))
            return true;
    for (size_t h = 0; h < s->plan->nholders; h++)
        if (is_named(s->plan->holders[h].token, t))
            return true;
    return false;
}

/* A key that the plan gives, and not on which token it is: the one token that is nobody else's. */
static int find_unnamed(const struct session *s, const struct token_list *l, size_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!is_somebodys(s, &l->items[i])) {
            *out = i;
            n++;
        }
    return n == 1;
}

/* The seat's token among those there. One behind the module that it was enrolled through goes
 * before others that say the same of themselves (opencryptoki's serials are all 123); that module
 * may lie elsewhere on this machine. */
static int find_of_seat(const struct seat_state *seat, const char *uri, const struct token_list *l,
                        size_t *out)
{
    size_t like = 0, same = 0, at = 0;

    for (size_t i = 0; i < l->n; i++) {
        bool recorded = is_recorded(&seat->token, &l->items[i]);
        bool here = recorded && strcmp(seat->token.module, l->items[i].id.module) == 0;

        if (!recorded && !(seat->from_file && is_named(uri, &l->items[i])))
            continue;
        if (same == 0 || here)
            at = i;
        like++;
        same += here;
    }
    if (like == 0)
        return 0;
    *out = at;
    return same == 1 || (same == 0 && like == 1) ? 1 : COLLECT_SEVERAL;
}

int collect_find_token(const struct session *s, size_t holder, const struct token_list *l,
                       size_t *out)
{
    const char *uri = s->plan->holders[holder].token;
    bool unnamed = false;
    int found = 0;

    for (size_t k = 0; k < s->plan->nseats && found == 0; k++) {
        if (s->plan->seats[k].holder != holder || !session_seat_owes(s, k))
            continue;
        unnamed = unnamed || (s->seats[k].from_file && uri == NULL);
        found = find_of_seat(&s->seats[k], uri, l, out);
    }
    if (found != 0)
        return found;
    return unnamed ? find_unnamed(s, l, out) : 0;
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

/* A token that shows no public keys is asked all the same. */
static bool is_on(const struct token_key_list *keys, const struct key *key)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->items[i].key == NULL || key_same_material(keys->items[i].key, key))
            return true;
    return false;
}

static size_t owed_here(const struct session *s, size_t holder, const struct token_key_list *keys)
{
    size_t n = 0;

    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < s->plan->nseats; k++)
            n += s->plan->seats[k].holder == holder && session_seat_signs(s, i, k) &&
                 !session_has_signed(s, i, k) && is_on(keys, s->seats[k].key);
    return n;
}

static int sign_all(struct ceremony *c, size_t holder, struct tokens *t,
                    const struct token_key_list *keys, const struct collect_watch *watch,
                    struct err *e)
{
    const struct session *s = ceremony_session(c);
    size_t owed = owed_here(s, holder, keys), done = 0;

    if (owed == 0) {
        err_set(e, ERR_TOKEN, "this token has no key with which '%s' signs",
                s->plan->holders[holder].name);
        return err_todo(e, "insert the token with the key that is asked for");
    }
    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < s->plan->nseats; k++) {
            if (s->plan->seats[k].holder != holder || !session_seat_signs(s, i, k) ||
                session_has_signed(s, i, k) || !is_on(keys, s->seats[k].key))
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

int collect_sign(struct ceremony *c, size_t holder, struct tokens *t,
                 const struct collect_watch *watch, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct token_key_list keys;
    int rc;

    if (session_owed(s, holder) == 0) {
        err_set(e, ERR_INCOMPLETE, "'%s' has nothing to sign", s->plan->holders[holder].name);
        return err_todo(e, "choose somebody who still owes a signature");
    }
    if (t->driver->keys(t->self, &keys, e) != 0)
        return -1;
    rc = sign_all(c, holder, t, &keys, watch, e);
    token_key_list_clear(&keys);
    return rc;
}
