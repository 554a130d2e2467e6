/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder's token is inserted: whose it is, before anything is asked of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/ui/view_token.h"
#include "ceremony/ui/view_token_admin.h"

#define NOBODY SIZE_MAX /* w->choice: none of the tokens yet */

/* The key that the token is wanted for. */
static size_t wanted(const struct walk *w)
{
    return w->purpose == PURPOSE_SIGN ? OWNER_SIGNS : w->seat;
}

static bool same_tokens(const struct token_list *a, const struct token_list *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (!token_id_eq(&a->items[i].id, &b->items[i].id) ||
            a->items[i].initialised != b->items[i].initialised)
            return false;
    return a->n == b->n;
}

/* Whose each is: looked up when others are inserted, not at each tick. */
static int find_owners(struct walk *w, struct err *e)
{
    free(w->owners);
    if ((w->owners = calloc(w->tokens.n + 1, sizeof *w->owners)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < w->tokens.n; i++)
        w->owners[i] = owner_read(walk_session(w), w->holder, wanted(w), w->t, &w->tokens.items[i]);
    return 0;
}

static int read_tokens(struct walk *w, struct err *e)
{
    size_t before = w->tokens.n;
    struct token_list l;
    bool same;

    if (w->t->driver->list(w->t->self, &l, e) != 0)
        return -1;
    same = same_tokens(&w->tokens, &l);
    if (!same)
        w->renewed++;
    token_list_clear(&w->tokens);
    w->tokens = l;
    if (w->choice >= l.n || l.n != before) /* of several none is taken before somebody chooses */
        w->choice = l.n > 1 ? NOBODY : 0;
    return same && w->owners != NULL ? 0 : find_owners(w, e);
}

/* Another's is refused before anything is asked. */
static int take(struct walk *w, size_t at, struct err *e)
{
    w->token = w->tokens.items[at];
    w->owner = w->owners[at];
    w->replaced = false;
    return owner_check(walk_session(w), w->holder, wanted(w), &w->owner, &w->token,
                       owner_may_replace(wanted(w), &w->owner), e);
}

/* On to its PIN, after a word when one try is left; or to what must be done to it before. */
static int token_unlock(struct walk *w, struct err *e)
{
    const struct token_info *t = &w->token;

    if (!t->initialised || t->pin == PIN_LOCKED || t->pin == PIN_UNSET || t->pin == PIN_MUST_CHANGE)
        return walk_show(w, VIEW_TOKEN_ADMIN, e);
    return walk_show(w, t->pin == PIN_LAST_TRY ? VIEW_LAST_TRY : VIEW_PIN, e);
}

static int use(struct walk *w, size_t at, struct err *e)
{
    if (take(w, at, e) != 0)
        return -1;
    return owner_may_replace(wanted(w), &w->owner) ? walk_show(w, VIEW_BACKUP, e)
                                                   : token_unlock(w, e);
}

/* The one of the tokens there that is wanted: as owner_find. For a new key somebody chooses. */
static int find_theirs(const struct walk *w, size_t *out)
{
    return w->purpose == PURPOSE_ENROL
               ? 0
               : owner_find(walk_session(w), w->holder, wanted(w), &w->tokens, w->owners, out);
}

/* In a ceremony the room inserts; a token that was enrolled for this holder is known again. */
static int found(struct walk *w, struct err *e)
{
    size_t at;

    return find_theirs(w, &at) == 1 ? use(w, at, e) : 0;
}

static int insert_enter(struct walk *w, struct err *e)
{
    w->choice = NOBODY;
    return read_tokens(w, e) == 0 ? found(w, e) : -1;
}

/* So that it is found among others; whose it is stays the holder's choice. */
static bool is_set_up_now(const struct walk *w, const struct token_id *id)
{
    const struct token_id *now = &w->token_admin.set_up;

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
        struct bytes whose = {0};

        if (is_set_up_now(w, &t->id))
            bytes_put_str(&whose, "set up just now");
        else
            owner_put(walk_session(w), &w->owners[i], &whose);
        if (t->initialised)
            page_choice(p, w->choice == i, INK_PLAIN, "%s  %s  \"%s\"  %s", t->model, t->id.serial,
                        t->id.label, memory_text(&whose));
        else if (t->id.serial[0] != '\0')
            page_choice(p, w->choice == i, INK_PLAIN, "%s  %s  new", t->model, t->id.serial);
        else
            page_choice(p, w->choice == i, INK_PLAIN, "%s  slot %lu  new", t->model, t->slot);
        bytes_clear(&whose);
    }
    for (size_t i = 0; i < w->tokens.nproblems; i++)
        page_line(p, INK_FAINT, "Left out: %s", w->tokens.problems[i]);
    if (w->tokens.n < 2)
        return;
    page_gap(p);
    if (w->purpose == PURPOSE_ENROL)
        page_line(p, INK_WARN, "%zu tokens are inserted: move to yours, by its serial number.",
                  w->tokens.n);
    else if (find_theirs(w, &ignored) == OWNER_SEVERAL)
        page_line(p, INK_WARN, "More than one of them calls itself yours: leave one in.");
}

/* Is the chosen one refused? */
static bool refused(const struct walk *w, struct err *why)
{
    return owner_check(walk_session(w), w->holder, wanted(w), &w->owners[w->choice],
                       &w->tokens.items[w->choice], false, why) != 0;
}

/* Two that call themselves the same can't be told apart here. */
static bool usable(const struct walk *w)
{
    struct err ignored;
    size_t any;

    if (w->choice >= w->tokens.n)
        return false;
    return (!refused(w, &ignored) || owner_may_replace(wanted(w), &w->owners[w->choice])) &&
           !(w->owners[w->choice].bound == BOUND_RECORDED && find_theirs(w, &any) == OWNER_SEVERAL);
}

/* Its PINs: not those of another's. */
static bool may_administer(const struct walk *w)
{
    return w->choice < w->tokens.n && token_admin_offered(w) &&
           w->owners[w->choice].is != OWNER_ANOTHERS && !w->owners[w->choice].other_module;
}

static void insert_draw(const struct walk *w, struct page *p)
{
    struct bytes theirs = {0};
    struct err why;

    if (w->token_admin.done)
        view_notice(w, p);
    page_paragraph(p, INK_STRONG, "%s, please insert your token.", walk_holder(w, w->holder));
    owner_put_wanted(walk_session(w), w->holder, wanted(w), &theirs);
    if (theirs.n > 0)
        page_paragraph(p, INK_PLAIN, "%s's token: %s", walk_holder(w, w->holder),
                       memory_text(&theirs));
    bytes_clear(&theirs);
    draw_tokens(w, p);
    if (w->choice < w->tokens.n && refused(w, &why)) {
        page_gap(p);
        page_line(p, INK_WARN, "Not this one: %s.", why.what);
    }
    if (w->o->insert != NULL && w->tokens.n == 0)
        page_key(p, "i", "insert it (rehearsal)");
    if (usable(w))
        page_key(p, "Enter",
                 !owner_may_replace(wanted(w), &w->owners[w->choice]) ? "use this token"
                 : w->owners[w->choice].other_module                  ? "use this module"
                                                                      : "it is a backup");
    if (may_administer(w))
        page_key(p, "t", "its PINs");
    if (w->tokens.n > 1)
        page_key(p, "Up/Down", "move");
    if (w->purpose == PURPOSE_SIGN)
        page_key(p, "s", "skip for now");
}

static int insert_key(struct walk *w, int key, struct err *e)
{
    if (w->choice == NOBODY && key == TERM_DOWN)
        w->choice = 0;
    else if (w->choice != NOBODY && view_choose(w, key, w->tokens.n))
        return 0;
    if (key == 'i' && w->o->insert != NULL)
        w->o->insert(w->t, (long)w->holder);
    if (key == 'i' || key == TERM_NONE)
        return read_tokens(w, e) == 0 ? found(w, e) : -1;
    if (key == 's' && w->purpose == PURPOSE_SIGN)
        return walk_show(w, VIEW_SKIP, e);
    if (key == 't' && may_administer(w))
        return take(w, w->choice, e) == 0 ? walk_show(w, VIEW_TOKEN_ADMIN, e) : -1;
    if (key == TERM_ENTER && usable(w))
        return use(w, w->choice, e);
    return 0;
}

const struct view view_insert = {
    .name = "insert",
    .parent = VIEWS,
    .esc = "back",
    .draw = insert_draw,
    .enter = insert_enter,
    .key = insert_key,
    .help =
        "Only this keyholder's token should be inserted. The screen notices by itself when it is "
        "there. To sign, it must be the token that record or plan name; the screen names it. "
        "Another person's is refused before a PIN is asked for.",
};

/* The token that was recorded, by another module: whoever wrote that one may want its PIN. */
static void other_module_draw(const struct walk *w, struct page *p)
{
    page_paragraph(p, INK_STRONG, "Is %s's token used by another module?",
                   walk_holder(w, w->holder));
    page_line(p, INK_PLAIN, "Token: %s, serial %s, \"%s\"", w->token.model, w->token.id.serial,
              w->token.id.label);
    page_line(p, INK_PLAIN, "Module: %s", w->token.id.module);
    if (w->owner.seat >= 0)
        page_line(p, INK_PLAIN, "Recorded with: %s",
                  walk_session(w)->seats[w->owner.seat].token.module);
    page_paragraph(p, INK_WARN,
                   "Any module can call a token so, and gets the PIN that is typed. Continue only "
                   "if you know why this module shows it: on another machine, the same one lies "
                   "elsewhere. The room's decision is recorded.");
    page_field(p, true, "If the room decides so, type the word module:", w->input.text);
    page_key(p, "Enter", "continue to the PIN");
}

static void backup_draw(const struct walk *w, struct page *p)
{
    const char *name = walk_holder(w, w->holder);
    struct bytes theirs = {0};

    if (w->owner.other_module) {
        other_module_draw(w, p);
        return;
    }
    owner_put_wanted(walk_session(w), w->holder, wanted(w), &theirs);
    page_paragraph(p, INK_STRONG, "Does this token take the place of %s's?", name);
    page_line(p, INK_PLAIN, "%s's token: %s", name, memory_text(&theirs));
    page_line(p, INK_PLAIN, "This one: %s, serial %s, \"%s\"", w->token.model, w->token.id.serial,
              w->token.id.label);
    page_paragraph(p, INK_PLAIN, "%s",
                   w->owner.is == OWNER_COPY
                       ? "It shows the same key."
                       : "Whether it has the key is not known before the PIN.");
    page_paragraph(
        p, INK_WARN,
        "A key on two tokens is safe only when one is the backup of the other. The room's "
        "decision is recorded; the key then signs on this token.");
    page_field(p, true, "If the room decides so, type the word backup:", w->input.text);
    page_key(p, "Enter", "continue to the PIN");
    bytes_clear(&theirs);
}

static int backup_key(struct walk *w, int key, struct err *e)
{
    if (!view_entered(w, key, w->owner.other_module ? "module" : "backup"))
        return 0;
    w->replaced = true;
    return token_unlock(w, e);
}

const struct view view_backup = {
    .name = "backup",
    .parent = VIEW_INSERT,
    .esc = "back, nothing is decided",
    .types = TYPE_LINE,
    .draw = backup_draw,
    .key = backup_key,
    .help = "The key was on another token when it was recorded or planned. When that token is lost "
            "or broken, its backup has the same key. If nobody knows why this token has it, stop: "
            "somebody made a copy.",
};
