/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder's token is unlocked. What comes next depends on the purpose. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rehearsal/rehearse.h"
#include "ceremony/ui/view.h"
#include "ceremony/ui/view_token.h"
#include "ceremony/ui/view_token_admin.h"

int token_begin(struct walk *w, enum purpose purpose, size_t holder, size_t seat, struct err *e)
{
    token_done(w);
    w->token_admin.done = false;
    w->token_admin.set_up = (struct token_id){.serial = ""};
    w->purpose = purpose;
    w->holder = holder;
    w->seat = seat;
    return walk_show(w, VIEW_INSERT, e);
}

void token_done(struct walk *w)
{
    struct err ignored;

    if (w->t != NULL)
        (void)w->t->driver->logout(w->t->self, &ignored);
    if (w->t != NULL && w->o->insert != NULL)
        w->o->insert(w->t, -1);
    token_admin_forget(w);
    candidate_clear(&w->candidate);
    token_key_list_clear(&w->keys);
    token_list_clear(&w->tokens);
    free(w->owners);
    w->owners = NULL;
    findings_clear(&w->findings);
}

int token_back(struct walk *w, struct err *e)
{
    static const enum station stations[] = {[PURPOSE_ENROL] = STATION_ENROLMENT,
                                            [PURPOSE_SIGN] = STATION_SIGNATURES,
                                            [PURPOSE_DESTROY] = STATION_ONE_TIME};

    token_done(w);
    return walk_go(w, stations[w->purpose], e);
}

void token_put(const struct session *s, size_t holder, struct bytes *out)
{
    const char *bag = session_bag(s, holder);
    char serial[TOKEN_TEXT] = "";
    bool can_sign = false;

    for (size_t k = 0; k < s->plan->nseats && !can_sign; k++)
        if (s->plan->seats[k].holder == holder &&
            (serial[0] == '\0' || session_seat_can_sign(s, k))) {
            owner_wanted_serial(s, k, serial);
            can_sign = session_seat_can_sign(s, k);
        }
    bytes_put_str(out, serial);
    if (bag != NULL)
        bytes_printf(out, "%sbag %s", serial[0] != '\0' ? "  " : "", bag);
}

static void last_try_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_BAD, "%s, one wrong PIN locks this token.", walk_holder(w, w->holder));
    page_paragraph(p, INK_PLAIN,
                   "Wrong PINs were entered before. The next wrong one locks the token, and "
                   "its key is lost to this ceremony until its administrator (SO) PIN "
                   "unlocks it.");
    page_paragraph(p, INK_PLAIN, "If you are not sure of the PIN, press Esc: others can sign.");
    page_field(p, true, "If you are sure, type the words last try:", w->input.text);
    page_key(p, "Enter", "continue to the PIN");
}

static int last_try_key(struct walk *w, int key, struct err *e)
{
    return view_entered(w, key, "last try") ? walk_show(w, VIEW_PIN, e) : 0;
}

const struct view view_last_try = {
    .name = "last_try",
    .parent = VIEW_INSERT,
    .esc = "back, nothing is lost",
    .types = TYPE_LINE,
    .draw = last_try_draw,
    .key = last_try_key,
    .help = "Tokens count wrong PINs and lock themselves. This one reports that one try is left.",
};

int pin_empty(struct walk *w, struct err *e)
{
    secret_free(w->pin);
    w->pin = NULL;
    w->stars = 0;
    return secret_new(&w->pin, e);
}

/* How it is known whose the token is, or that it is not. */
static const char *whose(const struct walk *w)
{
    if (w->replaced)
        return w->owner.other_module ? "Another module may have its PIN: so the room decided."
                                     : "It takes the place of yours: so the room decided.";
    if (w->owner.is == OWNER_THEIRS)
        return w->owner.bound == BOUND_RECORDED ? "It is yours, as it was recorded here."
               : w->owner.bound == BOUND_NAMED  ? "It is yours, as the plan names it."
                                                : "It is yours: it shows your key.";
    if (w->purpose == PURPOSE_ENROL)
        return "No token is named for you: be sure that it is yours.";
    return w->owner.is == OWNER_NOBODYS ? "It shows keys, and none of yours: is it your token?"
                                        : "It is not known before the PIN: be sure it is yours.";
}

static void pin_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    char stars[SECRET_MAX + 1] = "", digits[8];
    const char *bag;

    memset(stars, '*', w->stars < SECRET_MAX ? w->stars : SECRET_MAX);
    if (w->purpose == PURPOSE_SIGN)
        token_draw_what(w, p);
    else {
        page_paragraph(p, INK_STRONG, "%s, is this your token?", walk_holder(w, w->holder));
    }
    bag = w->owner.is == OWNER_THEIRS && !w->replaced ? session_bag(s, w->holder) : NULL;
    page_line(p, INK_PLAIN, "Token: %s, serial %s, \"%s\"%s%s", w->token.model, w->token.id.serial,
              w->token.id.label, bag != NULL ? ", bag " : "", bag != NULL ? bag : "");
    page_paragraph(p, w->owner.is == OWNER_THEIRS ? INK_PLAIN : INK_WARN, "%s", whose(w));
    if (s->plan->rehearsal) { /* above the field, which is kept in sight */
        rehearse_pin(s->plan, w->holder, digits);
        page_line(p, INK_ALARM, "REHEARSAL: the PIN is %s, and worthless.", digits);
    }
    if (w->token.pin_pad)
        page_line(p, INK_STRONG, "Press Enter, then type the PIN on the reader.");
    else
        page_field(p, true, "PIN:", stars);
    page_line(p, w->token.pin == PIN_OK ? INK_PLAIN : INK_WARN, "(%s)",
              pin_state_words(w->token.pin));
    page_key(p, "Enter",
             w->purpose == PURPOSE_SIGN      ? "sign"
             : w->purpose == PURPOSE_DESTROY ? "destroy the key"
                                             : "unlock the token");
}

static int log_in(struct walk *w, struct err *e)
{
    enum pin_state state = PIN_OK;
    int rc =
        w->t->driver->login(w->t->self, &w->token.id, w->token.pin_pad ? NULL : w->pin, &state, e);

    w->token.pin = state;
    w->stars = 0;
    if (rc != 0 || w->purpose != PURPOSE_DESTROY) { /* which logs in again to look */
        secret_free(w->pin);
        w->pin = NULL;
    }
    if (rc != 0) {
        (void)act_pin_refused(w->c, &w->token, (long)w->holder, e);
        err_in(e, "%s, token '%s'", walk_holder(w, w->holder), w->token.id.label);
    }
    return rc;
}

int pin_typed(struct walk *w, int key, struct err *e)
{
    char text[4];
    struct input one = {.n = 0};

    if (key == TERM_BACKSPACE && w->stars > 0) {
        secret_backspace(w->pin);
        w->stars--;
    } else if (key >= 0x20 && key <= 0xFFFF && !w->token.pin_pad && input_key(&one, key)) {
        memcpy(text, one.text, sizeof text);
        for (size_t i = 0; i < one.n; i++)
            if (secret_put(w->pin, (uint8_t)text[i]) != 0)
                return err_set(e, ERR_PIN, "the PIN is too long");
        w->stars++;
        explicit_bzero(text, sizeof text);
        explicit_bzero(&one, sizeof one);
    }
    return 0;
}

static int pin_key(struct walk *w, int key, struct err *e)
{
    if (pin_typed(w, key, e) != 0)
        return -1;
    if (key != TERM_ENTER || (w->stars == 0 && !w->token.pin_pad))
        return 0;
    if (log_in(w, e) != 0) {
        w->under = VIEW_INSERT; /* the token is looked at again: its state may have changed */
        return -1;
    }
    return w->purpose == PURPOSE_ENROL  ? token_enrol(w, e)
           : w->purpose == PURPOSE_SIGN ? token_sign(w, e)
                                        : token_destroy(w, e);
}

const struct view view_pin = {
    .name = "pin",
    .parent = VIEW_INSERT,
    .esc = "back, nothing is done",
    .types = TYPE_PIN,
    .draw = pin_draw,
    .enter = pin_empty,
    .key = pin_key,
    .help =
        "The keyholder types their own PIN; nobody looks. It is kept in locked memory until the "
        "token has answered, and nowhere else. A wrong PIN costs one try of the token: the line "
        "below the field shows what is known of the tries that are left.",
};
