/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: of the key that attests, of the keys that it attests, and one of no key. */
#include <libgen.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "tlv.h"
#include "yubikey.h"

#define OBJECT_ATTESTER 0x5FFF01u
#define TAG_CERTIFICATE 0x70
#define PIV             "1.3.6.1.4.1.41482.3."

/* Without a signature yet. */
static X509 *certificate(EVP_PKEY *subject, const char *name, const X509_NAME *issuer, bool ca)
{
    X509 *x = X509_new();
    X509_NAME *n = X509_NAME_new();
    BASIC_CONSTRAINTS authority = {.ca = 1};

    (void)X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
    X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_subject_name(x, n);
    X509_set_issuer_name(x, issuer != NULL ? issuer : n);
    X509_NAME_free(n);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20160314000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "20520417000000Z");
    X509_set_pubkey(x, subject);
    if (ca)
        X509_add1_ext_i2d(x, NID_basic_constraints, &authority, 1, X509V3_ADD_DEFAULT);
    return x;
}

/* The bytes go in as they are, as a YubiKey does it. */
static void extend(X509 *x, const char *oid, const void *value, size_t n)
{
    ASN1_OBJECT *name = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    X509_EXTENSION *made;

    ASN1_OCTET_STRING_set(s, value, (int)n);
    made = X509_EXTENSION_create_by_OBJ(NULL, name, 0, s);
    X509_add_ext(x, made, -1);
    X509_EXTENSION_free(made);
    ASN1_OCTET_STRING_free(s);
    ASN1_OBJECT_free(name);
}

static void put_der(X509 *x, struct bytes *out)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);

    if (n > 0)
        bytes_put(out, der, (size_t)n);
    OPENSSL_free(der);
}

/* As PIV keeps a certificate (SP 800-73-4, part 1, table 10). */
static int put_object(struct yubikey *y, unsigned id, X509 *x)
{
    struct bytes der, object;
    int rc;

    der = (struct bytes){0};
    object = (struct bytes){0};
    put_der(x, &der);
    tlv_put(&object, TAG_CERTIFICATE, bytes_span(&der));
    tlv_put(&object, 0x71, span_of("", 1));
    tlv_put(&object, 0xFE, span_of(NULL, 0));
    rc = yubikey_object_put(y, id, bytes_span(&object));
    bytes_clear(&der);
    bytes_clear(&object);
    return rc == 0 ? yubikey_save(y) : -1;
}

/* The maker's root of all devices in this folder; made by the first. */
static int root_of(const struct yubikey *y, EVP_PKEY **key, X509 **root)
{
    char folder[1024], path[1100];
    FILE *f;

    snprintf(folder, sizeof folder, "%s", y->image);
    snprintf(path, sizeof path, "%s/yubikey-root.pem", dirname(folder));
    if ((f = fopen(path, "re")) != NULL) {
        *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        *root = PEM_read_X509(f, NULL, NULL, NULL);
    } else if ((f = fopen(path, "we")) != NULL) {
        *key = EVP_EC_gen("P-384");
        *root = certificate(*key, "Virtual PIV Root CA", NULL, true);
        X509_sign(*root, *key, EVP_sha256());
        PEM_write_PrivateKey(f, *key, NULL, NULL, 0, NULL, NULL);
        PEM_write_X509(f, *root);
    }
    if (f != NULL)
        fclose(f);
    return *key != NULL && *root != NULL ? 0 : -1;
}

/* As at the factory: RSA before firmware 5.7, EC from then on. */
int yubikey_make_attester(struct yubikey *y)
{
    bool ec = yubikey_version_is(y, 5, 7);
    struct yubikey_key *k = &y->keys[YUBIKEY_ATTESTS];
    EVP_PKEY *key = NULL;
    X509 *root = NULL, *x;
    int rc = root_of(y, &key, &root);

    if (rc == 0) {
        *k = (struct yubikey_key){.key = ec ? EVP_EC_gen("P-384") : EVP_RSA_gen(2048),
                                  .algorithm = ec ? ALG_P384 : ALG_RSA2048,
                                  .pin = PIN_NEVER,
                                  .touch = TOUCH_NEVER,
                                  .origin = ORIGIN_GENERATED};
        x = certificate(k->key, "Yubico PIV Attestation", X509_get_subject_name(root), true);
        X509_sign(x, key, EVP_sha256());
        rc = put_object(y, OBJECT_ATTESTER, x);
        X509_free(x);
    }
    EVP_PKEY_free(key);
    X509_free(root);
    return rc;
}

/* Where a slot's certificate is (SP 800-73-4, part 1, table 3). */
static unsigned object_of(unsigned slot)
{
    switch (slot) {
    case 0x9A:
        return 0x5FC105;
    case 0x9C:
        return 0x5FC10A;
    case 0x9D:
        return 0x5FC10B;
    case 0x9E:
        return 0x5FC101;
    default:
        return 0x5FC10D + slot - 0x82;
    }
}

int yubikey_put_certificate(struct yubikey *y, unsigned slot)
{
    EVP_PKEY *elsewhere = EVP_EC_gen("P-256");
    X509 *x = certificate(elsewhere, "made elsewhere", NULL, false);
    int rc;

    X509_sign(x, elsewhere, EVP_sha256());
    rc = put_object(y, object_of(slot), x);
    X509_free(x);
    EVP_PKEY_free(elsewhere);
    return rc;
}

static X509 *attester(struct yubikey *y)
{
    struct yubikey_object *o = yubikey_object(y, OBJECT_ATTESTER);
    struct span der;
    const unsigned char *p;

    if (o == NULL || !tlv_find(bytes_span(&o->data), TAG_CERTIFICATE, &der))
        return NULL;
    p = der.p;
    return d2i_X509(NULL, &p, (long)der.n);
}

static void describe(const struct yubikey *y, const struct yubikey_key *k, X509 *x)
{
    const uint8_t version[] = {(uint8_t)y->version[0], (uint8_t)y->version[1],
                               (uint8_t)y->version[2]};
    const uint8_t serial[] = {2,
                              4,
                              (uint8_t)(y->serial >> 24),
                              (uint8_t)(y->serial >> 16),
                              (uint8_t)(y->serial >> 8),
                              (uint8_t)y->serial};
    const uint8_t policy[] = {k->pin, k->touch}, form[] = {1};

    extend(x, PIV "3", version, sizeof version);
    extend(x, PIV "7", serial, sizeof serial);
    extend(x, PIV "8", policy, sizeof policy);
    extend(x, PIV "9", form, sizeof form);
}

unsigned yubikey_attest(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    const struct yubikey_key *k = &y->keys[a->p1];
    char name[64];
    X509 *by, *x;

    if (k->key == NULL || a->p1 == YUBIKEY_ATTESTS)
        return SW_NO_KEY;
    if (k->origin != ORIGIN_GENERATED)
        return SW_DATA;
    if ((by = attester(y)) == NULL)
        return SW_NO_KEY;
    snprintf(name, sizeof name, "YubiKey PIV Attestation %02x", a->p1);
    x = certificate(k->key, name, X509_get_subject_name(by), false);
    describe(y, k, x);
    X509_sign(x, y->keys[YUBIKEY_ATTESTS].key, EVP_sha256());
    put_der(x, out);
    X509_free(x);
    X509_free(by);
    return SW_OK;
}
