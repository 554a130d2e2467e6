/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder's token: inserted, unlocked. What comes next depends on the purpose. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/collect.h"
#include "ceremony/one_time.h"
#include "ceremony/rehearse.h"
#include "ceremony/ui/view.h"
#include "ceremony/ui/view_care.h"
#include "ceremony/ui/view_token.h"

#define NOBODY SIZE_MAX /* w->choice: none of the tokens yet */

int token_begin(struct walk *w, enum purpose purpose, size_t holder, size_t seat, struct err *e)
{
    token_done(w);
    w->care.done = false;
    w->care.set_up = (struct token_id){.serial = ""};
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
    care_forget(w);
    candidate_clear(&w->candidate);
    token_key_list_clear(&w->keys);
    token_list_clear(&w->tokens);
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

static int look(struct walk *w, struct err *e)
{
    size_t before = w->tokens.n;
    struct token_list l;

    if (w->t->driver->list(w->t->self, &l, e) != 0)
        return -1;
    token_list_clear(&w->tokens);
    w->tokens = l;
    if (w->choice >= l.n || l.n != before) /* of several none is taken before somebody chooses */
        w->choice = l.n > 1 ? NOBODY : 0;
    return 0;
}

/* With a PIN that is typed here, on the device, or after a word when it is the last try. */
static int use(struct walk *w, const struct token_info *t, struct err *e)
{
    w->token = *t;
    if (!t->initialised || t->pin == PIN_LOCKED || t->pin == PIN_UNSET || t->pin == PIN_MUST_CHANGE)
        return walk_show(w, VIEW_CARE, e);
    return walk_show(w, t->pin == PIN_LAST_TRY ? VIEW_LAST_TRY : VIEW_PIN, e);
}

/* The one of the tokens there that is wanted: as collect_find_token. */
static int find_theirs(const struct walk *w, size_t *out)
{
    const struct session *s = walk_session(w);

    return w->purpose == PURPOSE_SIGN      ? collect_find_token(s, w->holder, &w->tokens, out)
           : w->purpose == PURPOSE_DESTROY ? one_time_find_token(s, w->holder, &w->tokens, out)
                                           : 0;
}

/* In a ceremony the room inserts; a token that was enrolled for this holder is known again. */
static int found(struct walk *w, struct err *e)
{
    size_t at;

    return find_theirs(w, &at) == 1 ? use(w, &w->tokens.items[at], e) : 0;
}

static int insert_enter(struct walk *w, struct err *e)
{
    w->choice = NOBODY;
    return look(w, e) == 0 ? found(w, e) : -1;
}

/* So that it is found among others; whose it is stays the holder's choice. */
static bool is_set_up_now(const struct walk *w, const struct token_id *id)
{
    const struct token_id *now = &w->care.set_up;

    return now->serial[0] != '\0' && strcmp(now->serial, id->serial) == 0 &&
           strcmp(now->module, id->module) == 0 && strcmp(now->label, id->label) == 0;
}

static void draw_tokens(const struct walk *w, struct page *p)
{
    size_t ignored;

    if (w->tokens.n == 0)
        page_line(p, INK_PLAIN, "No token is inserted.");
    for (size_t i = 0; i < w->tokens.n; i++) {
        const struct token_info *t = &w->tokens.items[i];

        if (t->initialised)
            page_choice(p, w->choice == i, INK_PLAIN, "%s  %s  \"%s\"%s", t->model, t->id.serial,
                        t->id.label, is_set_up_now(w, &t->id) ? "  set up just now" : "");
        else if (t->id.serial[0] != '\0')
            page_choice(p, w->choice == i, INK_PLAIN, "%s  %s  new", t->model, t->id.serial);
        else
            page_choice(p, w->choice == i, INK_PLAIN, "%s  slot %lu  new", t->model, t->slot);
    }
    for (size_t i = 0; i < w->tokens.nproblems; i++)
        page_line(p, INK_FAINT, "Left out: %s", w->tokens.problems[i]);
    if (w->tokens.n < 2)
        return;
    page_gap(p);
    if (w->purpose == PURPOSE_ENROL)
        page_line(p, INK_WARN, "%zu tokens are inserted: move to yours, by its serial number.",
                  w->tokens.n);
    else if (collect_find_token(walk_session(w), w->holder, &w->tokens, &ignored) ==
             COLLECT_SEVERAL)
        page_line(p, INK_WARN, "More than one of them calls itself yours: leave one in.");
}

static void insert_keys(const struct walk *w, bool recorded, struct page *p)
{
    if (w->o->insert != NULL && w->tokens.n == 0)
        page_key(p, "i", "insert it (rehearsal)");
    if (w->choice < w->tokens.n && (w->purpose == PURPOSE_ENROL || !recorded))
        page_key(p, "Enter", "use this token");
    if (w->choice < w->tokens.n && care_offered(w))
        page_key(p, "t", "its PINs");
    if (w->tokens.n > 1)
        page_key(p, "Up/Down", "move");
    if (w->purpose == PURPOSE_SIGN)
        page_key(p, "s", "skip for now");
    page_key(p, "?", "help");
    page_key(p, "Esc", "back");
}

static void insert_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    const struct seat_token *theirs = &s->seats[w->seat].token;
    size_t ignored;

    if (w->care.done)
        view_notice(w, p);
    page_line(p, INK_STRONG, "%s, please insert your token.", walk_holder(w, w->holder));
    page_gap(p);
    if (w->purpose != PURPOSE_ENROL && theirs->serial != NULL) {
        page_line(p, INK_PLAIN, "It is the %s with serial %s, \"%s\".", theirs->model,
                  theirs->serial, theirs->label);
        page_gap(p);
    }
    draw_tokens(w, p);
    if (w->tokens.n > 0 && theirs->serial != NULL && w->purpose != PURPOSE_ENROL &&
        find_theirs(w, &ignored) == 0) {
        page_gap(p);
        page_line(p, INK_WARN, "That is another token than the one that was enrolled for %s.",
                  walk_holder(w, w->holder));
    }
    insert_keys(w, theirs->serial != NULL, p);
}

static int insert_key(struct walk *w, int key, struct err *e)
{
    bool free_choice =
        w->purpose == PURPOSE_ENROL || walk_session(w)->seats[w->seat].token.serial == NULL;

    if (w->choice == NOBODY && key == TERM_DOWN)
        w->choice = 0;
    else if (w->choice != NOBODY && view_choose(w, key, w->tokens.n))
        return 0;
    if (key == 'i' && w->o->insert != NULL)
        w->o->insert(w->t, (long)w->holder);
    if (key == 'i' || key == TERM_NONE)
        return look(w, e) == 0 ? found(w, e) : -1;
    if (key == 's' && w->purpose == PURPOSE_SIGN)
        return walk_show(w, VIEW_SKIP, e);
    if (key == 't' && w->choice < w->tokens.n && care_offered(w)) {
        w->token = w->tokens.items[w->choice];
        return walk_show(w, VIEW_CARE, e);
    }
    if (key == TERM_ENTER && w->choice < w->tokens.n && free_choice)
        return use(w, &w->tokens.items[w->choice], e);
    return 0;
}

const struct view view_insert = {
    .name = "insert",
    .parent = VIEWS,
    .draw = insert_draw,
    .enter = insert_enter,
    .key = insert_key,
    .help =
        "Only this keyholder's token should be inserted. The screen notices by itself when it is "
        "there. To sign, it must be the token that was enrolled; the screen says which.",
};

static void last_try_draw(const struct walk *w, struct page *p)
{
    page_line(p, INK_BAD, "%s, one wrong PIN locks this token.", walk_holder(w, w->holder));
    page_gap(p);
    page_line(p, INK_PLAIN,
              "Wrong PINs were entered before. The next wrong one locks the token, and "
              "its key is lost to this ceremony until its administrator (SO) PIN "
              "unlocks it.");
    page_gap(p);
    page_line(p, INK_PLAIN, "If you are not sure of the PIN, press Esc: others can sign.");
    page_gap(p);
    page_field(p, true, "If you are sure, type the words last try:", w->input.text);
    page_key(p, "Enter", "go on to the PIN");
    page_key(p, "?", "help");
    page_key(p, "Esc", "back, nothing is lost");
}

static int last_try_key(struct walk *w, int key, struct err *e)
{
    (void)input_key(&w->input, key);
    return key == TERM_ENTER && input_is(&w->input, "last try") ? walk_show(w, VIEW_PIN, e) : 0;
}

const struct view view_last_try = {
    .name = "last_try",
    .parent = VIEW_INSERT,
    .types = TYPE_LINE,
    .draw = last_try_draw,
    .key = last_try_key,
    .help = "Tokens count wrong PINs and lock themselves. This one says that one try is left.",
};

int pin_empty(struct walk *w, struct err *e)
{
    secret_free(w->pin);
    w->pin = NULL;
    w->stars = 0;
    return secret_new(&w->pin, e);
}

static void pin_draw(const struct walk *w, struct page *p)
{
    const struct session *s = walk_session(w);
    char stars[SECRET_MAX + 1] = "", digits[8];

    memset(stars, '*', w->stars < SECRET_MAX ? w->stars : SECRET_MAX);
    if (w->purpose == PURPOSE_SIGN)
        token_draw_what(w, p);
    else {
        page_line(p, INK_STRONG, "%s, is this your token?", walk_holder(w, w->holder));
        page_gap(p);
    }
    page_line(p, INK_PLAIN, "Token: %s, serial %s, \"%s\"%s", w->token.model, w->token.id.serial,
              w->token.id.label, w->purpose != PURPOSE_ENROL ? " - it is yours" : "");
    page_gap(p);
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
    page_key(p, "F1", "help");
    page_key(p, "Esc", w->purpose == PURPOSE_SIGN ? "back, nothing is signed" : "back");
}

static int log_in(struct walk *w, struct err *e)
{
    enum pin_state state = PIN_OK;
    int rc =
        w->t->driver->login(w->t->self, &w->token.id, w->token.pin_pad ? NULL : w->pin, &state, e);

    w->token.pin = state;
    secret_free(w->pin);
    w->pin = NULL;
    w->stars = 0;
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
    .types = TYPE_PIN,
    .draw = pin_draw,
    .enter = pin_empty,
    .key = pin_key,
    .help =
        "The keyholder types their own PIN; nobody looks. It is kept in locked memory until the "
        "token has answered, and nowhere else. A wrong PIN costs one try of the token: the line "
        "below the field says what is known of the tries that are left.",
};
