/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/session/attest.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/base/plain.h"

int attest_key(const struct plan *p, utc_t at, const struct key *key,
               const struct attest_evidence *evidence, const char *serial, const char *firmware,
               struct attestation *out, struct err *e)
{
    size_t makers = p->attest.makers.n, given = p->attest.attestations.n, n = 0;
    struct span *pool = calloc(makers + given + evidence->npool + 1, sizeof *pool);
    struct attestation_case c = {.beside = evidence->beside,
                                 .nbeside = evidence->nbeside,
                                 .pins = (const uint8_t(*)[SHA256_SIZE])p->attest.pins,
                                 .npins = p->attest.npins,
                                 .at = at,
                                 .key = key,
                                 .serial = serial,
                                 .firmware = firmware};
    int rc;

    *out = (struct attestation){0};
    if (pool == NULL)
        return err_oom(e);
    for (size_t i = 0; i < makers; i++)
        pool[n++] = p->attest.makers.spans[i];
    for (size_t i = 0; i < given; i++)
        pool[n++] = p->attest.attestations.spans[i];
    for (size_t i = 0; i < evidence->npool; i++)
        pool[n++] = evidence->pool[i];
    c.pool = pool;
    c.npool = n;
    rc = attestation_check(&c, out, e);
    free(pool);
    return rc;
}

int attest_seat(const struct session *s, size_t seat, struct attestation *out, struct err *e)
{
    const struct seat_state *st = &s->seats[seat];
    const struct span beside = bytes_span(&st->evidence);
    const struct attest_evidence evidence = {.beside = &beside, .nbeside = beside.n > 0};

    return attest_key(s->plan, s->date, st->key, &evidence, st->token.serial, st->token.firmware,
                      out, e);
}

/* What follows from an answer that is no. */
static const struct {
    enum finding_level level;
    const char *rule, *todo;
} if_not[ATTESTED_QUESTIONS] = {
    [ATTESTED_CHAIN] = {FINDING_REFUSAL, "attested-chain",
                        "take the attestation again; if it stays so, do not trust this token"},
    [ATTESTED_KEY] = {FINDING_REFUSAL, "attested-key",
                      "take the attestation of this very key, or make a new key"},
    [ATTESTED_SERIAL] = {FINDING_REFUSAL, "attested-serial",
                         "find out which token this is; take its own attestation"},
    [ATTESTED_ORIGIN] = {FINDING_REFUSAL, "attested-origin", "make a new key on the token"},
    [ATTESTED_STAYS] = {FINDING_REFUSAL, "attested-exportable",
                        "make a new key that can't be exported"},
    [ATTESTED_FIRMWARE] = {FINDING_WARNING, "firmware-advisory",
                           "newer firmware, or take the risk knowingly"},
};

static int add_answer(const struct attestation *a, enum attested_question q, struct findings *out)
{
    const char *words = a->answers[q].words;

    if (a->answers[q].is == ATTESTED_FAILS)
        return finding_add(out, if_not[q].level, if_not[q].rule, if_not[q].todo, "%s%s",
                           q == ATTESTED_FIRMWARE ? "firmware " : "", words);
    if (a->answers[q].is == ATTESTED_HOLDS || a->answers[ATTESTED_CHAIN].is != ATTESTED_HOLDS)
        return 0;
    if (q == ATTESTED_STAYS || q == ATTESTED_SERIAL)
        return finding_add(out, FINDING_NOTE, q == ATTESTED_STAYS ? "leaving" : "serial", "", "%s",
                           words);
    return 0;
}

int attest_findings(const struct attestation *a, struct findings *out)
{
    if (a->form == NULL)
        return finding_add(
            out, FINDING_NOTE, "no-attestation", "",
            "no maker vouches for this key (no attestation): that it was made on the token and is "
            "not exportable is reported by the token's module alone");
    if (a->answers[ATTESTED_CHAIN].is == ATTESTED_UNKNOWN &&
        finding_add(out, FINDING_WARNING, "attested-root",
                    "lay the maker's certificates into inputs/vendor-roots; pin a root of your own "
                    "with 'attestation_roots'",
                    "the attestation counts for nothing: %s", a->answers[ATTESTED_CHAIN].words))
        return -1;
    for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++)
        if (add_answer(a, (enum attested_question)q, out) != 0)
            return -1;
    if (!attestation_vouches(a))
        return 0;
    return finding_add(
        out, FINDING_NOTE, "attested", "", "%s vouches: made on %s %s%s", a->root, a->device,
        a->serial, a->answers[ATTESTED_STAYS].is == ATTESTED_HOLDS ? ", and not exportable" : "");
}

static const char *const is_words[] = {
    [ATTESTED_UNKNOWN] = "not known", [ATTESTED_HOLDS] = "yes", [ATTESTED_FAILS] = "NO"};

void attest_words(const struct attestation *a, const char *indent, struct bytes *out)
{
    if (a->form == NULL) {
        bytes_printf(out, "%sno attestation: no maker vouches for this key\n", indent);
        return;
    }
    bytes_printf(out, "%sattestation: %s ", indent, a->device);
    plain_put_str(out, a->serial);
    bytes_printf(out, "%s%s\n", a->firmware[0] != '\0' ? ", firmware " : "", a->firmware);
    for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++) {
        bytes_printf(out, "%s  %-18s  %-9s  ", indent, attested_title((enum attested_question)q),
                     is_words[a->answers[q].is]);
        plain_put_str(out, a->answers[q].words);
        bytes_put_u8(out, '\n');
    }
}

cJSON *attest_json(const struct attestation *a)
{
    cJSON *tree, *answers;

    if (a->form == NULL)
        return cJSON_CreateNull();
    tree = cJSON_CreateObject();
    cJSON_AddStringToObject(tree, "form", a->form);
    cJSON_AddStringToObject(tree, "device", a->device);
    cJSON_AddStringToObject(tree, "serial", a->serial);
    cJSON_AddStringToObject(tree, "firmware", a->firmware);
    cJSON_AddStringToObject(tree, "root", a->root);
    if (a->key != NULL)
        cJSON_AddStringToObject(tree, "keyid", key_id(a->key));
    cJSON_AddBoolToObject(tree, "vouches", attestation_vouches(a));
    answers = cJSON_AddArrayToObject(tree, "answers");
    for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "question", attested_title((enum attested_question)q));
        cJSON_AddStringToObject(item, "is", is_words[a->answers[q].is]);
        cJSON_AddStringToObject(item, "words", a->answers[q].words);
        cJSON_AddItemToArray(answers, item);
    }
    return tree;
}
