/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/attestation/attestation.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tokens/advisory.h"
#include "tokens/attestation/attestation_form.h"

static const struct attestation_form forms[] = {
    {.name = "yubihsm2",
     .device = "YubiHSM 2",
     .arc = "1.3.6.1.4.1.41482.4",
     .check = attestation_x509_check,
     .read = attestation_yubihsm_read,
     .decimal = true},
    {.name = "yubikey-piv",
     .device = "YubiKey (PIV)",
     .arc = "1.3.6.1.4.1.41482.3",
     .check = attestation_x509_check,
     .read = attestation_piv_read,
     .decimal = true},
    {.name = "smartcard-hsm", .device = "SmartCard-HSM", .check = attestation_cvc_check},
};

static const char *const titles[] = {
    [ATTESTED_CHAIN] = "vouched for",       [ATTESTED_KEY] = "about this key",
    [ATTESTED_SERIAL] = "about this token", [ATTESTED_ORIGIN] = "made on the device",
    [ATTESTED_STAYS] = "not exportable",    [ATTESTED_FIRMWARE] = "firmware",
};
static_assert(sizeof titles / sizeof titles[0] == ATTESTED_QUESTIONS, "a question has no title");

const char *attested_title(enum attested_question q)
{
    return (unsigned)q < ATTESTED_QUESTIONS ? titles[q] : "?";
}

void attested_set(struct attestation *a, enum attested_question q, enum attested is,
                  const char *fmt, ...)
{
    va_list ap;

    a->answers[q].is = is;
    va_start(ap, fmt);
    vsnprintf(a->answers[q].words, sizeof a->answers[q].words, fmt, ap);
    va_end(ap);
}

void attestation_clear(struct attestation *a)
{
    key_free(a->key);
    bytes_clear(&a->chain);
    *a = (struct attestation){0};
}

int attested_key_of(EVP_PKEY *pkey, struct key **out, struct err *e)
{
    unsigned char *der = NULL;
    int n = pkey != NULL ? i2d_PUBKEY(pkey, &der) : 0;
    struct err why;
    int rc = 0;

    *out = NULL;
    if (n > 0 && key_from_spki(span_of(der, (size_t)n), out, &why) != 0 && why.code == ERR_INTERNAL)
        rc = err_oom(e);
    OPENSSL_free(der);
    ERR_clear_error();
    return rc;
}

bool attested_is_asked(const struct attestation_pool *p, const struct key *key)
{
    return p->c->key == NULL || (key != NULL && key_same_material(p->c->key, key));
}

static void answer_key(const struct attestation_case *c, struct attestation *a)
{
    if (c->key == NULL)
        attested_set(a, ATTESTED_KEY, ATTESTED_UNKNOWN, "no key was given to compare it with");
    else if (a->key != NULL && key_same_material(a->key, c->key))
        attested_set(a, ATTESTED_KEY, ATTESTED_HOLDS, "the attested key is this very key");
    else
        attested_set(a, ATTESTED_KEY, ATTESTED_FAILS, "the attestation is about ANOTHER key");
}

/* Digits, leading zeros aside: modules fill a serial up. False: it is not a number. */
static bool digits(const char *text, const char **out)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return false;
    *out = text + strspn(text, "0");
    return true;
}

static void answer_serial(const struct attestation_case *c, const struct attestation_form *f,
                          struct attestation *a)
{
    const char *theirs = c->serial, *its = a->serial;

    if (c->serial == NULL || c->serial[0] == '\0')
        attested_set(a, ATTESTED_SERIAL, ATTESTED_UNKNOWN,
                     "the attestation names device %s; no token's serial is known to compare it "
                     "with",
                     a->serial[0] != '\0' ? a->serial : "(none)");
    else if (its[0] == '\0')
        attested_set(a, ATTESTED_SERIAL, ATTESTED_UNKNOWN, "the attestation names no serial");
    else if (f->decimal && !digits(c->serial, &theirs))
        attested_set(a, ATTESTED_SERIAL, ATTESTED_UNKNOWN,
                     "device %s; the module reports '%s': compare with the serial on the token",
                     its, theirs);
    else if ((!f->decimal || digits(a->serial, &its)) && strcmp(its, theirs) == 0)
        attested_set(a, ATTESTED_SERIAL, ATTESTED_HOLDS, "serial %s, as the token's", a->serial);
    else
        attested_set(a, ATTESTED_SERIAL, ATTESTED_FAILS,
                     "the attestation is about device %s, the token reports that it is %s",
                     a->serial, c->serial);
}

static void answer_firmware(const struct attestation_case *c, struct attestation *a)
{
    enum key_type type = a->key != NULL ? key_type(a->key) : KEY_UNKNOWN;
    const char *from = a->firmware[0] != '\0' ? "" : " (as the token reports)";
    const char *version = a->firmware[0] != '\0' ? a->firmware : c->firmware;
    const struct advisory *weak;
    unsigned v[3];

    if (version == NULL || !advisory_version(version, v))
        attested_set(a, ATTESTED_FIRMWARE, ATTESTED_UNKNOWN, "its version is not reported");
    else if ((weak = advisory_find(a->form, version, type)) != NULL)
        attested_set(a, ATTESTED_FIRMWARE, ATTESTED_FAILS, "%s%s, advisory %s: %s", version, from,
                     weak->id, weak->words);
    else if (advisory_knows(a->form, type))
        attested_set(a, ATTESTED_FIRMWARE, ATTESTED_HOLDS,
                     "%s%s: none of the advisories that this program knows is about it", version,
                     from);
    else
        attested_set(a, ATTESTED_FIRMWARE, ATTESTED_UNKNOWN,
                     "%s%s; this program knows no advisories for this device and type of key",
                     version, from);
}

/* What a certificate says that nobody who is pinned stands for is what anybody could have written.
 */
static void distrust(struct attestation *a)
{
    for (unsigned q = ATTESTED_SERIAL; q < ATTESTED_QUESTIONS; q++) {
        char words[sizeof a->answers[q].words];

        if (a->answers[q].is != ATTESTED_HOLDS)
            continue;
        memcpy(words, a->answers[q].words, sizeof words);
        attested_set(a, (enum attested_question)q, ATTESTED_UNKNOWN,
                     "it is claimed, and nobody vouches for it (%.200s)", words);
    }
}

static int fill(const struct attestation_case *c, struct attestation_pool *p, struct err *e)
{
    p->c = c;
    for (size_t i = 0; i < c->nbeside; i++)
        if (attestation_pool_add(p, c->beside[i], e) != 0)
            return -1;
    p->x509_beside = sk_X509_num(p->x509);
    p->cvc_beside = p->ncvc;
    for (size_t i = 0; i < c->npool; i++)
        if (attestation_pool_add(p, c->pool[i], e) != 0)
            return -1;
    return 0;
}

static int check_forms(const struct attestation_case *c, const struct attestation_pool *p,
                       struct attestation *out, struct err *e)
{
    struct attestation best = {0};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct attestation a = {.form = forms[i].name, .device = forms[i].device};
        int found = forms[i].check(&forms[i], p, &a, e);

        if (found > 0) {
            answer_key(c, &a);
            answer_serial(c, &forms[i], &a);
            answer_firmware(c, &a);
            if (a.answers[ATTESTED_CHAIN].is != ATTESTED_HOLDS)
                distrust(&a);
            if (best.form == NULL || a.answers[ATTESTED_KEY].is != ATTESTED_FAILS) {
                attestation_clear(&best);
                best = a;
                continue;
            }
        }
        attestation_clear(&a);
        if (found < 0) {
            attestation_clear(&best);
            return -1;
        }
    }
    *out = best;
    return 0;
}

int attestation_check(const struct attestation_case *c, struct attestation *out, struct err *e)
{
    struct attestation_pool p = {0};
    int rc = -1;

    *out = (struct attestation){0};
    if (fill(c, &p, e) == 0)
        rc = check_forms(c, &p, out, e);
    if (rc == 0 && bytes_failed(&out->chain)) {
        attestation_clear(out);
        rc = err_oom(e);
    }
    attestation_pool_clear(&p);
    return rc;
}

bool attestation_vouches(const struct attestation *a)
{
    for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++)
        if (a->answers[q].is == ATTESTED_FAILS && q != ATTESTED_FIRMWARE)
            return false;
    return a->form != NULL && a->answers[ATTESTED_CHAIN].is == ATTESTED_HOLDS &&
           a->answers[ATTESTED_ORIGIN].is == ATTESTED_HOLDS;
}
