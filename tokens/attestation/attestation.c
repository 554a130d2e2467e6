/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/attestation/attestation.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tokens/advisory.h"
#include "tokens/attestation/attestation_form.h"

/* Files of certificates, taken apart. */

#define POOL_X509_MAX 256

/* The makers' roots, by the SHA-256 of the whole certificate. */
static const struct {
    const char *name;
    uint8_t sha256[SHA256_SIZE];
} roots[] = {
    {"Yubico YubiHSM Root CA", {0x09, 0x4a, 0x3a, 0xc4, 0x93, 0xc2, 0xbd, 0xcd, 0x65, 0xa5, 0x4b,
                                0xdf, 0x40, 0x19, 0x0f, 0x52, 0xbb, 0x03, 0xf7, 0x15, 0x63, 0x97,
                                0xa3, 0xfc, 0x69, 0xd8, 0xaa, 0x9a, 0x39, 0x2f, 0xb7, 0x24}},
    {"Yubico Attestation Root 1", {0x62, 0x76, 0x0c, 0x6a, 0x6e, 0xf9, 0x16, 0x79, 0xf4, 0x54, 0xc8,
                                   0x90, 0x2b, 0x80, 0xfd, 0x00, 0x98, 0x25, 0xb3, 0xf2, 0x5d, 0xa9,
                                   0x0f, 0x1f, 0xba, 0xce, 0x2e, 0xc6, 0x58, 0x6c, 0xd5, 0xa8}},
    {"Yubico PIV Root CA Serial 263751",
     {0x63, 0xec, 0xe9, 0x14, 0xe5, 0x4d, 0xd8, 0x79, 0x15, 0xf3, 0x40,
      0x33, 0xc8, 0x5a, 0xf4, 0xc0, 0x69, 0x6b, 0xa1, 0x51, 0x2f, 0x8a,
      0xdd, 0x66, 0xce, 0xd7, 0x38, 0x33, 0x12, 0x07, 0xb5, 0x46}},
    {"CardContact SmartCard-HSM Scheme Root CA DESRCACC100001",
     {0x45, 0x3a, 0x39, 0x10, 0x15, 0xc5, 0xfb, 0xb6, 0x01, 0x16, 0xc8,
      0x38, 0xed, 0x61, 0x35, 0x91, 0x82, 0x8b, 0xf6, 0x2a, 0xc8, 0xa1,
      0xac, 0xa2, 0x76, 0xce, 0x4e, 0x60, 0x52, 0x5e, 0xc3, 0xe3}},
};

/* The maker's root that the program pins under this fingerprint, in words; NULL: none. */
static const char *root_name(const uint8_t sha256_of[SHA256_SIZE])
{
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (memcmp(roots[i].sha256, sha256_of, SHA256_SIZE) == 0)
            return roots[i].name;
    return NULL;
}

bool attestation_pool_pinned(const struct attestation_pool *p, struct span certificate,
                             struct bytes *words)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    const char *name;

    if (sha256(certificate, digest) != 0)
        return false;
    if ((name = root_name(digest)) != NULL) {
        bytes_put_str(words, name);
        return true;
    }
    for (size_t i = 0; i < p->c->npins; i++)
        if (memcmp(p->c->pins[i], digest, SHA256_SIZE) == 0) {
            hex_of(digest, SHA256_SIZE, hex);
            bytes_printf(words, "the committee's own root %.16s...", hex);
            return true;
        }
    return false;
}

/* Adds every certificate of a file. Errors: ERR_INPUT. */
static void attestation_pool_clear(struct attestation_pool *p)
{
    sk_X509_pop_free(p->x509, X509_free);
    p->x509 = NULL;
}

static int malformed(struct err *e, const char *why)
{
    ERR_clear_error();
    err_set(e, ERR_INPUT, "this is no file of certificates: %s", why);
    return err_todo(e, "give X.509 certificates in DER or PEM, or card-verifiable certificates, as "
                       "the token's maker or its tool wrote them");
}

/* `x` is moved in; NULL: it could not be read. */
static int take(struct attestation_pool *p, X509 *x, struct err *e)
{
    if (x == NULL)
        return malformed(e, "a certificate can't be read");
    if (sk_X509_num(p->x509) >= POOL_X509_MAX) {
        X509_free(x);
        return malformed(e, "there are too many");
    }
    if (sk_X509_push(p->x509, x) > 0)
        return 0;
    X509_free(x);
    return err_oom(e);
}

static int add_pem(struct attestation_pool *p, struct span file, struct err *e)
{
    BIO *bio = BIO_new_mem_buf(file.p, (int)file.n);
    unsigned n = 0;
    X509 *x;
    int rc = 0;

    while (rc == 0 && bio != NULL && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        rc = take(p, x, e);
        n++;
    }
    BIO_free(bio);
    if (rc == 0 && n == 0)
        return malformed(e, "no PEM block 'CERTIFICATE' can be read");
    if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return malformed(e, "a PEM block is damaged");
    ERR_clear_error();
    return rc;
}

/* One element after the other, to the last byte. */
static int add_binary(struct attestation_pool *p, struct span file, struct err *e)
{
    const unsigned char *at = file.p;
    struct span value, whole;
    unsigned tag;

    while (file.n > 0) {
        if (file.p[0] == 0x30) {
            at = file.p;
            if (take(p, d2i_X509(NULL, &at, (long)file.n), e) != 0)
                return -1;
            file = span_of(at, file.n - (size_t)(at - file.p));
        } else if (!cvc_element(&file, &tag, &value, &whole) ||
                   (tag != CVC_CERTIFICATE && tag != CVC_REQUEST))
            return malformed(e, "neither X.509 nor card-verifiable");
        else if (p->ncvc == POOL_CVC_MAX)
            return malformed(e, "there are too many");
        else
            p->cvc[p->ncvc++] = whole;
    }
    return 0;
}

/* Adds every certificate of a file. Errors: ERR_INPUT. */
static int attestation_pool_add(struct attestation_pool *p, struct span file, struct err *e)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";

    if (file.n == 0 || file.n > ATTESTATION_MAX)
        return malformed(e, file.n == 0 ? "it is empty" : "it is too large");
    if (p->x509 == NULL && (p->x509 = sk_X509_new_null()) == NULL)
        return err_oom(e);
    if (file.p[0] != 0x30 && memmem(file.p, file.n, begin, sizeof begin - 1) != NULL)
        return add_pem(p, file, e);
    return add_binary(p, file, e);
}

static void put_pinned(const struct attestation_pool *p, struct span certificate, struct bytes *out)
{
    if (attestation_pool_pinned(p, certificate, out))
        bytes_put_u8(out, '\n');
}

int attestation_pinned(struct span file, const uint8_t (*pins)[SHA256_SIZE], size_t npins,
                       struct bytes *out, struct err *e)
{
    const struct attestation_case c = {.pins = pins, .npins = npins};
    struct attestation_pool p = {.c = &c};
    int rc = attestation_pool_add(&p, file, e);

    for (int i = 0; rc == 0 && i < sk_X509_num(p.x509); i++) {
        unsigned char *der = NULL;
        int n = i2d_X509(sk_X509_value(p.x509, i), &der);

        if (n > 0)
            put_pinned(&p, span_of(der, (size_t)n), out);
        OPENSSL_free(der);
    }
    for (size_t i = 0; rc == 0 && i < p.ncvc; i++)
        put_pinned(&p, p.cvc[i], out);
    attestation_pool_clear(&p);
    return rc == 0 && bytes_failed(out) ? err_oom(e) : rc;
}

int attestation_readable(struct span file, struct err *e)
{
    struct attestation_pool p = {0};
    struct cvc_request request;
    struct cvc cvc;
    int rc = attestation_pool_add(&p, file, e);

    for (size_t i = 0; rc == 0 && i < p.ncvc; i++)
        if (!cvc_read(p.cvc[i], &cvc) && !cvc_request_read(p.cvc[i], &request))
            rc = malformed(e, "a card-verifiable certificate can't be read");
    attestation_pool_clear(&p);
    return rc;
}

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
