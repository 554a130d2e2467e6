/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/journal_rules.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/collect.h"
#include "ceremony/acts/enrol.h"
#include "ceremony/acts/made_here.h"
#include "ceremony/acts/one_time.h"
#include "ceremony/acts/owner.h"
#include "ceremony/acts/readiness.h"
#include "ceremony/base/finding.h"
#include "ceremony/base/names.h"
#include "ceremony/base/words.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/rules/proposal_rules.h"
#include "ceremony/session/session_fold.h"
#include "metadata/base/plain.h"

/* Rules about lines that bring a key to a seat, or name one that was made here. */

static int text_of(struct json token, const char *member, char *out, size_t size, struct err *e)
{
    struct json v;
    char *text;

    if (json_need(token, member, JSON_STRING, &v, e) != 0)
        return -1;
    if ((text = json_strdup(v)) == NULL)
        return err_oom(e);
    if (strlen(text) >= size) {
        free(text);
        return fold_refuse(e, "what a token reports of itself is longer than it can be");
    }
    memcpy(out, text, strlen(text) + 1);
    free(text);
    return 0;
}

/* For rules about lines that name a token, as act_token writes it. Errors: ERR_JOURNAL when a text
 * of it is longer than any token's. */
static int journal_token(const struct event *ev, struct token_info *out, struct err *e)
{
    struct json t = event_member(ev, "token");

    *out = (struct token_info){.initialised = true};
#define TEXT_OF(member, field) text_of(t, member, out->field, sizeof out->field, e)
    return TEXT_OF("manufacturer", manufacturer) == 0 && TEXT_OF("model", model) == 0 &&
                   TEXT_OF("serial", id.serial) == 0 && TEXT_OF("label", id.label) == 0 &&
                   TEXT_OF("firmware", firmware) == 0 && TEXT_OF("module", id.module) == 0
               ? 0
               : -1;
#undef TEXT_OF
}

static int claims_of(const struct event *ev, struct token_key *k, struct err *e)
{
    const struct {
        const char *name;
        enum claim *slot;
    } rows[] = {{"local", &k->local},
                {"sensitive", &k->sensitive},
                {"always_sensitive", &k->always_sensitive},
                {"extractable", &k->extractable},
                {"never_extractable", &k->never_extractable},
                {"signs", &k->signs}};
    struct json claims = event_member(ev, "claims"), v;
    int claim;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (json_need(claims, rows[i].name, JSON_STRING, &v, e) != 0)
            return -1;
        else if ((claim = claim_find(json_inside(v))) < 0)
            return fold_refuse(e, "a token claims neither yes nor no, nor that it is unknown");
        else
            *rows[i].slot = (enum claim)claim;
    return 0;
}

/* The key as this program writes it: a member more would give it another keyid. */
static int key_of(const struct event *ev, struct key **out, struct err *e)
{
    struct key *plain = NULL;
    bool same;

    if (key_from_json(event_member(ev, "key"), out, e) != 0)
        return -1;
    if (key_of_type(*out, key_type(*out), &plain, e) != 0)
        return -1;
    same = strcmp(key_id(plain), key_id(*out)) == 0;
    key_free(plain);
    return same ? 0 : fold_refuse(e, "a key is not written as this program writes keys");
}

/* What is recorded of an attestation is what follows from it. */
static int attestation_follows(const struct session *s, const struct event *ev, struct candidate *k,
                               struct err *e)
{
    struct bytes recorded = {0};
    struct span beside;
    struct attest_evidence evidence = {.beside = &beside};
    struct json attestation, form;
    bool there = json_get(ev->data, "attestation", &attestation);
    int rc = fold_evidence(ev->data, &recorded, e);

    beside = bytes_span(&recorded);
    evidence.nbeside = there;
    if (rc == 0)
        rc = attest_key(s->plan, s->date, k->key.key, &evidence, k->token.id.serial,
                        k->token.firmware, &k->attestation, e);
    if (rc == 0 && there &&
        (k->attestation.form == NULL || !json_get(attestation, "form", &form) ||
         !json_text_is(form, k->attestation.form) ||
         !span_eq(bytes_span(&k->attestation.chain), bytes_span(&recorded))))
        rc = fold_refuse(e, "an attestation is not what its certificates give");
    bytes_clear(&recorded);
    return rc;
}

static int candidate_of(const struct session *s, const struct event *ev, struct candidate *k,
                        struct err *e)
{
    *k = (struct candidate){.generated_here = json_true(event_member(ev, "generated_here"))};
    return fold_seat(s, ev, &k->seat, e) == 0 && journal_token(ev, &k->token, e) == 0 &&
                   claims_of(ev, &k->key, e) == 0 && key_of(ev, &k->key.key, e) == 0 &&
                   attestation_follows(s, ev, k, e) == 0
               ? 0
               : -1;
}

static int was_made(int made, struct err *e)
{
    return made == 0  ? fold_refuse(e, "no line before shows that this key was made here")
           : made > 0 ? 0
                      : -1;
}

/* The rules of EVENT_KEY_ENROLLED and EVENT_UNUSED_DESTROYED. */
static int enrolled_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct candidate k;
    struct findings f;
    int rc = candidate_of(s, ev, &k, e);

    if (rc == 0 && k.generated_here)
        rc = was_made(made_here(s->journal, ev->n - 1, &k.token, &k.key, NULL, e), e);
    if (rc == 0 && (rc = enrol_check(s, &k, &f, e)) == 0) {
        rc = findings_check(&f, "enrolling it", e);
        findings_clear(&f);
    }
    candidate_clear(&k);
    return rc;
}

/* Only its id is known, and on which token it was. */
static int unused_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct token_info token;

    if (journal_token(ev, &token, e) != 0)
        return -1;
    return was_made(made_here_id(s->journal, ev->n - 1, &token, event_member(ev, "keyid"), e), e);
}

#define BAG_MAX 64 /* as in a plan */

int bag_possible(const char *bag, struct err *e)
{
    if (bag[0] != '\0' && strlen(bag) <= BAG_MAX && plain_is(span_str(bag)))
        return 0;
    err_set(e, ERR_USAGE, "that can't be the number of a bag");
    return err_todo(e, "write what is printed on it, %d bytes at most", BAG_MAX);
}

/* Metadata that was signed on a later day can't be in force. A day's grace, for time zones. */
int date_possible(const struct plan *p, utc_t date, struct err *e)
{
    if (!p->has_day || date + UTC_DAY > p->day)
        return 0;
    err_set(e, ERR_PLAN, "that is before %s, when the metadata in force was signed",
            utc_text(p->day).day);
    return err_todo(e, "look at another watch, and type the right date");
}

/* What a rule refuses is not done; what it warns of, and is done all the same, is recorded. */
static int put_overridden(struct findings *f, const char *where, struct bytes *out, struct err *e)
{
    int rc = findings_check(f, where, e);
    bool any = false;

    for (size_t i = 0; rc == 0 && i < f->n; i++) {
        if (f->items[i].level != FINDING_WARNING)
            continue;
        if (!any)
            json_begin(out, "overridden", '[');
        any = true;
        json_begin(out, NULL, '{');
        json_add_text(out, "rule", f->items[i].rule);
        json_add_text(out, "text", f->items[i].text);
        json_end(out, '}');
    }
    if (any)
        json_end(out, ']');
    findings_clear(f);
    return rc;
}

int plan_accepted_data(const struct session *s, struct bytes *out, struct err *e)
{
    char hex[SHA256_HEX_SIZE];
    struct findings f;

    if (plan_rules_check(s->plan, s->date, &f, e) != 0)
        return -1;
    hex_of(s->plan->sha256, SHA256_SIZE, hex);
    json_begin(out, NULL, '{');
    json_add_text(out, "plan", hex);
    json_add_text(out, "word", word_of(s->plan->sha256[0], 0));
    if (put_overridden(&f, "plan.json", out, e) != 0)
        return -1;
    json_end(out, '}');
    return bytes_failed(out) ? err_oom(e) : 0;
}

int reviewed_data(const struct session *s, size_t group, struct bytes *out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    const char *name = session_group_name(s, group);
    struct findings f;

    if (proposal_rules_check(s, group, &f, e) != 0)
        return -1;
    json_begin(out, NULL, '{');
    json_add_text(out, "role", name);
    json_add_text(out, "sha256", g->sha256);
    if (g->n == 1)
        json_add_integer(out, "version", s->proposals[g->first].version);
    else
        json_add_integer(out, "files", (int64_t)g->n);
    if (put_overridden(&f, name, out, e) != 0)
        return -1;
    json_end(out, '}');
    return bytes_failed(out) ? err_oom(e) : 0;
}

/* Is the line what the act writes? `expected` is moved in. */
static int same_words(const struct event *ev, struct bytes *expected, struct err *e)
{
    struct json_doc *doc;
    bool same;

    if (json_doc_take(expected, "the line as it would be", JSON_TEXT, &doc, e) != 0)
        return -1;
    same = span_eq(json_span(json_root(doc)), json_span(ev->data));
    json_doc_free(doc);
    return same ? 0 : fold_refuse(e, "its words are not those that plan and rules give");
}

static int accepted_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct bytes expected = {0};

    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_refuse(e, "another plan was accepted");
    if (plan_accepted_data(s, &expected, e) == 0)
        return same_words(ev, &expected, e);
    bytes_clear(&expected);
    return -1;
}

static int reviewed_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct bytes expected = {0};
    char *role = json_strdup(event_member(ev, "role"));
    long group = role != NULL ? session_group_find(s, role) : -1;

    free(role);
    if (role == NULL)
        return err_oom(e);
    if (group < 0 || !fold_is_digest(ev->data, "sha256", s->groups[group].digest))
        return 0; /* its fold refuses it */
    if (reviewed_data(s, (size_t)group, &expected, e) == 0)
        return same_words(ev, &expected, e);
    bytes_clear(&expected);
    return -1;
}

static int date_follows(const struct session *s, const struct event *ev, struct err *e)
{
    utc_t date;

    return utc_parse_day(json_inside(event_member(ev, "date")), &date, e) == 0
               ? date_possible(s->plan, date, e)
               : -1;
}

static int bagged_follows(const struct session *s, const struct event *ev, struct err *e)
{
    char *bag = json_strdup(event_member(ev, "bag"));
    int rc = bag != NULL ? bag_possible(bag, e) : err_oom(e);

    (void)s;
    free(bag);
    return rc;
}

static bool is_twice(struct json list, struct json item)
{
    struct json other;
    size_t n = 0;

    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &other);)
        n += span_eq(json_span(other), json_span(item));
    return n > 1;
}

int room_possible(const struct plan *p, const char *administrator, const char *const *witnesses,
                  size_t n, struct err *e)
{
    const char **names = calloc(p->nholders + n + 1, sizeof *names);
    size_t all = 0;
    int rc;

    if (names == NULL)
        return err_oom(e);
    for (size_t i = 0; i < p->nholders; i++)
        names[all++] = p->holders[i].name;
    for (size_t i = 0; i < n; i++)
        names[all++] = witnesses[i];
    names[all++] = administrator;
    rc = names_check(names, all, e);
    free(names);
    return rc;
}

/* The people of a roll call, as they stand in its line. */
static int names_follow(const struct session *s, const struct event *ev, struct err *e)
{
    struct json list = event_member(ev, "witnesses"), item;
    struct json_iter it = json_iter_of(list);
    char **witnesses = calloc(json_count(list) + 1, sizeof *witnesses);
    char *administrator = json_strdup(event_member(ev, "administrator"));
    bool read = witnesses != NULL && administrator != NULL;
    size_t n = 0;
    int rc;

    while (read && json_next(&it, NULL, &item))
        read = (witnesses[n++] = json_strdup(item)) != NULL;
    rc = read ? room_possible(s->plan, administrator, (const char *const *)witnesses, n, e)
              : err_oom(e);
    for (size_t i = 0; i < n; i++)
        free(witnesses[i]);
    free(witnesses);
    free(administrator);
    return rc;
}

static int roll_call_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct json present = event_member(ev, "present"), item;

    if (json_inside(event_member(ev, "administrator")).n == 0)
        return fold_refuse(e, "the ceremony administrator is not named");
    for (struct json_iter it = json_iter_of(present); json_next(&it, NULL, &item);)
        if (is_twice(present, item))
            return fold_refuse(e, "somebody is present twice");
    return names_follow(s, ev, e);
}

static int readiness_follows(const struct session *s, const struct event *ev, struct err *e)
{
    return readiness_record_check(s->plan, event_member(ev, "checks"), e);
}

static int generating_follows(const struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;
    char *label;
    bool right;

    if (fold_seat(s, ev, &seat, e) != 0)
        return -1;
    if ((label = enrol_label(s->plan, seat)) == NULL)
        return err_oom(e);
    right = json_text_is(event_member(ev, "label"), label);
    free(label);
    return right ? 0 : fold_refuse(e, "a key was to be made with a label that is not its seat's");
}

/* The token that a line names becomes the seat's: is it on that one, as record, plan and
 * attestation say? */
static int token_follows(const struct session *s, size_t seat, const struct event *ev,
                         bool elsewhere, struct err *e)
{
    struct token_info token;

    if (journal_token(ev, &token, e) != 0)
        return -1;
    if ((owner_bound(s, seat, &token) == BOUND_ELSEWHERE) != elsewhere)
        return fold_refuse(e, elsewhere ? "a token was replaced by itself"
                                        : "a key signed on another token than its own");
    return collect_check_attested(s, seat, &token, e);
}

/* Under another plan a signature may come without the token that an earlier one named. */
static int signature_follows(const struct session *s, const struct event *ev, struct err *e)
{
    long seat = fold_seat_by_keyid(s, event_member(ev, "keyid"));
    struct json token;
    bool first;

    if (seat < 0)
        return 0; /* its fold refuses it */
    first = s->seats[seat].from_file && s->seats[seat].token.serial == NULL;
    if (!s->carrying &&
        !json_text_is(event_member(ev, "holder"), session_holder_name(s, (size_t)seat)))
        return fold_refuse(e, "the key that signed is another keyholder's");
    if (!s->carrying && json_get(ev->data, "token", &token) != first)
        return fold_refuse(e, first ? "the token of a key's first signature is not named"
                                    : "a token is named where it is known already");
    return first && json_get(ev->data, "token", &token)
               ? token_follows(s, (size_t)seat, ev, false, e)
               : 0;
}

static int replaced_follows(const struct session *s, const struct event *ev, struct err *e)
{
    long seat = fold_seat_by_keyid(s, event_member(ev, "keyid"));
    char serial[TOKEN_TEXT];
    struct token_info token;

    if (seat < 0)
        return 0; /* its fold refuses it */
    if (journal_token(ev, &token, e) != 0)
        return -1;
    if (s->carrying) /* from which token it went is that plan's */
        return 0;
    if (!json_text_is(event_member(ev, "holder"), session_holder_name(s, (size_t)seat)))
        return fold_refuse(e, "the key of the token is another keyholder's");
    if (!json_text_is(event_member(ev, "before"), owner_before(s, (size_t)seat, &token, serial)))
        return fold_refuse(e, "the token that was replaced is not the one that was known");
    if (!session_seat_can_sign(s, (size_t)seat))
        return fold_refuse(e, "a token was replaced whose key has nothing to sign");
    return token_follows(s, (size_t)seat, ev, true, e);
}

static int destroying_follows(const struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (fold_seat(s, ev, &seat, e) != 0)
        return -1;
    return s->carrying || s->seats[seat].key == NULL ? 0 : one_time_unused(s, seat, e);
}

/* An event without a row has nothing that its fold does not check. */
static int (*const rules[EVENT_TYPES])(const struct session *s, const struct event *ev,
                                       struct err *e) = {
    [EVENT_READINESS] = readiness_follows,       [EVENT_DATE_CONFIRMED] = date_follows,
    [EVENT_PLAN_ACCEPTED] = accepted_follows,    [EVENT_ROLL_CALL] = roll_call_follows,
    [EVENT_KEY_GENERATING] = generating_follows, [EVENT_KEY_ENROLLED] = enrolled_follows,
    [EVENT_UNUSED_DESTROYED] = unused_follows,   [EVENT_REVIEWED] = reviewed_follows,
    [EVENT_SIGNATURE] = signature_follows,       [EVENT_TOKEN_REPLACED] = replaced_follows,
    [EVENT_KEY_DESTROYING] = destroying_follows, [EVENT_BAGGED] = bagged_follows,
};

static int follows(const struct session *s, const struct event *ev, struct err *e)
{
    return rules[ev->type] == NULL ? 0 : rules[ev->type](s, ev, e);
}

int journal_session_new(const struct plan *plan, const struct journal *j, struct session **out,
                        struct err *e)
{
    if (session_new(plan, out, e) != 0)
        return -1;
    (*out)->journal = j;
    (*out)->follows = follows;
    return 0;
}
