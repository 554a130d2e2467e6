/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/owner.h"

#include <stdio.h>
#include <string.h>

#include "tokens/uri.h"

/* By what it says of itself, which any module can say. */
static bool is_called(const struct seat_token *have, const struct token_info *t)
{
    return have->serial != NULL && strcmp(have->serial, t->id.serial) == 0 &&
           strcmp(have->model, t->model) == 0 && strcmp(have->label, t->id.label) == 0;
}

static bool is_recorded(const struct seat_token *have, const struct token_info *t)
{
    return is_called(have, t) && strcmp(have->module, t->id.module) == 0;
}

/* A URI that can't be read names no token. */
static bool is_named(const struct plan_holder *h, const struct token_info *t)
{
    struct token_uri *uri = NULL;
    struct err ignored;
    bool is;

    if (h->token == NULL)
        return strcmp(h->token_is.serial, t->id.serial) == 0 &&
               (h->token_is.model == NULL || strcmp(h->token_is.model, t->model) == 0);
    if (token_uri_parse(h->token, &uri, &ignored) != 0)
        return false;
    is = token_uri_matches(uri, t);
    token_uri_free(uri);
    return is;
}

static bool has_key_in_force(const struct plan_holder *h, size_t role)
{
    return role < SIGNED_TYPES ? h->keyids[role] != NULL
                               : h->nheld > 0 || h->keyids[SIGNED_ROOT] != NULL ||
                                     h->keyids[SIGNED_TARGETS] != NULL;
}

/* Does the plan say on which token the seat's key is, or is to be made? Of somebody with a key in
 * force it names the token of that key, and a new key may be made on any. */
static bool plan_says(const struct session *s, size_t seat)
{
    const struct plan_seat *ps = &s->plan->seats[seat];
    const struct plan_holder *h = &s->plan->holders[ps->holder];

    return !ps->lost && (h->token != NULL || h->token_is.serial != NULL) &&
           (s->seats[seat].key != NULL || !has_key_in_force(h, ps->role));
}

enum bound owner_bound(const struct session *s, size_t seat, const struct token_info *t)
{
    const struct plan_seat *ps = &s->plan->seats[seat];

    if (s->seats[seat].token.serial != NULL)
        return is_recorded(&s->seats[seat].token, t) ? BOUND_RECORDED : BOUND_ELSEWHERE;
    if (!plan_says(s, seat))
        return BOUND_NOWHERE;
    return is_named(&s->plan->holders[ps->holder], t) ? BOUND_NAMED : BOUND_ELSEWHERE;
}

static bool is_wanted(const struct session *s, size_t holder, size_t seat, size_t k)
{
    return s->plan->seats[k].holder == holder &&
           (seat == OWNER_SIGNS ? session_seat_can_sign(s, k) : seat == k);
}

/* What is found of one side: the keyholder who is asked for, or all the others. */
struct side {
    enum bound bound; /* the strongest; BOUND_NOWHERE: none */
    size_t by_bound, by_key;
    bool shown;
};

static void add_evidence(struct side *side, size_t holder, enum bound bound, bool shown)
{
    if (bound > side->bound) {
        side->bound = bound;
        side->by_bound = holder;
    }
    if (shown && !side->shown) {
        side->shown = true;
        side->by_key = holder;
    }
}

static struct owner decide(const struct side *own, const struct side *others, bool shown,
                           bool elsewhere, bool shows_any)
{
    struct owner o = {.is = OWNER_UNTOLD,
                      .holder = own->by_bound,
                      .bound = BOUND_NOWHERE,
                      .elsewhere = elsewhere};

    if ((others->shown && !own->shown) || others->bound > own->bound) {
        bool by_key = others->shown && !own->shown;

        o.is = OWNER_ANOTHERS;
        o.holder = by_key ? others->by_key : others->by_bound;
        o.bound = by_key ? BOUND_NOWHERE : others->bound;
    } else if (own->bound > others->bound) {
        o.is = OWNER_THEIRS;
        o.bound = own->bound;
    } else if (own->bound > BOUND_NOWHERE) { /* the plan names it for several */
        o.is = own->shown && !others->shown ? OWNER_THEIRS : OWNER_UNTOLD;
    } else if (shown)
        o.is = elsewhere ? OWNER_COPY : OWNER_THEIRS;
    else if (shows_any)
        o.is = OWNER_NOBODYS;
    return o;
}

struct owner owner_of(const struct session *s, size_t holder, size_t seat,
                      const struct token_info *t, const struct token_key_list *shown)
{
    struct side own = {.bound = BOUND_NOWHERE, .by_bound = holder, .by_key = holder};
    struct side others = {.bound = BOUND_NOWHERE};
    bool enrols = seat != OWNER_SIGNS && s->seats[seat].key == NULL;
    bool elsewhere = false, nowhere = false, its_key = false, other_module = false;
    struct owner o;
    long on_it = -1;

    for (size_t k = 0; k < s->plan->nseats; k++) {
        size_t whose = s->plan->seats[k].holder;
        bool called = is_called(&s->seats[k].token, t);
        enum bound bound = called && whose != holder ? BOUND_RECORDED : owner_bound(s, k, t);
        bool has =
            shown != NULL && s->seats[k].key != NULL && token_key_list_has(shown, s->seats[k].key);

        if (s->seats[k].key != NULL && !s->seats[k].destroyed &&
            (has || called || bound > BOUND_NOWHERE))
            on_it = (long)k;
        other_module = other_module || (called && whose == holder && bound == BOUND_ELSEWHERE);
        if (whose != holder && enrols && s->plan->seats[k].leaving)
            continue; /* who leaves may hand the token on */
        add_evidence(whose == holder ? &own : &others, whose, bound, has);
        if (!is_wanted(s, holder, seat, k))
            continue;
        elsewhere = elsewhere || bound == BOUND_ELSEWHERE;
        nowhere = nowhere || bound != BOUND_ELSEWHERE;
        its_key = its_key || has || s->seats[k].key == NULL;
    }
    o = decide(&own, &others, own.shown && its_key, elsewhere && !nowhere,
               shown != NULL && shown->n > 0);
    o.seat = on_it;
    o.other_module = other_module;
    return o;
}

struct owner owner_read(const struct session *s, size_t holder, size_t seat, struct tokens *tokens,
                        const struct token_info *t)
{
    struct token_key_list shown = {0};
    struct owner o;
    struct err ignored;

    if (t->initialised && tokens->driver->public_keys(tokens->self, &t->id, &shown, &ignored) != 0)
        shown = (struct token_key_list){0};
    o = owner_of(s, holder, seat, t, &shown);
    token_key_list_clear(&shown);
    return o;
}

static int find_bound(const struct session *s, size_t seat, const struct token_list *l,
                      const struct owner *owners, size_t *out)
{
    int n = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (owner_bound(s, seat, &l->items[i]) <= BOUND_NOWHERE ||
            (owners != NULL && owners[i].is != OWNER_THEIRS))
            continue;
        *out = i;
        n++;
    }
    return n < 2 ? n : OWNER_SEVERAL;
}

/* By the key that it shows, where neither record nor plan says anything. */
static int find_shown(const struct token_list *l, const struct owner *owners, size_t *out)
{
    int n = 0;

    for (size_t i = 0; owners != NULL && i < l->n; i++)
        if (owners[i].is == OWNER_THEIRS && owners[i].bound == BOUND_NOWHERE &&
            !owners[i].elsewhere) {
            *out = i;
            n++;
        }
    return n < 2 ? n : OWNER_SEVERAL;
}

int owner_find(const struct session *s, size_t holder, size_t seat, const struct token_list *l,
               const struct owner *owners, size_t *out)
{
    int found = 0;

    for (size_t k = 0; k < s->plan->nseats && found == 0; k++)
        if (is_wanted(s, holder, seat, k))
            found = find_bound(s, k, l, owners, out);
    return found != 0 ? found : find_shown(l, owners, out);
}

bool owner_may_replace(size_t seat, const struct owner *o)
{
    return seat == OWNER_SIGNS && o->elsewhere && (o->is == OWNER_COPY || o->is == OWNER_UNTOLD);
}

void owner_wanted_serial(const struct session *s, size_t seat, char out[TOKEN_TEXT])
{
    const struct plan_holder *h = &s->plan->holders[s->plan->seats[seat].holder];
    const char *serial = s->seats[seat].token.serial;

    out[0] = '\0';
    if (serial == NULL && plan_says(s, seat)) {
        if (h->token != NULL)
            token_uri_serial(h->token, out);
        serial = out[0] == '\0' ? h->token_is.serial : NULL;
    }
    if (serial != NULL)
        snprintf(out, TOKEN_TEXT, "%s", serial);
}

void owner_put_wanted(const struct session *s, size_t holder, size_t seat, struct bytes *out)
{
    const char *bag = session_bag(s, holder);
    char serial[TOKEN_TEXT] = "";

    for (size_t k = 0; k < s->plan->nseats && serial[0] == '\0'; k++)
        if (is_wanted(s, holder, seat, k))
            owner_wanted_serial(s, k, serial);
    if (serial[0] != '\0')
        bytes_printf(out, "serial %s", serial);
    if (bag != NULL)
        bytes_printf(out, "%sbag %s", serial[0] != '\0' ? ", " : "", bag);
}

void owner_put(const struct session *s, const struct owner *o, struct bytes *out)
{
    if (o->is == OWNER_THEIRS && !o->other_module)
        bytes_put_str(out, o->elsewhere ? "yours, with another key" : "yours");
    else if (o->other_module)
        bytes_put_str(out, "calls itself yours, by another module");
    else if (o->is == OWNER_COPY)
        bytes_put_str(out, "not yours, but it shows your key");
    else if (o->is == OWNER_ANOTHERS)
        bytes_printf(out, "the token of %s", s->plan->holders[o->holder].name);
    else if (o->is == OWNER_NOBODYS)
        bytes_put_str(out, "of nobody in the plan");
}

static int refuse_anothers(const struct session *s, const struct owner *o,
                           const struct token_info *t, struct err *e)
{
    return err_set(e, ERR_TOKEN, "the token with serial %s is that of '%s': %s", t->id.serial,
                   s->plan->holders[o->holder].name,
                   o->bound == BOUND_RECORDED ? "it was recorded so"
                   : o->bound == BOUND_NAMED  ? "the plan names it so"
                                              : "it shows a key of theirs");
}

const char *owner_before(const struct session *s, size_t seat, const struct token_info *t,
                         char serial[TOKEN_TEXT])
{
    if (is_called(&s->seats[seat].token, t))
        return s->seats[seat].token.module;
    owner_wanted_serial(s, seat, serial);
    return serial;
}

/* Why it is not the token that is wanted. */
static void refuse_it(const struct owner *o, const struct token_info *t, const char *name,
                      struct err *e)
{
    if (o->other_module)
        err_set(e, ERR_TOKEN,
                "module '%s' shows a token with serial %s as that of '%s', which was recorded with "
                "another module",
                t->id.module, t->id.serial, name);
    else if (o->is == OWNER_COPY)
        err_set(e, ERR_TOKEN, "the token with serial %s has a copy of the key of '%s'",
                t->id.serial, name);
    else
        err_set(e, ERR_TOKEN, "the token with serial %s is not the one of '%s'", t->id.serial,
                name);
}

int owner_check(const struct session *s, size_t holder, size_t seat, const struct owner *o,
                const struct token_info *t, bool replaced, struct err *e)
{
    const char *name = s->plan->holders[holder].name;
    bool may = owner_may_replace(seat, o);
    struct bytes wanted = {0};

    if (o->is != OWNER_ANOTHERS && ((!o->elsewhere && !o->other_module) || (replaced && may)))
        return 0;
    owner_put_wanted(s, holder, seat, &wanted);
    if (o->is == OWNER_ANOTHERS)
        refuse_anothers(s, o, t, e);
    else
        refuse_it(o, t, name, e);
    err_in(e, "before the PIN of keyholder '%s', rule '%s'", name,
           o->is == OWNER_ANOTHERS ? "same-token"
           : o->other_module       ? "other-module"
                                   : "other-token");
    err_todo(e, "insert the token of '%s'%s%s%s", name, wanted.n > 0 ? ": " : "",
             bytes_str(&wanted),
             !may              ? ""
             : o->other_module ? "; or, when the room decides that this module may have its PIN, "
                                 "add --other-module"
                               : "; or, when the room decides that its backup replaces it, add "
                                 "--replaced-by-backup");
    bytes_clear(&wanted);
    return -1;
}
