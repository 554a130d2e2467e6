/* SPDX-License-Identifier: Apache-2.0 */
/* Files of certificates, taken apart. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "tokens/attestation/attestation_form.h"

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

void attestation_pool_clear(struct attestation_pool *p)
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

int attestation_pool_add(struct attestation_pool *p, struct span file, struct err *e)
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
