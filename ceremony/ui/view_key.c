/* SPDX-License-Identifier: Apache-2.0 */
/* A keyholder's key on the token that is unlocked: made or chosen, compared, recorded. */
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/words.h"
#include "ceremony/ui/view_token.h"
#include "tokens/kind.h"

static bool type_fits(const struct walk *w, const struct token_key *k)
{
    return k->key != NULL && enrol_type_fits(k->key, ceremony_plan(w->c)->seats[w->seat].key_type);
}

static size_t fitting_keys(const struct walk *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->keys.n; i++)
        n += type_fits(w, &w->keys.items[i]);
    return n;
}

/* The candidate is there: its fingerprint and what the rules say of it. */
static int show_candidate(struct walk *w, struct err *e)
{
    struct findings f;

    if (enrol_check(ceremony_session(w->c), &w->candidate, &f, e) != 0 ||
        sha256(key_object(w->candidate.key.key), w->digest) != 0)
        return e->code != ERR_NONE ? -1 : err_oom(e);
    findings_clear(&w->findings);
    w->findings = f;
    return walk_show(w, VIEW_FINGERPRINT, e);
}

int token_make_key(struct walk *w, const struct secret *so_pin, struct err *e)
{
    candidate_clear(&w->candidate);
    return enrol_generate(w->c, w->seat, w->t, &w->token, so_pin, &w->candidate, e) == 0
               ? show_candidate(w, e)
               : -1;
}

/* Some make keys only with another key of theirs. */
static int make_key(struct walk *w, struct err *e)
{
    return token_piv(&w->token) != NULL ? walk_show(w, VIEW_MANAGEMENT_KEY, e)
                                        : token_make_key(w, NULL, e);
}

int token_enrol(struct walk *w, struct err *e)
{
    token_key_list_clear(&w->keys);
    if (w->t->driver->keys(w->t->self, &w->keys, e) != 0)
        return -1;
    return fitting_keys(w) > 0 ? walk_show(w, VIEW_KEYS, e) : make_key(w, e);
}

/* The n-th fitting_keys key, from 0. */
static struct token_key *key_at(const struct walk *w, size_t n)
{
    for (size_t i = 0; i < w->keys.n; i++)
        if (type_fits(w, &w->keys.items[i]) && n-- == 0)
            return &w->keys.items[i];
    return NULL;
}

static void keys_draw(const struct walk *w, struct page *p)
{
    size_t n = fitting_keys(w);
    bool left = false;

    page_paragraph(p, INK_STRONG, "%s, there are keys on your token. Which one?",
                   walk_holder(w, w->holder));
    page_choice(p, w->choice == 0, INK_PLAIN, "make a new key (usual)");
    for (size_t i = 0; i < n; i++) {
        const struct token_key *k = key_at(w, i);

        const char *place = token_key_place(&w->token, k);

        left = left || enrol_left_over(w->c, &w->token, k);
        page_choice(p, w->choice == i + 1, INK_PLAIN, "use \"%s\"%s%s  %.16s%s%s", k->label,
                    place != NULL ? ", slot " : "", place != NULL ? place : "", key_id(k->key),
                    enrol_left_over(w->c, &w->token, k) ? ", made here and not used"
                    : k->local == CLAIM_YES             ? ", made on this token"
                                                        : "",
                    k->signs == CLAIM_NO ? ", can't sign" : "");
    }
    if (left)
        page_indented(p, INK_PLAIN, 2,
                      "What was made here and is not used can be destroyed with the command "
                      "'destroy DIR %s --unused'.",
                      walk_holder(w, w->holder));
    page_key(p, "Enter", "take this");
    page_key(p, "Up/Down", "move");
}

static int keys_key(struct walk *w, int key, struct err *e)
{
    if (view_choose(w, key, fitting_keys(w) + 1) || key != TERM_ENTER)
        return 0;
    if (w->choice == 0)
        return make_key(w, e);
    candidate_clear(&w->candidate);
    if (enrol_existing(w->c, w->seat, w->t, &w->token, key_at(w, w->choice - 1), &w->candidate,
                       e) != 0)
        return -1;
    return show_candidate(w, e);
}

const struct view view_keys = {
    .name = "keys",
    .parent = VIEW_INSERT,
    .draw = keys_draw,
    .key = keys_key,
    .help = "A key that was made for an earlier try of this ceremony can be used. When in doubt, "
            "make a new one: it costs nothing, and what is on the token stays.",
};

static void fingerprint_draw(const struct walk *w, struct page *p)
{
    bool refused = findings_refused(&w->findings);
    const char *place = token_key_place(&w->token, &w->candidate.key);

    page_paragraph(p, INK_STRONG,
                   refused ? "%s, this key can't be used."
                           : "%s, this is your key. Write down the first line.",
                   walk_holder(w, w->holder));
    page_digest(p, w->digest, 4); /* more would push the question out of sight */
    page_gap(p);
    page_line(p, INK_PLAIN, "%s, %s, token %s%s%s", key_type_words(key_type(w->candidate.key.key)),
              w->candidate.generated_here ? "made on the token in this ceremony"
                                          : "was on the token before",
              w->token.id.serial, place != NULL ? ", slot " : "", place != NULL ? place : "");
    view_findings(&w->findings, p);
    page_gap(p);
    if (!refused) {
        page_field(p, true, "To use it, type its first word:", w->input.text);
        page_key(p, "Enter", "record this key");
    }
}

static int fingerprint_key(struct walk *w, int key, struct err *e)
{
    if (findings_refused(&w->findings))
        return 0;
    if (!view_entered(w, key, NULL))
        return 0;
    if (!input_is(&w->input, word_of(w->digest[0], 0))) {
        err_set(e, ERR_INPUT, "'%s' is not the first word", w->input.text);
        return err_todo(e, "compare the fingerprint, then type its first word");
    }
    if (enrol_confirm(w->c, &w->candidate, e) != 0)
        return -1;
    walk_notice(w, "The key of %s is recorded, on disk. Remove the token.",
                walk_holder(w, w->holder));
    return token_back(w, e);
}

const struct view view_fingerprint = {
    .name = "fingerprint",
    .parent = VIEW_INSERT,
    .esc = "do not use it",
    .types = TYPE_LINE,
    .draw = fingerprint_draw,
    .key = fingerprint_key,
    .help = "The fingerprint names the key. Whoever has written it down can later check that this "
            "very key is in the published root. Esc does not use the key; it stays on the token.",
};
