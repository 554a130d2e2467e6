/* SPDX-License-Identifier: Apache-2.0 */
/* PINs for a token that is set up, unblocked or changed: asked for one by one, made of dice or by
 * the machine, and handed to the token together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/ui/view_token.h"
#include "ceremony/ui/view_token_admin.h"
#include "tokens/kind.h"

enum ask { ASK_PRESENT, ASK_SO, ASK_SO_AGAIN, ASK_PIN, ASK_PIN_AGAIN, ASKS };

static bool asks(const struct walk *w, enum ask a)
{
    switch (a) {
    case ASK_PRESENT:
        return w->token_admin.what != TOKEN_SET_UP || w->token.initialised;
    case ASK_SO:
    case ASK_SO_AGAIN:
        return w->token_admin.what == TOKEN_SET_UP || w->token_admin.what == TOKEN_CHANGE_SO_PIN;
    case ASK_PIN:
    case ASK_PIN_AGAIN:
        return w->token_admin.what != TOKEN_CHANGE_SO_PIN;
    case ASKS:
        break;
    }
    return false;
}

static const char *ask_words(const struct walk *w, enum ask a)
{
    static const char *const words[ASKS] = {
        [ASK_SO] = "New SO PIN:",
        [ASK_SO_AGAIN] = "The same again:",
        [ASK_PIN] = "New PIN:",
        [ASK_PIN_AGAIN] = "The same again:",
    };

    bool puk = token_piv(&w->token) != NULL;

    if (a == ASK_SO && puk)
        return "New PUK:";
    if (a != ASK_PRESENT)
        return words[a];
    if (token_admin_present(w->token_admin.what) == PIN_OF_USER)
        return "PIN that holds now:";
    return puk ? "PUK that holds now:" : "SO PIN that holds now:";
}

static struct secret **slot(struct walk *w, enum ask a)
{
    if (a == ASK_PRESENT)
        return &w->token_admin.present;
    return a == ASK_SO || a == ASK_SO_AGAIN ? &w->token_admin.so : &w->token_admin.pin;
}

static enum pin_owner owner(const struct walk *w)
{
    return w->token_admin.ask == ASK_SO ? PIN_OF_SO : PIN_OF_USER;
}

static bool is_new(const struct walk *w)
{
    return w->token_admin.ask == ASK_SO || w->token_admin.ask == ASK_PIN;
}

void token_admin_forget(struct walk *w)
{
    secret_free(w->token_admin.present);
    secret_free(w->token_admin.so);
    secret_free(w->token_admin.pin);
    secret_free(w->pin);
    w->pin = w->token_admin.present = w->token_admin.so = w->token_admin.pin = NULL;
    w->token_admin.dice = (struct pin_dice){0};
    w->stars = 0;
}

/* The next question at or behind `a`; ASKS when all is asked. */
static unsigned next(const struct walk *w, unsigned a)
{
    while (a < ASKS && (w->token.pin_pad || !asks(w, (enum ask)a)))
        a++;
    return a;
}

int token_admin_begin(struct walk *w, struct err *e)
{
    w->token_admin.ask = next(w, ASK_PRESENT);
    return walk_show(w, VIEW_NEW_PIN, e);
}

static int new_pin_enter(struct walk *w, struct err *e)
{
    return pin_empty(w, e);
}

static void draw_rules(const struct walk *w, struct page *p)
{
    if (w->token_admin.ask == ASK_PRESENT && w->token_admin.what == TOKEN_SET_UP)
        page_line(p, INK_PLAIN, "A new token's is in its vendor's manual. It does not stay.");
    if (w->token_admin.ask == ASK_PRESENT)
        page_line(p, INK_PLAIN, "(%s)",
                  pin_state_words(token_admin_present(w->token_admin.what) == PIN_OF_SO
                                      ? w->token.so_pin
                                      : w->token.pin));
    if (!is_new(w))
        return;
    page_line(p, INK_PLAIN, "%s",
              owner(w) == PIN_OF_SO && token_piv(&w->token) != NULL
                  ? "6 to 8 characters. Keep it apart from the token: it is needed when the PIN is "
                    "locked."
              : owner(w) == PIN_OF_SO
                  ? "At least 8 characters; a SmartCard-HSM wants exactly 16 digits. Keep it apart "
                    "from the token: it is needed when the PIN is locked."
                  : "At least 6 characters, nothing that can be guessed.");
    page_key(p, "F2", "dice");
    page_key(p, "F3", "make one");
}

static void new_pin_draw(const struct walk *w, struct page *p)
{
    char stars[SECRET_MAX + 1] = "";

    memset(stars, '*', w->stars < SECRET_MAX ? w->stars : SECRET_MAX);
    page_paragraph(p, INK_STRONG, "%s, %s.", token_admin_title(w), walk_holder(w, w->holder));
    token_admin_draw_token(w, p);
    page_gap(p);
    page_key(p, "Enter", w->token_admin.ask >= ASKS ? "begin" : "continue");
    if (w->token_admin.ask >= ASKS)
        page_line(p, INK_STRONG, "Press Enter, then type the PINs on the reader, as it asks.");
    for (unsigned a = 0; a < w->token_admin.ask && a < ASKS; a++)
        if (asks(w, (enum ask)a) && !w->token.pin_pad)
            page_line(p, INK_GOOD, "ok %s", ask_words(w, (enum ask)a));
    if (w->token_admin.ask < ASKS) {
        page_field(p, true, ask_words(w, (enum ask)w->token_admin.ask), stars);
        page_gap(p);
        draw_rules(w, p);
    }
}

static void label_of(const struct walk *w, char out[33])
{
    char *label = w->token.initialised ? NULL : enrol_label(ceremony_plan(w->c), w->seat);
    const char *from = label != NULL ? label : w->token.id.label;
    size_t n = 0, step;

    while (from[n] != '\0' && (step = utf8_next(span_str(from + n), NULL)) > 0 && n + step <= 32)
        n += step;
    memcpy(out, from, n);
    out[n] = '\0';
    free(label);
}

/* Everything is asked: the token gets it. */
static int carry_out(struct walk *w, struct err *e)
{
    const struct token_admin_pins pins = {w->token_admin.present, w->token_admin.so,
                                          w->token_admin.pin};
    struct token_info after;
    char label[33];
    int rc;

    label_of(w, label);
    rc = token_admin_check_new(&w->token, &pins, e);
    if (rc == 0 &&
        (rc = token_admin_do(w->t, &w->token, w->token_admin.what, label, &pins, &after, e)) != 0)
        rc = act_pin_refused(w->c, &w->token, (long)w->holder, e);
    token_admin_forget(w);
    if (rc == 0)
        rc = act_token_administered(w->c, w->token_admin.what, &after, (long)w->holder, e);
    if (rc != 0) {
        w->under = VIEW_INSERT; /* the token is looked at again */
        return err_in(e, "%s, %s", walk_holder(w, w->holder), token_admin_title(w));
    }
    w->token_admin.done = true;
    if (w->token_admin.what == TOKEN_SET_UP)
        w->token_admin.set_up = after.id;
    walk_notice(w, "Done, and recorded: token %s, %s.", after.id.serial,
                token_act_words(w->token_admin.what));
    return walk_show(w, VIEW_INSERT, e);
}

/* `w->pin` answers the question: checked, kept, and on to the next. */
static int take(struct walk *w, struct err *e)
{
    struct secret **kept = slot(w, (enum ask)w->token_admin.ask);
    bool again = w->token_admin.ask == ASK_SO_AGAIN || w->token_admin.ask == ASK_PIN_AGAIN;

    if (is_new(w) && pin_new_check(w->pin, owner(w), &w->token, e) != 0)
        return -1;
    if (again && !secret_eq(*kept, w->pin)) {
        secret_free(*kept);
        *kept = NULL;
        w->token_admin.ask--;
        err_set(e, ERR_PIN, "the second one is another");
        return err_todo(e, "choose and type it again; nothing was sent to the token");
    }
    if (!again) {
        secret_free(*kept);
        *kept = w->pin;
        w->pin = NULL;
    }
    w->token_admin.ask = next(w, w->token_admin.ask + 1);
    return w->token_admin.ask >= ASKS ? carry_out(w, e) : walk_show(w, VIEW_NEW_PIN, e);
}

static int new_pin_key(struct walk *w, int key, struct err *e)
{
    if (w->token_admin.ask >= ASKS)
        return key == TERM_ENTER ? carry_out(w, e) : 0;
    w->token_admin.dice = (struct pin_dice){0};
    if (key == TERM_F2 && is_new(w))
        return pin_empty(w, e) == 0 ? walk_show(w, VIEW_DICE, e) : -1;
    if (key == TERM_F3 && is_new(w)) {
        size_t wanted = pin_new_digits(&w->token, owner(w));

        if (pin_empty(w, e) != 0)
            return -1;
        while (secret_size(w->pin) < wanted)
            if (pin_new_digit(w->pin, ceremony_random, w->c, e) != 0)
                return -1;
        return walk_show(w, VIEW_SHOWN, e);
    }
    if (pin_typed(w, key, e) != 0)
        return -1;
    return key == TERM_ENTER && w->stars > 0 ? take(w, e) : 0;
}

const struct view view_new_pin = {
    .name = "new_pin",
    .parent = VIEW_TOKEN_ADMIN,
    .esc = "back, nothing is done",
    .types = TYPE_PIN,
    .draw = new_pin_draw,
    .enter = new_pin_enter,
    .key = new_pin_key,
    .help =
        "The holder types; nobody looks. Nothing is sent to the token before every question is "
        "answered. F2 makes a PIN of a die that the holder throws, F3 of the machine's random "
        "numbers; both are shown once, to be written down. The PIN is tried before this is called "
        "done.",
};

static void dice_draw(const struct walk *w, struct page *p)
{
    size_t wanted = pin_new_digits(&w->token, owner(w)), n = secret_size(w->pin);

    page_paragraph(p, INK_STRONG, "Throw a die, and type what it shows. Nobody looks.");
    page_paragraph(p, INK_PLAIN,
                   "Two throws make a digit. Six of the 36 pairs make none, so that all "
                   "ten digits come equally often.");
    page_line(p, INK_PLAIN, "%s%zu of %zu digits",
              w->token_admin.dice.first != 0 ? "one more throw, " : "", n, wanted);
    page_key(p, "1-6", "what the die shows");
}

static int dice_key(struct walk *w, int key, struct err *e)
{
    int digit;

    if (key < '1' || key > '6')
        return 0;
    digit = pin_dice_throw(&w->token_admin.dice, (unsigned)(key - '0'));
    if (digit < 0)
        return 0;
    if (secret_put(w->pin, (uint8_t)('0' + digit)) != 0)
        return err_set(e, ERR_PIN, "the PIN is too long");
    return secret_size(w->pin) >= pin_new_digits(&w->token, owner(w)) ? walk_show(w, VIEW_SHOWN, e)
                                                                      : 0;
}

const struct view view_dice = {
    .name = "dice",
    .parent = VIEW_NEW_PIN,
    .esc = "back, forget them",
    .types = TYPE_PIN,
    .draw = dice_draw,
    .key = dice_key,
    .help = "Use a real die, one after the other, and do not choose: people are bad at chance.",
};

static void shown_draw(const struct walk *w, struct page *p)
{
    struct span pin = span_of(secret_data(w->pin), secret_size(w->pin));
    char text[2 * SECRET_MAX] = "";
    size_t n = 0;

    for (size_t i = 0; i < pin.n; i++) {
        if (i > 0 && i % 4 == 0)
            text[n++] = ' ';
        text[n++] = (char)pin.p[i];
    }
    page_paragraph(p, INK_STRONG, "%s, write this down. Nobody else looks.",
                   walk_holder(w, w->holder));
    page_paragraph(p, INK_STRONG, "%s:  %s",
                   owner(w) == PIN_OF_USER        ? "New PIN"
                   : token_piv(&w->token) != NULL ? "New PUK"
                                                  : "New SO PIN",
                   text);
    page_line(p, INK_PLAIN, "It is not shown again. You type it next, without the blanks.");
    page_key(p, "Enter", "it is written down");
    explicit_bzero(text, sizeof text);
}

static int shown_key(struct walk *w, int key, struct err *e)
{
    if (key != TERM_ENTER || take(w, e) == 0)
        return 0;
    if (w->under == VIEWS)
        w->under = VIEW_NEW_PIN;
    return -1;
}

const struct view view_shown = {
    .name = "shown",
    .parent = VIEW_NEW_PIN,
    .esc = "back, forget it",
    .types = TYPE_PIN,
    .draw = shown_draw,
    .key = shown_key,
    .help = "Turn the screen away from cameras and from the room. Keep the paper apart from the "
            "token.",
};
