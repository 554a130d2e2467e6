/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/metadata/forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

/* How tests sign with each type, in words of their own: the program's table is what they test. */
static int padding_of(enum key_type type)
{
    if (type == KEY_RSA || type == KEY_RSA_PSS_384 || type == KEY_RSA_PSS_512)
        return RSA_PKCS1_PSS_PADDING;
    return type == KEY_RSA_V15_256 || type == KEY_RSA_V15_384 || type == KEY_RSA_V15_512
               ? RSA_PKCS1_PADDING
               : 0;
}

EVP_PKEY *forge_pkey(enum key_type type)
{
    EVP_PKEY *pkey = NULL;

    if (type == KEY_P256)
        pkey = EVP_EC_gen("P-256");
    else if (type == KEY_P384)
        pkey = EVP_EC_gen("P-384");
    else if (type == KEY_P521)
        pkey = EVP_EC_gen("P-521");
    else if (type == KEY_ED25519)
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else if (padding_of(type) != 0)
        pkey = EVP_RSA_gen(2048);
    assert_non_null(pkey);
    return pkey;
}

void forge_pem(EVP_PKEY *pkey, struct bytes *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    assert_non_null(bio);
    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    n = BIO_get_mem_data(bio, &text);
    bytes_put(out, text, (size_t)n);
    BIO_free(bio);
}

void signer_init(struct signer *s, enum key_type type)
{
    struct bytes pem;
    struct key *first;
    struct err e;

    pem = (struct bytes){0};
    s->pkey = forge_pkey(type);
    forge_pem(s->pkey, &pem);
    if (key_from_pem(bytes_span(&pem), &first, &e) != 0 ||
        key_of_type(first, type, &s->key, &e) != 0)
        fail_msg("%s", e.what);
    key_free(first);
    bytes_clear(&pem);
}

void signer_clear(struct signer *s)
{
    EVP_PKEY_free(s->pkey);
    key_free(s->key);
    *s = (struct signer){0};
}

static const EVP_MD *digest_of(enum key_type type)
{
    switch (type) {
    case KEY_ED25519:
        return NULL;
    case KEY_P384:
    case KEY_RSA_PSS_384:
    case KEY_RSA_V15_384:
        return EVP_sha384();
    case KEY_P521:
    case KEY_RSA_PSS_512:
    case KEY_RSA_V15_512:
        return EVP_sha512();
    default:
        return EVP_sha256();
    }
}

void signer_sign_salted(const struct signer *s, struct span message, int salt, struct bytes *sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *params;
    unsigned char out[1024];
    size_t n = sizeof out;
    int padding = padding_of(key_type(s->key));

    assert_non_null(ctx);
    assert_int_equal(EVP_DigestSignInit(ctx, &params, digest_of(key_type(s->key)), NULL, s->pkey),
                     1);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(params, padding), 1);
    if (padding == RSA_PKCS1_PSS_PADDING)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(params, salt), 1);
    assert_int_equal(EVP_DigestSign(ctx, out, &n, message.p, message.n), 1);
    EVP_MD_CTX_free(ctx);
    bytes_put(sig, out, n);
}

void signer_sign(const struct signer *s, struct span message, struct bytes *sig)
{
    signer_sign_salted(s, message, FORGE_SALT_DIGEST, sig);
}

struct json_doc *forge_doc(const char *text)
{
    struct json_doc *doc;
    struct err e;

    if (json_doc_read(span_str(text), "file", JSON_TEXT, &doc, &e) != 0)
        fail_msg("%s (%s) in: %s", e.what, e.where, text);
    return doc;
}

void forge_file(const char *text, const struct forged_signature *sigs, size_t n, struct bytes *out)
{
    struct json_doc *doc = forge_doc(text);
    struct span canonical = json_span(json_root(doc));
    struct bytes sig;

    bytes_put_str(out, "{\"signatures\": [");
    for (size_t i = 0; i < n; i++) {
        sig = (struct bytes){0};
        signer_sign(sigs[i].by, canonical, &sig);
        bytes_printf(out, "%s{\"keyid\": \"%s\", \"sig\": \"", i > 0 ? ", " : "",
                     sigs[i].keyid != NULL ? sigs[i].keyid : key_id(sigs[i].by->key));
        bytes_put_hex(out, bytes_span(&sig));
        bytes_put_str(out, "\"}");
        bytes_clear(&sig);
    }
    bytes_put_str(out, "], \"signed\": ");
    bytes_put_str(out, text);
    bytes_put_str(out, "}\n");
    json_doc_free(doc);
}

void forge_signed_by(const char *text, const struct signer *const *signers, size_t n,
                     struct bytes *out)
{
    struct forged_signature *sigs = calloc(n + 1, sizeof *sigs);

    assert_non_null(sigs);
    for (size_t i = 0; i < n; i++)
        sigs[i].by = signers[i];
    forge_file(text, sigs, n, out);
    free(sigs);
}

void forge_keys(const struct signer *const *signers, size_t n, struct bytes *out)
{
    for (size_t i = 0; i < n; i++) {
        bytes_printf(out, "%s\"%s\": ", i > 0 ? ", " : "", key_id(signers[i]->key));
        json_print(key_object(signers[i]->key), 0, out); /* canonical JSON has raw newlines */
    }
}

void forge_keyids(const struct signer *const *signers, size_t n, struct bytes *out)
{
    for (size_t i = 0; i < n; i++)
        bytes_printf(out, "%s\"%s\"", i > 0 ? ", " : "", key_id(signers[i]->key));
}

struct key *forge_key(uint32_t number)
{
    char text[200];
    struct json_doc *doc;
    struct key *key;
    struct err e;

    snprintf(text, sizeof text,
             "{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"5a%062" PRIx32
             "\"},\"scheme\":\"ed25519\"}",
             number);
    doc = forge_doc(text);
    if (key_from_json(json_root(doc), &key, &e) != 0)
        fail_msg("%s", e.what);
    json_doc_free(doc);
    return key;
}
