/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/token_admin.h"

#include <string.h>

#include "ceremony/acts/act.h"
#include "tokens/kind.h"
#include "tokens/pin_new.h"

enum pin_owner token_admin_present(enum token_act what)
{
    return what == TOKEN_CHANGE_PIN ? PIN_OF_USER : PIN_OF_SO;
}

int token_admin_possible(const struct token_info *t, enum token_act what, struct err *e)
{
    enum pin_state state = token_admin_present(what) == PIN_OF_SO ? t->so_pin : t->pin;
    const char *so = token_pin_words(t, PIN_OF_SO);

    if (what == TOKEN_SET_UP && token_piv(t) != NULL) {
        err_set(e, ERR_TOKEN,
                "token '%s' is not set up here: that would destroy its keys, and leave the "
                "factory's PIN",
                t->id.label);
        return err_todo(e, "change its PIN (token-pin; 123456 from the factory) and its PUK "
                           "(token-pin --so; 12345678); nothing was done");
    }
    if (!t->initialised) {
        if (what == TOKEN_SET_UP)
            return 0;
        err_set(e, ERR_TOKEN, "the token with serial '%s' is new: it has no PINs yet",
                t->id.serial);
        return err_todo(e, "set it up first");
    }
    if (state == PIN_LOCKED && what == TOKEN_CHANGE_PIN) {
        err_set(e, ERR_PIN, "the PIN of token '%s' is locked", t->id.label);
        return err_todo(e, "unblock it with the %s", so);
    }
    if (state == PIN_LOCKED) {
        err_set(e, ERR_PIN, "the %s of token '%s' is locked", so, t->id.label);
        return err_todo(e, "use another token; this one can't be set up or unblocked any more");
    }
    if (state == PIN_UNSET && what == TOKEN_CHANGE_PIN) {
        err_set(e, ERR_PIN, "token '%s' has no PIN yet", t->id.label);
        return err_todo(e, "give it one with the %s (unblock)", so);
    }
    return 0;
}

int token_admin_allowed(const struct ceremony *c, const struct token_info *t, const struct owner *o,
                        enum token_act what, struct err *e)
{
    const struct session *s = ceremony_session(c);
    char serial[TOKEN_TEXT];
    const char *before = o->seat >= 0 ? owner_before(s, (size_t)o->seat, t, serial) : serial;

    if (s->closed) {
        err_set(e, ERR_INCOMPLETE, "the ceremony is closed: nothing is recorded in it any more");
        return err_todo(e, "leave its folder out");
    }
    if (before != serial && strcmp(before, t->id.module) != 0) {
        err_set(e, ERR_TOKEN, "the token with serial '%s' was recorded with module '%s'",
                t->id.serial, before);
        return err_todo(e, "use that module: its PINs are not for another one");
    }
    if (what != TOKEN_SET_UP || o->seat < 0)
        return 0;
    err_set(e, ERR_PLAN, "the token with serial '%s' holds the key of '%s'", t->id.serial,
            session_holder_name(s, (size_t)o->seat));
    return err_todo(e, "use another token; a key that was enrolled here can be taken back as long "
                       "as nothing is signed");
}

static bool differ(const struct secret *a, const struct secret *b)
{
    return a == NULL || b == NULL || !secret_eq(a, b);
}

int token_admin_check_new(const struct token_info *t, const struct token_admin_pins *pins,
                          struct err *e)
{
    if (pins->pin != NULL && pin_new_check(pins->pin, PIN_OF_USER, t, e) != 0)
        return -1;
    if (pins->so != NULL && pin_new_check(pins->so, PIN_OF_SO, t, e) != 0)
        return -1;
    if (differ(pins->present, pins->so) && differ(pins->present, pins->pin) &&
        differ(pins->so, pins->pin))
        return 0;
    err_set(e, ERR_PIN, "two of these PINs are the same");
    return err_todo(e, "choose a new PIN that is neither the old one nor the SO PIN");
}

#define PIN_NAME    " (UserPIN)" /* OpenSC writes it behind a label, and cuts the label to fit */
#define LABEL_STAYS 16           /* bytes of a label that are never cut off */

/* The label as it was given to the token. */
static void plain_label(const char *label, char out[TOKEN_TEXT])
{
    size_t n = strnlen(label, TOKEN_TEXT - 1), tail = strlen(PIN_NAME);

    if (n > tail && strcmp(label + n - tail, PIN_NAME) == 0)
        n -= tail;
    memcpy(out, label, n);
    out[n] = '\0';
}

static bool has_label(const struct token_info *before, const struct token_info *now,
                      const char *label, bool exactly)
{
    if (strcmp(before->id.module, now->id.module) != 0 || !now->initialised)
        return false;
    if (exactly)
        return strcmp(now->id.label, label) == 0;
    return strcmp(before->id.serial, now->id.serial) == 0 &&
           strncmp(now->id.label, label, strnlen(label, LABEL_STAYS)) == 0;
}

/* Setting up can change the serial, or how the label is shown: what has the label is the token, or
 * else what has the serial and the beginning of the label. */
static size_t find_set_up(const struct token_list *l, const struct token_info *before,
                          const char *label, struct token_info *after)
{
    size_t n = 0;

    for (int exactly = 1; exactly >= 0 && n == 0; exactly--)
        for (size_t i = 0; i < l->n; i++)
            if (has_label(before, &l->items[i], label, exactly == 1)) {
                *after = l->items[i];
                n++;
            }
    return n;
}

static int find_again(struct tokens *t, const struct token_info *before, const char *label,
                      struct token_info *after, struct err *e)
{
    struct token_list l;
    size_t n = 0;

    if (t->driver->list(t->self, &l, e) != 0)
        return -1;
    if (label != NULL)
        n = find_set_up(&l, before, label, after);
    for (size_t i = 0; label == NULL && i < l.n; i++)
        if (token_id_eq(&before->id, &l.items[i].id)) {
            *after = l.items[i];
            n++;
        }
    token_list_clear(&l);
    if (n == 1)
        return 0;
    err_set(e, ERR_TOKEN,
            n == 0 ? "the token is not to be seen after that"
                   : "several tokens look like this one after that");
    return err_todo(e, "take it out, put it back in alone, and look whether its new PIN works");
}

/* A label that another token in there has would name two. */
static int check_label(struct tokens *t, const struct token_info *token, const char *label,
                       struct err *e)
{
    struct token_list l;
    bool taken = false;

    if (t->driver->list(t->self, &l, e) != 0)
        return -1;
    for (size_t i = 0; i < l.n; i++)
        taken = taken || (l.items[i].initialised && strcmp(l.items[i].id.label, label) == 0 &&
                          !token_id_eq(&l.items[i].id, &token->id));
    token_list_clear(&l);
    if (!taken)
        return 0;
    err_set(e, ERR_TOKEN, "another token that is inserted has the label '%s'", label);
    return err_todo(e, "choose another label, or take the other token out");
}

/* A try with the PIN that must be right. */
static int prove(struct tokens *t, const struct token_info *token, const struct secret *pin,
                 struct err *e)
{
    enum pin_state state;
    struct err ignored;

    if (pin == NULL)
        return 0;
    if (t->driver->login(t->self, &token->id, pin, &state, e) != 0) {
        err_in(e, "trying the new PIN");
        return err_todo(
            e, "the token reported that it took the PIN, and now refuses it: do not use it");
    }
    (void)t->driver->logout(t->self, &ignored);
    return 0;
}

static int act(struct tokens *t, const struct token_info *token, enum token_act what,
               const char *label, const struct token_admin_pins *pins, struct err *e)
{
    const struct token_driver *d = t->driver;
    enum pin_state state;

    switch (what) {
    case TOKEN_SET_UP:
        if (token->initialised && t->driver->change_pin(t->self, &token->id, PIN_OF_SO,
                                                        pins->present, pins->so, &state, e) != 0)
            return -1;
        if (t->driver->initialise(t->self, &token->id, pins->so, label, pins->pin, e) == 0)
            return 0;
        return token->initialised ? err_in(e, "its SO PIN is the new one already") : -1;
    case TOKEN_CHANGE_PIN:
        return d->change_pin(t->self, &token->id, PIN_OF_USER, pins->present, pins->pin, &state, e);
    case TOKEN_UNBLOCK:
        return d->unblock(t->self, &token->id, pins->present, pins->pin, &state, e);
    case TOKEN_CHANGE_SO_PIN:
        return d->change_pin(t->self, &token->id, PIN_OF_SO, pins->present, pins->so, &state, e);
    case TOKEN_ACTS:
        break;
    }
    return err_set(e, ERR_INTERNAL, "no such act");
}

int token_admin_do(struct tokens *t, const struct token_info *token, enum token_act what,
                   const char *wanted, const struct token_admin_pins *pins,
                   struct token_info *after, struct err *e)
{
    char label[TOKEN_TEXT];

    *after = *token;
    plain_label(wanted != NULL ? wanted : "", label);
    if (token_admin_possible(token, what, e) != 0 || token_admin_check_new(token, pins, e) != 0 ||
        (what == TOKEN_SET_UP && check_label(t, token, label, e) != 0) ||
        act(t, token, what, label, pins, e) != 0)
        return -1;
    return find_again(t, token, what == TOKEN_SET_UP ? label : NULL, after, e) == 0
               ? prove(t, after, pins->pin, e)
               : -1;
}

int act_token_administered(struct ceremony *c, enum token_act what, const struct token_info *after,
                           long holder, struct err *e)
{
    cJSON *data = act_data("act", token_act_name(what), NULL);

    if (holder >= 0)
        data = act_add(data, "holder", cJSON_CreateString(ceremony_plan(c)->holders[holder].name));
    data = act_add(data, "token", act_token(after));
    if (act_take(c, EVENT_TOKEN_ADMINISTERED, data, e) == 0)
        return 0;
    err_in(e, "token '%s' was changed all the same (%s), and that is not recorded", after->id.label,
           token_act_words(what));
    return err_todo(e, "the new PIN holds: do not do it again; write it down by hand for the "
                       "transcript, and look why the folder can't be written");
}
