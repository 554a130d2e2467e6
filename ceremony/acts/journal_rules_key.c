/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about lines that bring a key to a seat, or name one that was made here. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/acts/journal_rules.h"
#include "ceremony/acts/made_here.h"
#include "ceremony/session/session_fold.h"

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

int journal_token(const struct event *ev, struct token_info *out, struct err *e)
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

int enrolled_follows(const struct session *s, const struct event *ev, struct err *e)
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
int unused_follows(const struct session *s, const struct event *ev, struct err *e)
{
    struct token_info token;

    if (journal_token(ev, &token, e) != 0)
        return -1;
    return was_made(made_here_id(s->journal, ev->n - 1, &token, event_member(ev, "keyid"), e), e);
}
