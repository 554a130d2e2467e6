/* SPDX-License-Identifier: Apache-2.0 */
/* A token's PINs: what can be done, and what must be confirmed before. */
#include <string.h>

#include "ceremony/ui/view_token.h"
#include "ceremony/ui/view_token_admin.h"
#include "tokens/kind.h"

static const struct {
    const char *title, *choice;
} acts[2][TOKEN_ACTS] = {
    {
        [TOKEN_SET_UP] = {"Set this token up", "set it up again: destroys what is on it"},
        [TOKEN_CHANGE_PIN] = {"Change the PIN", "change its PIN"},
        [TOKEN_UNBLOCK] = {"A new PIN, by the SO PIN",
                           "give it a new PIN, by its SO PIN; its keys stay"},
        [TOKEN_CHANGE_SO_PIN] = {"Change the SO PIN", "change its SO PIN"},
    },
    {
        /* a YubiKey, which is not set up here */
        [TOKEN_CHANGE_PIN] = {"Change the PIN", "change its PIN (123456 from the factory)"},
        [TOKEN_UNBLOCK] = {"A new PIN, by the PUK", "give it a new PIN, by its PUK; its keys stay"},
        [TOKEN_CHANGE_SO_PIN] = {"Change the PUK", "change its PUK (12345678 from the factory)"},
    },
};

static bool has_puk(const struct walk *w)
{
    return token_piv(&w->token) != NULL;
}

bool token_admin_offered(const struct walk *w)
{
    return w->o->insert == NULL;
}

const char *token_admin_title(const struct walk *w)
{
    return acts[has_puk(w)][w->token_admin.what].title;
}

void token_admin_draw_token(const struct walk *w, struct page *p)
{
    const struct token_info *t = &w->token;

    if (t->initialised)
        page_line(p, INK_PLAIN, "Token: %s, serial %s, \"%s\"", t->model, t->id.serial,
                  t->id.label);
    else if (t->id.serial[0] != '\0')
        page_line(p, INK_PLAIN, "Token: %s, serial %s, new", t->model, t->id.serial);
    else
        page_line(p, INK_PLAIN, "Token: %s, slot %lu, new", t->model, t->slot);
}

/* What can be done with the token as it is, the likeliest first. */
static size_t possible(const struct walk *w, enum token_act out[TOKEN_ACTS])
{
    static const enum token_act orders[2][TOKEN_ACTS] = {
        {TOKEN_CHANGE_PIN, TOKEN_UNBLOCK, TOKEN_CHANGE_SO_PIN, TOKEN_SET_UP},
        {TOKEN_UNBLOCK, TOKEN_CHANGE_PIN, TOKEN_CHANGE_SO_PIN, TOKEN_SET_UP},
    };
    bool stuck = w->token.pin == PIN_LOCKED || w->token.pin == PIN_UNSET;
    struct err ignored;
    size_t n = 0;

    for (size_t i = 0; i < TOKEN_ACTS; i++)
        if (token_admin_possible(&w->token, orders[stuck][i], &ignored) == 0 &&
            token_admin_allowed(w->c, &w->token, &w->owner, orders[stuck][i], &ignored) == 0)
            out[n++] = orders[stuck][i];
    return n;
}

static void draw_state(const struct walk *w, struct page *p)
{
    const struct token_info *t = &w->token;
    const char *name = walk_holder(w, w->holder);

    if (!t->initialised)
        page_line(p, INK_STRONG, "%s, this token is new: it has no PIN yet.", name);
    else if (t->pin == PIN_LOCKED)
        page_line(p, INK_BAD, "%s, the PIN of this token is locked.", name);
    else if (t->pin == PIN_UNSET)
        page_line(p, INK_STRONG, "%s, this token has no PIN yet.", name);
    else if (t->pin == PIN_MUST_CHANGE)
        page_line(p, INK_STRONG, "%s, the PIN of this token must be changed first.", name);
    else
        page_line(p, INK_STRONG, "%s, what shall be done with this token?", name);
}

static int token_admin_enter(struct walk *w, struct err *e)
{
    (void)e;
    token_admin_forget(w);
    return 0;
}

static void token_admin_draw(const struct walk *w, struct page *p)
{
    enum token_act can[TOKEN_ACTS];
    size_t n = possible(w, can);

    draw_state(w, p);
    page_gap(p);
    token_admin_draw_token(w, p);
    if (w->token.initialised && w->token.so_pin != PIN_OK)
        page_line(p, INK_WARN, "SO PIN: %s", pin_state_words(w->token.so_pin));
    page_gap(p);
    for (size_t i = 0; i < n; i++)
        page_choice(p, w->choice == i, INK_PLAIN, "%s",
                    can[i] == TOKEN_SET_UP && !w->token.initialised
                        ? "set it up: choose a PIN and an SO PIN"
                        : acts[has_puk(w)][can[i]].choice);
    if (w->token.pin == PIN_LOCKED && w->token.so_pin == PIN_LOCKED)
        page_line(p, INK_PLAIN, "Nothing opens it any more. Use another token.");
    page_gap(p);
    if (w->token.pin == PIN_LOCKED && w->purpose == PURPOSE_SIGN)
        page_line(p, INK_PLAIN, "Or skip %s for now: others can sign.", walk_holder(w, w->holder));
    if (n > 0)
        page_key(p, "Enter", "do this");
    if (n > 1)
        page_key(p, "Up/Down", "move");
    if (w->purpose == PURPOSE_SIGN)
        page_key(p, "s", "skip for now");
}

/* What comes before the PINs: the serial of what is destroyed, the word of a last try. */
static int chosen(struct walk *w, struct err *e)
{
    bool so = token_admin_present(w->token_admin.what) == PIN_OF_SO;

    if (w->token_admin.what == TOKEN_SET_UP && w->token.initialised && w->view != VIEW_ERASE)
        return walk_show(w, VIEW_ERASE, e);
    if (w->token.initialised && (so ? w->token.so_pin : w->token.pin) == PIN_LAST_TRY)
        return walk_show(w, VIEW_TOKEN_ADMIN_LAST_TRY, e);
    return token_admin_begin(w, e);
}

static int token_admin_key(struct walk *w, int key, struct err *e)
{
    enum token_act can[TOKEN_ACTS];
    size_t n = possible(w, can);

    if (view_choose(w, key, n))
        return 0;
    if (key == 's' && w->purpose == PURPOSE_SIGN)
        return walk_show(w, VIEW_SKIP, e);
    if (key != TERM_ENTER || w->choice >= n)
        return 0;
    w->token_admin.what = can[w->choice];
    return chosen(w, e);
}

const struct view view_token_admin = {
    .name = "token_admin",
    .parent = VIEWS,
    .esc = "back",
    .draw = token_admin_draw,
    .enter = token_admin_enter,
    .key = token_admin_key,
    .help =
        "A token has two PINs. The keyholder's opens it for signing, and locks after a few wrong "
        "tries. The SO PIN (security officer) can give it a new one; when that is locked too, "
        "nothing opens the token any more. Both are known to the holder alone, and a factory's "
        "default does not stay. Setting a token up destroys every key on it.",
};

static const char *serial_or_label(const struct walk *w)
{
    return w->token.id.serial[0] != '\0' ? w->token.id.serial : w->token.id.label;
}

static void erase_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_BAD, "Everything on this token will be destroyed.");
    token_admin_draw_token(w, p);
    page_gap(p);
    page_paragraph(p, INK_PLAIN,
                   "Keys on it are gone for ever, for every repository they sign for. If "
                   "the PIN is only locked or forgotten, press Esc: the SO PIN can give "
                   "it a new one.");
    page_field(p, true, "To destroy it all, type its serial number:", w->input.text);
    page_key(p, "Enter", "continue");
}

static int erase_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, NULL))
        return 0;
    if (input_is(&w->input, serial_or_label(w)))
        return chosen(w, e);
    err_set(e, ERR_INPUT, "'%s' is not the serial number of this token", w->input.text);
    return err_todo(e, "read it on the token and on the screen; nothing was done");
}

const struct view view_erase = {
    .name = "erase",
    .parent = VIEW_TOKEN_ADMIN,
    .esc = "back, nothing is lost",
    .types = TYPE_LINE,
    .draw = erase_draw,
    .key = erase_key,
    .help = "The serial number is asked for so that the wrong token is not emptied by reflex.",
};

static void token_admin_last_try_draw(const struct walk *w, struct page *p)
{
    bool so = token_admin_present(w->token_admin.what) == PIN_OF_SO;

    page_paragraph(p, INK_BAD, "%s, one wrong %s locks this token.", walk_holder(w, w->holder),
                   so ? "SO PIN" : "PIN");
    page_paragraph(
        p, INK_PLAIN, "%s",
        so ? "After that nothing can unblock it any more. Its keys can be used as long as "
             "the PIN is known."
           : "After that only its SO PIN can give it a new one.");
    page_field(p, true, "If you are sure, type the words last try:", w->input.text);
    page_key(p, "Enter", "continue to the PIN");
}

static int token_admin_last_try_key(struct walk *w, int key, struct err *e)
{
    return view_entered(w, key, "last try") ? token_admin_begin(w, e) : 0;
}

const struct view view_token_admin_last_try = {
    .name = "token_admin_last_try",
    .parent = VIEW_TOKEN_ADMIN,
    .esc = "back, nothing is lost",
    .types = TYPE_LINE,
    .draw = token_admin_last_try_draw,
    .key = token_admin_last_try_key,
    .help = "Tokens count wrong SO PINs as well. This one reports that one try is left.",
};
