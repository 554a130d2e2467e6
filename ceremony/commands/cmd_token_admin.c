/* SPDX-License-Identifier: Apache-2.0 */
/* token-init, token-pin and token-unblock: which token, which PINs, the act, and its record. */
#include <string.h>

#include "ceremony/acts/token_admin.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/cli/pin.h"
#include "tokens/kind.h"

struct pins {
    struct secret *present, *so, *pin;
};

static void pins_clear(struct pins *p)
{
    secret_free(p->present);
    secret_free(p->so);
    secret_free(p->pin);
}

/* What is on an initialised token is gone afterwards: whoever wants that names it. */
static int may_destroy(const struct invocation *in, const struct token_info *t, struct err *e)
{
    const char *named = in_value(in, "destroy");
    const char *word = t->id.serial[0] != '\0' ? t->id.serial : t->id.label;

    if (named != NULL && strcmp(named, word) == 0)
        return 0;
    if (named == NULL)
        return context_confirm(
            "Everything on this token will be destroyed, its keys with it. To do "
            "it, type its serial number",
            word, e);
    err_set(e, ERR_USAGE, "'%s' is not the serial number of the token that is inserted", named);
    return err_todo(e, "look which token that is with 'tuf-ceremony tokens'; nothing was done");
}

static int check_tries(const struct invocation *in, const struct token_info *t, enum token_act what,
                       struct err *e)
{
    bool so = token_admin_present(what) == PIN_OF_SO;

    if (token_admin_possible(t, what, e) != 0)
        return -1;
    if (!t->initialised || (so ? t->so_pin : t->pin) != PIN_LAST_TRY || in_has(in, "last-try"))
        return 0;
    err_set(e, ERR_PIN, "token '%s' has one try left: a wrong %s locks it", t->id.label,
            token_pin_words(t, token_admin_present(what)));
    return err_todo(e, "be sure of it, then add --last-try");
}

static int read_present(const struct invocation *in, const struct token_info *t,
                        enum token_act what, struct secret **out, struct err *e)
{
    bool so = token_admin_present(what) == PIN_OF_SO;
    struct bytes question = {0};
    int rc;

    if (so)
        bytes_printf(&question, "The %s of ", token_pin_words(t, PIN_OF_SO));
    else
        bytes_put_str(&question, "The PIN that holds now of ");
    token_words(t, &question);
    bytes_printf(&question, " (%s)", pin_state_words(so ? t->so_pin : t->pin));
    rc = so ? pin_ask(in_value(in, "so-pin-source"), memory_text(&question), out, e)
            : pin_present(in, memory_text(&question), out, e);
    bytes_clear(&question);
    return rc;
}

/* A PIN pad asks for all of them itself. */
static int read_pins(const struct invocation *in, const struct token_info *t, enum token_act what,
                     struct pins *p, struct err *e)
{
    bool present = what != TOKEN_SET_UP || t->initialised;
    bool so = what == TOKEN_SET_UP || what == TOKEN_CHANGE_SO_PIN;

    if (t->pin_pad)
        return 0;
    if (present && read_present(in, t, what, &p->present, e) != 0)
        return -1;
    if (so && pin_made(in, "new-so-pin-source", token_piv(t) != NULL ? "new PUK" : "new SO PIN", t,
                       PIN_OF_SO, &p->so, e) != 0)
        return -1;
    return what == TOKEN_CHANGE_SO_PIN
               ? 0
               : pin_made(in, "new-pin-source", "new PIN", t, PIN_OF_USER, &p->pin, e);
}

static int answer(const struct invocation *in, enum token_act what, const struct token_info *after,
                  struct err *e)
{
    struct bytes words = {0};
    int rc;

    token_words(after, &words);
    rc = out_recorded(in_has(in, "json"), e, "%s: %s", memory_text(&words), token_act_words(what));
    bytes_clear(&words);
    return rc;
}

static int allowed(const struct context *d, const struct token_info *t, enum token_act what,
                   struct err *e)
{
    struct owner o;

    if (d->c == NULL)
        return 0;
    o = owner_read(ceremony_session(d->c), 0, 0, d->t, t);
    return token_admin_allowed(d->c, t, &o, what, e);
}

static int do_it(struct context *d, const struct invocation *in, enum token_act what,
                 const struct token_info *t, struct err *e)
{
    const char *label = in_value(in, "label");
    struct token_info after;
    struct pins p = {0};
    int rc = -1;

    if (label == NULL)
        label = t->id.label;
    if (what == TOKEN_SET_UP && label[0] == '\0') {
        err_set(e, ERR_USAGE, "a new token needs a label");
        return err_todo(e, "give it one: --label 'root 4'");
    }
    if (check_tries(in, t, what, e) == 0 && allowed(d, t, what, e) == 0 &&
        (d->c == NULL || context_ready(d, e) == 0) &&
        (what != TOKEN_SET_UP || !t->initialised || may_destroy(in, t, e) == 0) &&
        read_pins(in, t, what, &p, e) == 0) {
        const struct token_admin_pins pins = {p.present, p.so, p.pin};

        rc = token_admin_check_new(t, &pins, e);
        if (rc == 0 && (rc = token_admin_do(d->t, t, what, label, &pins, &after, e)) != 0 &&
            d->c != NULL)
            rc = act_pin_refused(d->c, t, -1, e);
    }
    pins_clear(&p);
    if (rc == 0 && d->c != NULL)
        rc = act_token_administered(d->c, what, &after, -1, e);
    return rc == 0 ? answer(in, what, &after, e) : -1;
}

/* `in` has at most one argument: the ceremony's folder. */
static int administer(const struct invocation *in, enum token_act what, struct err *e)
{
    struct context d = {0};
    struct token_info t;
    int rc = 0;

    if (in->nargs > 0)
        rc = context_open(&d, in, in->args[0], CEREMONY_WORK, e);
    if (rc == 0 && d.c != NULL && ceremony_plan(d.c)->rehearsal) {
        err_set(e, ERR_USAGE, "the tokens of a rehearsal are set up by the rehearsal itself");
        rc = err_todo(e, "practise with a token that holds nothing, without naming the folder");
    }
    if (rc == 0)
        rc = context_tokens(&d, in, e);
    if (rc == 0)
        rc = context_token(&d, &t, e);
    if (rc == 0)
        rc = do_it(&d, in, what, &t, e);
    context_close(&d);
    return rc;
}

#define DETAILS "With DIR, the act is recorded in that ceremony's journal; a PIN never is."
#define SO_SOURCE                                                                                  \
    {                                                                                              \
        "so-pin-source", "FILE|fd:N", "where the SO PIN is read from; default: the terminal"       \
    }
#define NEW_SOURCE                                                                                 \
    {                                                                                              \
        "new-pin-source", "FILE|fd:N", "where the new PIN is read from; default: the terminal"     \
    }
#define NEW_SO_SOURCE                                                                              \
    {                                                                                              \
        "new-so-pin-source", "FILE|fd:N", "where the new SO PIN is read from"                      \
    }

static int run_init(const struct invocation *in, struct err *e)
{
    return administer(in, TOKEN_SET_UP, e);
}

const struct command cmd_token_init = {
    .name = "token-init",
    .args = "[DIR]",
    .summary = "set a token up: a label, and a PIN and an SO PIN that its holder chooses",
    .details = DETAILS
    "\nWhat is on the token is destroyed; its serial number must be typed for that. The old\n"
    "SO PIN, such as a vendor's default, is replaced first and does not stay.",
    .options = {OPTION_TOKEN,
                {"label", "TEXT", "the token's name, up to 32 bytes; default: as it was"},
                {"destroy", "SERIAL", "do not ask: what is on the token with this serial may go"},
                SO_SOURCE,
                NEW_SO_SOURCE,
                NEW_SOURCE,
                PIN_MAKE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .run = run_init,
};

static int run_pin(const struct invocation *in, struct err *e)
{
    return administer(in, in_has(in, "so") ? TOKEN_CHANGE_SO_PIN : TOKEN_CHANGE_PIN, e);
}

const struct command cmd_token_pin = {
    .name = "token-pin",
    .args = "[DIR]",
    .summary = "change a token's PIN, or its SO PIN; the keys stay",
    .details = DETAILS,
    .options = {OPTION_TOKEN,
                {"so", NULL, "change the SO PIN, not the keyholder's PIN"},
                OPTION_PIN_SOURCE,
                SO_SOURCE,
                NEW_SOURCE,
                NEW_SO_SOURCE,
                PIN_MAKE,
                OPTION_LAST_TRY,
                OPTION_MODULE,
                OPTION_NETWORK},
    .run = run_pin,
};

static int run_unblock(const struct invocation *in, struct err *e)
{
    return administer(in, TOKEN_UNBLOCK, e);
}

const struct command cmd_token_unblock = {
    .name = "token-unblock",
    .args = "[DIR]",
    .summary = "give a locked token a new PIN by its SO PIN; the keys stay",
    .details = DETAILS,
    .options = {OPTION_TOKEN, SO_SOURCE, NEW_SOURCE, PIN_MAKE, OPTION_LAST_TRY, OPTION_MODULE,
                OPTION_NETWORK},
    .run = run_unblock,
};
