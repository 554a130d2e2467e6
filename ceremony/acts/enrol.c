/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/acts/made_here.h"
#include "ceremony/acts/one_time.h"
#include "ceremony/acts/owner.h"
#include "ceremony/base/memory.h"
#include "tokens/kind.h"
#include "tokens/uri.h"

/* What vouches for the key that is enrolled: shown by the token, or laid beside it. */

#define LAID_BESIDE "attestations" /* in the ceremony's folder */

struct sources {
    struct token_certificates token;
    struct plan_files folder;
    struct span file;
};

/* The certificates that can be read as such, in two parts; tokens hold other things, too. */
static size_t readable(const struct token_certificates *all, size_t from, size_t to,
                       struct span *out)
{
    struct err ignored;
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        if (attestation_readable(bytes_span(&all->items[i]), &ignored) == 0)
            out[n++] = bytes_span(&all->items[i]);
    return n;
}

static int attest(const struct ceremony *c, const struct sources *from, struct candidate *k,
                  struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct span *spans = calloc(from->token.n + from->folder.n + 2, sizeof *spans), *next = spans;
    struct attest_evidence evidence = {.beside = spans};
    struct attestation a;
    int rc;

    if (spans == NULL)
        return err_oom(e);
    if (from->file.n > 0)
        *next++ = from->file;
    next += readable(&from->token, 0, from->token.nbeside, next);
    evidence.nbeside = (size_t)(next - spans);
    evidence.pool = next;
    next += readable(&from->token, from->token.nbeside, from->token.n, next);
    for (size_t i = 0; i < from->folder.n; i++)
        *next++ = from->folder.spans[i];
    evidence.npool = (size_t)(next - evidence.pool);
    rc = attest_key(s->plan, s->date, k->key.key, &evidence, k->token.id.serial, k->token.firmware,
                    &a, e);
    free(spans);
    if (rc != 0)
        return -1;
    attestation_clear(&k->attestation);
    k->attestation = a;
    return 0;
}

/* What could not be read is said to the room; out of memory is none of it. */
static int note(struct candidate *k, const struct err *why, struct err *e)
{
    if (why->code == ERR_INTERNAL) {
        *e = *why;
        return -1;
    }
    snprintf(k->unread, sizeof k->unread, "%.120s%s%.60s", why->what,
             why->where[0] != '\0' ? ", " : "", why->where);
    return 0;
}

int enrol_attest(const struct ceremony *c, struct tokens *t, struct span file, struct candidate *k,
                 struct err *e)
{
    struct sources from = {.file = file};
    struct err why;
    int rc = 0;

    k->unread[0] = '\0';
    err_clear(&why);
    if (t->driver->certificates(t->self, span_of(k->key.cka_id, k->key.cka_id_size), &from.token,
                                &why) != 0)
        rc = note(k, &why, e);
    err_clear(&why);
    if (rc == 0 && plan_files_read(ceremony_store(c), LAID_BESIDE, &from.folder, &why) != 0) {
        rc = note(k, &why, e);
        plan_files_clear(&from.folder);
    }
    if (rc == 0)
        rc = attest(c, &from, k, e);
    if (rc != 0 && e->code == ERR_INPUT && file.n == 0) /* as good as none; the room is told */
        rc = note(k, e, e);
    token_certificates_clear(&from.token);
    plan_files_clear(&from.folder);
    return rc;
}

void candidate_clear(struct candidate *k)
{
    token_key_clear(&k->key);
    attestation_clear(&k->attestation);
    *k = (struct candidate){0};
}

char *enrol_label(const struct plan *p, size_t seat)
{
    struct bytes b = {0};

    bytes_printf(&b, "%stuf %s %s", p->rehearsal ? "REHEARSAL " : "",
                 p->roles[p->seats[seat].role].name, p->holders[p->seats[seat].holder].name);
    return bytes_take_str(&b);
}

static int with_attestation(const struct ceremony *c, struct tokens *t, struct candidate *out,
                            struct err *e)
{
    if (enrol_attest(c, t, span_of(NULL, 0), out, e) == 0)
        return 0;
    candidate_clear(out);
    return -1;
}

bool enrol_type_fits(const struct key *key, enum key_type wanted)
{
    struct key *as;
    struct err ignored;

    if (key_of_type(key, wanted, &as, &ignored) != 0)
        return false;
    key_free(as);
    return true;
}

/* What nobody can compare, nobody enrols. A token does not know schemes: its RSA key is taken for
 * the plan's; a key that can't be of the plan's type stays what it is, for the rules to refuse. */
static int need_public(const struct ceremony *c, size_t seat, struct token_key *key,
                       const char *todo, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct key *as;

    if (key->key == NULL) {
        err_set(e, ERR_TOKEN, "the token does not show the public half of key '%s'", key->label);
        err_in(e, "enrolling keyholder '%s'", session_holder_name(s, seat));
        return err_todo(e, "%s", todo);
    }
    if (key_type(key->key) == s->plan->seats[seat].key_type)
        return 0;
    if (key_of_type(key->key, s->plan->seats[seat].key_type, &as, e) != 0)
        return e->code == ERR_INPUT ? 0 : -1;
    key_free(key->key);
    key->key = as;
    return 0;
}

/* A key with that label is about to be made for the seat. On disk before it is made, so that a key
 * that a kill leaves behind is known again. */
static int generating(struct ceremony *c, size_t seat, const struct token_info *token,
                      const char *label, const struct token_key_list *there, struct err *e)
{
    cJSON *data, *keys;

    if (act_need(c, STATION_ENROLMENT, e) != 0)
        return -1;
    data = act_seat(c, seat);
    data = act_add(data, "token", act_token(token));
    data = act_add(data, "label", cJSON_CreateString(label));
    keys = cJSON_AddArrayToObject(data, "keys_before");
    for (size_t i = 0; i < there->n; i++)
        if (there->items[i].key != NULL)
            cJSON_AddItemToArray(keys, cJSON_CreateString(key_id(there->items[i].key)));
    return act_take(c, EVENT_KEY_GENERATING, data, e);
}

/* Who makes the key is logged in, and it is on disk that one is made, before the token begins. */
static int begin(struct ceremony *c, size_t seat, struct tokens *t, const struct token_info *token,
                 const struct secret *so_pin, const char *label, struct err *e)
{
    struct token_key_list there;
    enum pin_state ignored;
    int rc;

    if (t->driver->keys(t->self, &there, e) != 0)
        return -1;
    rc = so_pin != NULL ? t->driver->login_so(t->self, so_pin, &ignored, e) : 0;
    if (rc == 0)
        rc = generating(c, seat, token, label, &there, e);
    token_key_list_clear(&there);
    return rc;
}

/* What signs once must go afterwards: said before there is a key. */
static int can_sign_once(const struct ceremony *c, size_t seat, const struct token_info *token,
                         struct err *e)
{
    if (!session_seat_one_time(ceremony_session(c), seat) || token_can_destroy(token, e) == 0)
        return 0;
    return err_in(e, "enrolling keyholder '%s', whose key signs once",
                  session_holder_name(ceremony_session(c), seat));
}

int enrol_generate(struct ceremony *c, size_t seat, struct tokens *t,
                   const struct token_info *token, const struct secret *so_pin,
                   struct candidate *out, struct err *e)
{
    const struct plan *p = ceremony_plan(c);
    struct candidate k = {.seat = seat, .token = *token, .generated_here = true};
    char *label;
    int rc;

    *out = (struct candidate){0};
    if (can_sign_once(c, seat, token, e) != 0)
        return -1;
    if ((label = enrol_label(p, seat)) == NULL)
        return err_oom(e);
    rc = begin(c, seat, t, token, so_pin, label, e);
    if (rc == 0)
        rc = t->driver->generate(t->self, p->seats[seat].key_type, label, &k.key, e);
    free(label);
    if (rc != 0)
        return err_in(e, "making a key for keyholder '%s'",
                      session_holder_name(ceremony_session(c), seat));
    if (need_public(c, seat, &k.key, "use another token", e) != 0) {
        candidate_clear(&k);
        return -1;
    }
    *out = k;
    return with_attestation(c, t, out, e);
}

static int was_made(const struct ceremony *c, const struct token_info *t, const struct token_key *k,
                    struct err *e)
{
    const struct journal *j = ceremony_journal(c);

    return made_here(j, journal_count(j), t, k, k->label, e);
}

int enrol_existing(const struct ceremony *c, size_t seat, struct tokens *t,
                   const struct token_info *token, struct token_key *key, struct candidate *out,
                   struct err *e)
{
    int made = -1;

    *out = (struct candidate){0};
    if (can_sign_once(c, seat, token, e) != 0 ||
        need_public(c, seat, key, "make a new key on the token instead", e) != 0 ||
        (made = was_made(c, token, key, e)) < 0) {
        token_key_clear(key);
        return -1;
    }
    *out =
        (struct candidate){.seat = seat, .token = *token, .key = *key, .generated_here = made > 0};
    *key = (struct token_key){0};
    return with_attestation(c, t, out, e);
}

bool enrol_left_over(const struct ceremony *c, const struct token_info *token,
                     const struct token_key *key)
{
    struct err ignored;

    return (key->key == NULL || session_seat_of(ceremony_session(c), key->key) < 0) &&
           was_made(c, token, key, &ignored) > 0;
}

static int destroyed(struct ceremony *c, size_t holder, const struct token_info *token,
                     const struct key *key, struct err *e)
{
    cJSON *data =
        act_data("holder", ceremony_plan(c)->holders[holder].name, "keyid", key_id(key), NULL);

    data = act_add(data, "token", act_token(token));
    return act_take(c, EVENT_UNUSED_DESTROYED, data, e);
}

int enrol_destroy(struct ceremony *c, size_t holder, struct tokens *t,
                  const struct token_info *token, const struct secret *pin,
                  const struct token_key *key, struct err *e)
{
    if (act_need(c, STATION_ENROLMENT, e) != 0)
        return -1;
    if (!enrol_left_over(c, token, key)) {
        err_set(e, ERR_PLAN, "key '%s' was not made here, or is in a role", key->label);
        return err_todo(e, "take it back first; other keys are destroyed with the maker's tool");
    }
    if (one_time_destroy_key(t, token, pin, key->key, e) != 0)
        return -1;
    return destroyed(c, holder, token, key->key, e) == 0
               ? 0
               : err_in(e, "key '%s' is destroyed all the same, and that is not recorded",
                        key->label);
}

static int check_sharing(const struct session *s, const struct candidate *k, struct findings *out)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (i != k->seat && s->seats[i].key != NULL &&
            key_same_material(s->seats[i].key, k->key.key))
            return finding_add(out, FINDING_REFUSAL, "same-key", "make a new key",
                               "this very key is enrolled for '%s' already",
                               session_holder_name(s, i));
    for (size_t i = 0; i < s->plan->nonline; i++)
        if (key_same_material(s->plan->online[i].key, k->key.key))
            return finding_add(out, FINDING_REFUSAL, "same-key", "make a new key",
                               "this very key is the online key '%s'", s->plan->online[i].name);
    return 0;
}

#define UNSEEN_KEY                                                                                 \
    "nothing shows that the private key is on the token: it was not made there, and a "            \
    "certificate "                                                                                 \
    "alone looks the same, until it is to sign"
#define UNSEEN_KEY_TODO "make a new key on the token"

int enrol_check_shown(struct tokens *t, const struct token_info *token, const char *named,
                      struct err *e)
{
    struct token_key_list shown = {0};
    struct token_uri *uri;
    int rc = 0;

    if (token_uri_parse(named, &uri, e) != 0)
        return -1;
    if (token_piv(token) != NULL)
        rc = t->driver->public_keys(t->self, &token->id, &shown, e);
    for (size_t i = 0; rc == 0 && i < shown.n; i++)
        if (token_uri_matches_key(uri, &shown.items[i]) && shown.items[i].local == CLAIM_NO) {
            err_set(e, ERR_PLAN, UNSEEN_KEY);
            err_in(e, "before the PIN, token '%s', key '%s'", token->id.serial,
                   shown.items[i].label);
            rc = err_todo(e, UNSEEN_KEY_TODO "; no PIN was asked");
        }
    token_key_list_clear(&shown);
    token_uri_free(uri);
    return rc;
}

static int check_existence(const struct candidate *k, struct findings *out)
{
    if (k->generated_here || k->attestation.form != NULL || !token_key_unseen(&k->token, &k->key))
        return 0;
    return finding_add(out, FINDING_REFUSAL, "unseen-key", UNSEEN_KEY_TODO, UNSEEN_KEY);
}

static int check_claims(const struct candidate *k, struct findings *out)
{
    const struct token_key *t = &k->key;
    bool vouched = attestation_vouches(&k->attestation) &&
                   k->attestation.answers[ATTESTED_STAYS].is == ATTESTED_HOLDS;

    if (t->signs == CLAIM_NO &&
        finding_add(out, FINDING_REFUSAL, "cannot-sign", "make another key, or use another token",
                    "the token reports that this key can't sign: CKA_SIGN is false, or it lists no "
                    "mechanism for it") != 0)
        return -1;
    if (t->extractable == CLAIM_YES || t->sensitive == CLAIM_NO)
        return finding_add(out, FINDING_REFUSAL, "extractable",
                           "make a new key on the token, or use another token",
                           "the token reports that the private key is exportable");
    if (t->local == CLAIM_NO)
        return finding_add(out, FINDING_WARNING, "imported", "make a new key if you can",
                           "the key was not made on this token: copies may exist elsewhere");
    if (t->never_extractable == CLAIM_NO || t->always_sensitive == CLAIM_NO)
        return finding_add(out, FINDING_WARNING, "was-extractable", "make a new key if you can",
                           "the key was exportable at some time in the past");
    if (vouched)
        return 0;
    if (k->generated_here && (t->extractable == CLAIM_UNKNOWN || t->sensitive == CLAIM_UNKNOWN))
        return finding_add(out, FINDING_WARNING, "not-reported", "",
                           "the token does not report whether the key is exportable");
    if (t->local == CLAIM_UNKNOWN || t->never_extractable == CLAIM_UNKNOWN ||
        t->always_sensitive == CLAIM_UNKNOWN || t->extractable == CLAIM_UNKNOWN)
        return finding_add(out, FINDING_WARNING, "unknown-origin",
                           "rely on what you know of the token, and write it down",
                           "the token does not report all about the key: where it was made, or "
                           "whether it is exportable, is not known");
    return 0;
}

static int check_attestation(const struct candidate *k, struct findings *out)
{
    if (k->unread[0] != '\0' &&
        finding_add(out, FINDING_WARNING, "certificates-unread",
                    "take the attestation with the maker's tool: enrol --attestation FILE",
                    "certificates can't be read: %s", k->unread) != 0)
        return -1;
    return attest_findings(&k->attestation, out);
}

static int check_type(const struct session *s, const struct candidate *k, struct findings *out)
{
    enum key_type wanted = s->plan->seats[k->seat].key_type;

    return key_type(k->key.key) == wanted
               ? 0
               : finding_add(out, FINDING_REFUSAL, "key-type", "choose or make another key",
                             "the key is %s, the plan has %s", key_type_words(key_type(k->key.key)),
                             key_type_words(wanted));
}

/* The same was asked before the PIN; this holds whoever did not ask. */
static int check_token(const struct session *s, const struct candidate *k, struct findings *out)
{
    size_t holder = s->plan->seats[k->seat].holder;
    struct owner o = owner_of(s, holder, k->seat, &k->token, NULL);

    if (o.is == OWNER_ANOTHERS)
        return finding_add(out, FINDING_REFUSAL, "same-token",
                           "remove it, and insert the token of the right person",
                           o.bound == BOUND_RECORDED
                               ? "this token holds the key of '%s': lost together, they are one "
                                 "token"
                               : "the plan names this token as that of '%s': lost together, they "
                                 "are one token",
                           s->plan->holders[o.holder].name);
    if (o.elsewhere)
        return finding_add(
            out, FINDING_REFUSAL, "other-token", "insert the token of the plan",
            "the plan names another token%s%s", s->plan->holders[holder].token != NULL ? ": " : "",
            s->plan->holders[holder].token != NULL ? s->plan->holders[holder].token : "");
    return 0;
}

int enrol_check(const struct session *s, const struct candidate *k, struct findings *out,
                struct err *e)
{
    *out = (struct findings){0};
    if (check_type(s, k, out) == 0 && check_token(s, k, out) == 0 &&
        check_sharing(s, k, out) == 0 && check_existence(k, out) == 0 &&
        check_claims(k, out) == 0 && check_attestation(k, out) == 0)
        return 0;
    findings_clear(out);
    return err_oom(e);
}

static void add_claim(cJSON *claims, const char *name, enum claim c)
{
    cJSON_AddStringToObject(claims, name, claim_name(c));
}

static void add_attestation(cJSON *data, const struct attestation *a)
{
    cJSON *tree = cJSON_AddObjectToObject(data, "attestation");
    struct bytes hex = {0};

    cJSON_AddStringToObject(tree, "form", a->form);
    if (!a->pem)
        bytes_put_hex(&hex, bytes_span(&a->chain));
    cJSON_AddStringToObject(tree, a->pem ? "pem" : "cvc", memory_text(a->pem ? &a->chain : &hex));
    bytes_clear(&hex);
}

static cJSON *enrolled(const struct ceremony *c, const struct candidate *k)
{
    cJSON *data = act_seat(c, k->seat), *claims;
    struct bytes object = {0};

    /* the canonical key has raw newlines; RFC 8259 wants them escaped */
    json_print(key_object(k->key.key), 0, &object);
    cJSON_AddRawToObject(data, "key", memory_text(&object));
    bytes_clear(&object);
    data = act_add(data, "token", act_token(&k->token));
    claims = cJSON_AddObjectToObject(data, "claims");
    add_claim(claims, "local", k->key.local);
    add_claim(claims, "sensitive", k->key.sensitive);
    add_claim(claims, "always_sensitive", k->key.always_sensitive);
    add_claim(claims, "extractable", k->key.extractable);
    add_claim(claims, "never_extractable", k->key.never_extractable);
    add_claim(claims, "signs", k->key.signs);
    cJSON_AddBoolToObject(data, "generated_here", k->generated_here);
    if (k->attestation.form != NULL)
        add_attestation(data, &k->attestation);
    return data;
}

int enrol_confirm(struct ceremony *c, const struct candidate *k, struct err *e)
{
    char where[200];
    struct findings f;
    int rc;

    if (enrol_check(ceremony_session(c), k, &f, e) != 0)
        return -1;
    snprintf(where, sizeof where, "enrolling keyholder '%s'",
             session_holder_name(ceremony_session(c), k->seat));
    rc = findings_check(&f, where, e);
    findings_clear(&f);
    return rc == 0 && act_need(c, STATION_ENROLMENT, e) == 0 &&
                   act_need_unsigned(c, "the keys", e) == 0
               ? act_take(c, EVENT_KEY_ENROLLED, enrolled(c, k), e)
               : -1;
}

int enrol_withdraw(struct ceremony *c, size_t seat, struct err *e)
{
    return act_need(c, STATION_ENROLMENT, e) == 0 && act_need_unsigned(c, "the keys", e) == 0
               ? act_take(c, EVENT_KEY_WITHDRAWN, act_seat(c, seat), e)
               : -1;
}
