/* SPDX-License-Identifier: Apache-2.0 */
/* Attestations in X.509: Yubico's two forms. The extensions are those of
 * https://docs.yubico.com/hardware/oid/ (product arcs). */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "metadata/base/utc.h"
#include "tokens/attestation/attestation_form.h"

static int malformed(struct err *e, const char *what)
{
    ERR_clear_error();
    err_set(e, ERR_INPUT, "the attestation is malformed: its %s can't be read", what);
    return err_todo(e, "take the attestation from the token again, with its maker's tool");
}

/* The value of the extension `arc`.`n`; empty when it is not there, or there twice. */
static struct span extension(const X509 *x, const char *arc, unsigned n)
{
    struct span value = {0};
    ASN1_OBJECT *oid;
    char text[80];
    int at;

    snprintf(text, sizeof text, "%s.%u", arc, n);
    if ((oid = OBJ_txt2obj(text, 1)) == NULL)
        return value;
    at = X509_get_ext_by_OBJ(x, oid, -1);
    if (at >= 0 && X509_get_ext_by_OBJ(x, oid, at) < 0) {
        const ASN1_OCTET_STRING *s = X509_EXTENSION_get_data(X509_get_ext(x, at));

        value = span_of(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
    }
    ASN1_OBJECT_free(oid);
    return value;
}

/* A DER value of one tag with a short length, and nothing behind it. */
static bool short_der(struct span s, uint8_t tag, struct span *out)
{
    if (s.n < 2 || s.p[0] != tag || s.p[1] >= 0x80 || s.p[1] != s.n - 2)
        return false;
    *out = span_of(s.p + 2, s.n - 2);
    return true;
}

/* An INTEGER of at most 32 bits that is not negative, in decimal. */
static bool read_serial(struct span der, char *out, size_t size)
{
    struct span s;
    uint64_t n = 0;

    if (!short_der(der, 0x02, &s) || s.n == 0 || s.n > 5 || (s.p[0] & 0x80) != 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        n = n << 8 | s.p[i];
    if (n > UINT32_MAX)
        return false;
    snprintf(out, size, "%llu", (unsigned long long)n);
    return true;
}

static bool read_firmware(struct span three, char *out, size_t size)
{
    if (three.n != 3)
        return false;
    snprintf(out, size, "%u.%u.%u", three.p[0], three.p[1], three.p[2]);
    return true;
}

#define HSM "1.3.6.1.4.1.41482.4"
#define PIV "1.3.6.1.4.1.41482.3"

/* Origin: 1 generated, 2 imported, 16 came in wrapped, beside what it was before. */
static void yubihsm_origin(uint8_t origin, struct attestation *out)
{
    if (origin == 0x01)
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_HOLDS, "the device generated it");
    else if ((origin & 0x02) != 0)
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_FAILS,
                     "the key was IMPORTED: copies may exist elsewhere");
    else if ((origin & 0x10) != 0)
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_FAILS,
                     "the key came in WRAPPED: another device has it, or had it");
    else
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_FAILS, "its origin is not one that is known");
}

/* Capabilities are 64 bits, highest first; 16 is exportable-under-wrap. */
static void yubihsm_stays(struct span bits, struct attestation *out)
{
    if ((bits.p[bits.n - 3] & 0x01) != 0)
        attested_set(out, ATTESTED_STAYS, ATTESTED_FAILS,
                     "the key is EXPORTABLE (exportable-under-wrap): whoever has a wrap key of the "
                     "device can copy it");
    else
        attested_set(out, ATTESTED_STAYS, ATTESTED_HOLDS, "the key is not exportable");
}

int attestation_yubihsm_read(X509 *leaf, struct attestation *out, struct err *e)
{
    struct span version, origin, capabilities;

    if (!short_der(extension(leaf, HSM, 1), 0x04, &version) ||
        !read_firmware(version, out->firmware, sizeof out->firmware))
        return malformed(e, "firmware (extension .4.1)");
    if (!read_serial(extension(leaf, HSM, 2), out->serial, sizeof out->serial))
        return malformed(e, "serial (extension .4.2)");
    if (!short_der(extension(leaf, HSM, 3), 0x03, &origin) || origin.n != 2 || origin.p[0] != 0)
        return malformed(e, "origin (extension .4.3)");
    if (!short_der(extension(leaf, HSM, 5), 0x03, &capabilities) || capabilities.n != 9 ||
        capabilities.p[0] != 0)
        return malformed(e, "capabilities (extension .4.5)");
    yubihsm_origin(origin.p[1], out);
    yubihsm_stays(capabilities, out);
    return 1;
}

/* A YubiKey attests only what it generated, and lets no private key out. */
int attestation_piv_read(X509 *leaf, struct attestation *out, struct err *e)
{
    struct span serial = extension(leaf, PIV, 7);

    if (!read_firmware(extension(leaf, PIV, 3), out->firmware, sizeof out->firmware))
        return malformed(e, "firmware (extension .3.3)");
    if (serial.n > 0 && !read_serial(serial, out->serial, sizeof out->serial))
        return malformed(e, "serial (extension .3.7)");
    attested_set(out, ATTESTED_ORIGIN, ATTESTED_HOLDS,
                 "the device generated it (a YubiKey attests no other keys)");
    attested_set(out, ATTESTED_STAYS, ATTESTED_HOLDS,
                 "a YubiKey lets no private key of its PIV slots out");
    return 1;
}

/* An attestation is no issuer, and has the extension that only attestations have: origin, or the
 * firmware of PIV. */
static bool is_leaf(const struct attestation_form *f, X509 *x)
{
    ASN1_OBJECT *oid;
    char text[80];
    bool has;

    snprintf(text, sizeof text, "%s.3", f->arc);
    oid = OBJ_txt2obj(text, 1);
    has = oid != NULL && X509_get_ext_by_OBJ(x, oid, -1) >= 0 && X509_check_ca(x) == 0;
    ASN1_OBJECT_free(oid);
    ERR_clear_error();
    return has;
}

/* The attestation of the key that is asked for, wherever it lies; else the first that lies beside
 * it. *key is its key. */
static int find_leaf(const struct attestation_form *f, const struct attestation_pool *p, X509 **out,
                     struct key **key, struct err *e)
{
    X509 *first = NULL;

    *out = NULL;
    for (int i = 0; i < sk_X509_num(p->x509); i++) {
        X509 *x = sk_X509_value(p->x509, i);

        if (!is_leaf(f, x))
            continue;
        if (attested_key_of(X509_get0_pubkey(x), key, e) != 0)
            return -1;
        if (attested_is_asked(p, *key) && (p->c->key != NULL || i < p->x509_beside)) {
            *out = x;
            return 0;
        }
        key_free(*key);
        *key = NULL;
        if (first == NULL && i < p->x509_beside)
            first = x;
    }
    *out = first;
    return first != NULL ? attested_key_of(X509_get0_pubkey(first), key, e) : 0;
}

static void put_pem(X509 *x, struct bytes *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    if (bio != NULL && PEM_write_bio_X509(bio, x) == 1) {
        n = BIO_get_mem_data(bio, &text);
        if (n > 0)
            bytes_put(out, text, (size_t)n);
    }
    BIO_free(bio);
}

static bool pinned(const struct attestation_pool *p, X509 *x, struct bytes *words)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    bool is = n > 0 && attestation_pool_pinned(p, span_of(der, (size_t)n), words);

    OPENSSL_free(der);
    return is;
}

static X509_STORE *pinned_store(const struct attestation_pool *p)
{
    X509_STORE *store = X509_STORE_new();
    struct bytes words = {0};

    for (int i = 0; store != NULL && i < sk_X509_num(p->x509); i++) {
        X509 *x = sk_X509_value(p->x509, i);

        if (pinned(p, x, &words) && X509_STORE_add_cert(store, x) != 1) {
            X509_STORE_free(store);
            store = NULL;
        }
    }
    bytes_clear(&words);
    return store;
}

/* Errors that mean: nobody who is pinned stands at the end. */
static bool is_unrooted(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
           error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
}

static void answer_chain(const struct attestation_pool *p, X509_STORE_CTX *ctx, bool ok,
                         struct attestation *out)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    int n = sk_X509_num(chain), error = X509_STORE_CTX_get_error(ctx);
    char name[200] = "?";
    struct bytes words = {0};

    for (int i = 0; i < n; i++)
        put_pem(sk_X509_value(chain, i), &out->chain);
    if (n > 0)
        (void)X509_NAME_get_text_by_NID(X509_get_issuer_name(sk_X509_value(chain, n - 1)),
                                        NID_commonName, name, sizeof name);
    if (ok && n > 1 && pinned(p, sk_X509_value(chain, n - 1), &words)) {
        snprintf(out->root, sizeof out->root, "%s", bytes_str(&words));
        attested_set(out, ATTESTED_CHAIN, ATTESTED_HOLDS, "by %s", out->root);
    } else if (!ok && is_unrooted(error))
        attested_set(out, ATTESTED_CHAIN, ATTESTED_UNKNOWN,
                     "it leads to '%.150s', and no such root is pinned and among the inputs", name);
    else
        attested_set(out, ATTESTED_CHAIN, ATTESTED_FAILS, "its chain does not hold: %s",
                     ok ? "it is its own root" : X509_verify_cert_error_string(error));
    bytes_clear(&words);
}

/* A room confirms a day, not an hour; what was issued on it counts. */
static time_t end_of_day(int64_t at)
{
    return (time_t)(at - ((at % UTC_DAY) + UTC_DAY) % UTC_DAY + UTC_DAY - 1);
}

static int check_chain(const struct attestation_pool *p, X509 *leaf, struct attestation *out,
                       struct err *e)
{
    X509_STORE *store = pinned_store(p);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int rc = -1;

    if (store == NULL || ctx == NULL || X509_STORE_CTX_init(ctx, store, leaf, p->x509) != 1)
        err_oom(e);
    else {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

        X509_VERIFY_PARAM_set_time(param, end_of_day(p->c->at));
        X509_VERIFY_PARAM_set_auth_level(param, 2); /* no SHA-1, no RSA below 2048 bits */
        X509_VERIFY_PARAM_set_depth(param, 8);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN); /* a pin may be no root */
        answer_chain(p, ctx, X509_verify_cert(ctx) == 1, out);
        rc = 0;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return rc;
}

int attestation_x509_check(const struct attestation_form *f, const struct attestation_pool *p,
                           struct attestation *out, struct err *e)
{
    X509 *leaf;

    if (find_leaf(f, p, &leaf, &out->key, e) != 0)
        return -1;
    if (leaf == NULL)
        return 0;
    out->pem = true;
    if (check_chain(p, leaf, out, e) != 0)
        return -1;
    return f->read(leaf, out, e);
}
