/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/key_type.h"
#include "metadata/old_form.h"
#include "metadata/pem.h"
#include "metadata/private_key.h"

/*
 * The keys that nearly every developer has, in the form that nearly every tool writes: a file may
 * list 100,000 keys, and OpenSSL's decoders take half a millisecond for one on P-256.
 */
#define BEGIN "-----BEGIN PUBLIC KEY-----\n"
#define END   "\n-----END PUBLIC KEY-----"

/* SubjectPublicKeyInfo up to the key's own bytes (RFC 5480; RFC 8410). */
static const uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                    0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
static const uint8_t ed25519_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

#define P256_POINT 65
#define P256_SPKI  (sizeof p256_head + P256_POINT)
#define P256_LINES (64 + 1 + 60) /* of base64 */

static bool on_curve(const uint8_t *point)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
    bool on = p != NULL && EC_POINT_oct2point(group, p, point, P256_POINT, NULL) == 1;

    EC_POINT_free(p);
    EC_GROUP_free(group);
    return on;
}

static bool is_base64(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= 'A' && p[i] <= 'Z') || (p[i] >= 'a' && p[i] <= 'z') ||
              (p[i] >= '0' && p[i] <= '9') || p[i] == '+' || p[i] == '/'))
            return false;
    return true;
}

static bool quick_p256(struct span text, struct bytes *spki)
{
    const size_t begin = sizeof BEGIN - 1, end = sizeof END - 1;
    const uint8_t *lines = text.p + begin;
    unsigned char base64[124], der[96];
    size_t n = text.n > 0 && text.p[text.n - 1] == '\n' ? text.n - 1 : text.n;

    if (n != begin + P256_LINES + end || memcmp(text.p, BEGIN, begin) != 0 || lines[64] != '\n' ||
        memcmp(lines + P256_LINES, END, end) != 0)
        return false;
    memcpy(base64, lines, 64);
    memcpy(base64 + 64, lines + 65, 60);
    if (!is_base64(base64, sizeof base64 - 2) || base64[122] != '=' || base64[123] != '=' ||
        EVP_DecodeBlock(der, base64, sizeof base64) != (int)P256_SPKI + 2 ||
        memcmp(der, p256_head, sizeof p256_head) != 0 || der[sizeof p256_head] != 4 ||
        !on_curve(der + sizeof p256_head))
        return false;
    bytes_put(spki, der, P256_SPKI);
    return true;
}

static bool quick_ed25519(struct span text, struct bytes *spki)
{
    uint8_t raw[32];

    if (!hex_read(text, raw, sizeof raw) || !key_type_ed25519_sound(raw))
        return false;
    bytes_put(spki, ed25519_head, sizeof ed25519_head);
    bytes_put(spki, raw, sizeof raw);
    return true;
}

/* Reads P-256 (PEM of a named curve and an uncompressed point, lines of 64) or Ed25519 (hex) and
 * appends its SPKI to `spki`. False for anything else and for anything that is not sound; the long
 * way finds out what it is. */
static bool key_quick(enum key_type type, struct span text, struct bytes *spki)
{
    return type == KEY_P256      ? quick_p256(text, spki)
           : type == KEY_ED25519 ? quick_ed25519(text, spki)
                                 : false;
}

struct key {
    enum key_type type;
    char id[SHA256_HEX_SIZE];
    struct bytes object;
    struct bytes spki; /* empty for KEY_UNKNOWN */
    char *scheme;      /* of KEY_UNKNOWN; else NULL */
    const char *old;   /* see key_old_form */
    uint8_t material[SHA256_SIZE];
    struct pkey *pkey;
};

/* What changes of a key: OpenSSL's form of the SPKI, made when a signature is first verified (of
 * 100,000 keys in a file a few are), and how many hold the key. Two threads may come at once. */
struct pkey {
    _Atomic(EVP_PKEY *) made;
    atomic_size_t holders;
};

static struct key *key_new(void)
{
    struct key *k = calloc(1, sizeof *k);

    if (k != NULL && (k->pkey = calloc(1, sizeof *k->pkey)) == NULL) {
        free(k);
        return NULL;
    }
    if (k != NULL)
        atomic_init(&k->pkey->holders, 1);
    return k;
}

/* NULL for KEY_UNKNOWN, and when out of memory. */
static EVP_PKEY *pkey_of(const struct key *k)
{
    const unsigned char *p = k->spki.p;
    EVP_PKEY *made = atomic_load(&k->pkey->made), *other = NULL;

    if (made != NULL || k->spki.n == 0)
        return made;
    made = d2i_PUBKEY(NULL, &p, (long)k->spki.n);
    if (made != NULL && !atomic_compare_exchange_strong(&k->pkey->made, &other, made)) {
        EVP_PKEY_free(made);
        made = other;
    }
    return made;
}

void key_free(struct key *k)
{
    if (k == NULL || atomic_fetch_sub(&k->pkey->holders, 1) > 1)
        return;
    bytes_clear(&k->object);
    bytes_clear(&k->spki);
    free(k->scheme);
    EVP_PKEY_free(atomic_load(&k->pkey->made));
    free(k->pkey);
    free(k);
}

/* A point can be written in several forms (compressed, with explicit curve parameters); its key is
 * one, so its SPKI is always written in the same. */
static bool one_form(EVP_PKEY *pkey)
{
    return !EVP_PKEY_is_a(pkey, "EC") ||
           (EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                           "uncompressed") == 1 &&
            EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, "named_curve") == 1);
}

/* Fills what follows from type, pkey or SPKI, and object. */
static int key_finish(struct key *k, struct err *e)
{
    EVP_PKEY *pkey = atomic_load(&k->pkey->made);
    unsigned char *der = NULL;
    int n = 0;

    if (pkey != NULL) {
        n = i2d_PUBKEY(pkey, &der);
        if (n > 0)
            bytes_put(&k->spki, der, (size_t)n);
        OPENSSL_free(der);
    }
    if (n < 0 || bytes_failed(&k->object) || bytes_failed(&k->spki) ||
        sha256_hex(bytes_span(&k->object), k->id) != 0 ||
        sha256(k->spki.n > 0 ? bytes_span(&k->spki) : bytes_span(&k->object), k->material) != 0) {
        ERR_clear_error();
        return err_oom(e);
    }
    return 0;
}

static enum key_type type_of_object(struct json keytype, struct json scheme)
{
    for (unsigned i = 0; i < KEY_UNKNOWN; i++) {
        const struct key_type_row *row = key_type_row((enum key_type)i);

        if (json_text_is(scheme, row->scheme) &&
            (json_text_is(keytype, row->keytype) ||
             (row->legacy && json_text_is(keytype, row->legacy))))
            return (enum key_type)i;
    }
    return KEY_UNKNOWN;
}

static int read_public(struct key *k, struct json object, struct err *e)
{
    const struct key_type_row *row = key_type_row(k->type);
    struct pem_fault fault = {.why = "it is not 64 hex digits"};
    struct json keyval, public;
    const char *old;
    struct bytes text = {0};
    EVP_PKEY *pkey;
    bool sound;

    if (json_need(object, "keyval", JSON_OBJECT, &keyval, e) != 0)
        return -1;
    if (row == NULL)
        return 0; /* whatever it is, it verifies nothing */
    if (json_need(keyval, "public", JSON_STRING, &public, e) != 0)
        return -1;
    json_text(public, &text);
    if (bytes_failed(&text)) {
        bytes_clear(&text);
        return err_oom(e);
    }
    sound = key_quick(k->type, bytes_span(&text), &k->spki);
    if (!sound) {
        pkey = key_type_pkey(row, bytes_span(&text), &fault);
        if (pkey == NULL && (pkey = old_form_pkey(row, bytes_span(&text), &old)) != NULL)
            k->old = old;
        atomic_store(&k->pkey->made, pkey);
        sound = pkey != NULL && key_type_sound(row, pkey, &fault.why) && one_form(pkey);
    }
    bytes_clear(&text);
    ERR_clear_error();
    if (!sound)
        return fault.why == NULL
                   ? err_oom(e)
                   : json_refuse(public, e, "this is no %s public key: %s", row->words, fault.why);
    return k->old == NULL ? 0 : old_form_judge(public, k->old, e);
}

int key_from_json(struct json object, struct key **out, struct err *e)
{
    struct key *k = key_new();
    struct json keytype, scheme;
    int rc = -1;

    *out = NULL;
    if (k == NULL)
        return err_oom(e);
    if (json_need(object, "keytype", JSON_STRING, &keytype, e) != 0 ||
        json_need(object, "scheme", JSON_STRING, &scheme, e) != 0)
        goto out;
    k->type = type_of_object(keytype, scheme);
    if (k->type == KEY_UNKNOWN && (k->scheme = json_strdup(scheme)) == NULL) {
        err_oom(e);
        goto out;
    }
    bytes_put_span(&k->object, json_span(object));
    if (read_public(k, object, e) != 0 || key_finish(k, e) != 0)
        goto out;
    *out = k;
    k = NULL; /* moved */
    rc = 0;
out:
    key_free(k);
    return rc;
}

static int put_pem(EVP_PKEY *pkey, struct bytes *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n = 0;

    if (bio != NULL && pkey != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1)
        n = BIO_get_mem_data(bio, &text);
    if (n > 0)
        bytes_put(out, text, (size_t)n);
    BIO_free(bio);
    return n > 0 && !bytes_failed(out) ? 0 : -1;
}

/* The key object in the form that every stock client reads. Canonical by construction: members in
 * order, PEM's newlines raw, nothing to escape. */
static int put_object(struct key *k)
{
    const struct key_type_row *row = key_type_row(k->type);
    uint8_t raw[32];
    size_t n = sizeof raw;

    bytes_printf(&k->object, "{\"keytype\":\"%s\",\"keyval\":{\"public\":\"", row->keytype);
    if (row->pem) {
        if (put_pem(pkey_of(k), &k->object) != 0)
            return -1;
    } else {
        if (EVP_PKEY_get_raw_public_key(pkey_of(k), raw, &n) != 1)
            return -1;
        bytes_put_hex(&k->object, span_of(raw, n));
    }
    bytes_printf(&k->object, "\"},\"scheme\":\"%s\"}", row->scheme);
    return 0;
}

static enum key_type type_of_pkey(EVP_PKEY *pkey, const char **why)
{
    *why = "it is of a type that TUF clients do not take";
    for (unsigned i = 0; i < KEY_UNKNOWN; i++) {
        const char *reason = NULL;

        if (key_type_sound(key_type_row((enum key_type)i), pkey, &reason))
            return (enum key_type)i;
        if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "ED25519"))
            *why = reason;
    }
    return KEY_UNKNOWN;
}

static int refuse_public(const struct pem_fault *fault, struct err *e)
{
    ERR_clear_error();
    if (fault->why == NULL)
        return err_oom(e);
    err_set(e, ERR_INPUT, "this is no public key for TUF: %s", fault->why);
    return err_todo(e, "%s",
                    fault->todo != NULL
                        ? fault->todo
                        : "give a public key of P-256, P-384, P-521, Ed25519 or RSA with 2048 to "
                          "4096 bits");
}

/* Makes a key of `pkey` (moved in), of the type that is asked for. */
static int key_make(EVP_PKEY *pkey, enum key_type type, struct key **out, struct err *e)
{
    struct key *k = key_new();
    int rc = -1;

    if (k == NULL) {
        EVP_PKEY_free(pkey);
        return err_oom(e);
    }
    k->type = type;
    atomic_store(&k->pkey->made, pkey);
    if (!one_form(pkey) || put_object(k) != 0) {
        err_oom(e);
        goto out;
    }
    if (key_finish(k, e) != 0)
        goto out;
    *out = k;
    k = NULL; /* moved */
    rc = 0;
out:
    ERR_clear_error();
    key_free(k);
    return rc;
}

/* The same, of the first type that it can be of; NULL when it could not be read. */
static int key_of_pkey(EVP_PKEY *pkey, struct pem_fault fault, struct key **out, struct err *e)
{
    enum key_type type = pkey != NULL ? type_of_pkey(pkey, &fault.why) : KEY_UNKNOWN;

    *out = NULL;
    if (type != KEY_UNKNOWN)
        return key_make(pkey, type, out, e);
    EVP_PKEY_free(pkey);
    return refuse_public(&fault, e);
}

int key_from_spki(struct span der, struct key **out, struct err *e)
{
    const struct pem_fault fault = {.why = "it can't be read as one"};
    const unsigned char *p = der.p;
    EVP_PKEY *pkey = der.n <= 8192 ? d2i_PUBKEY(NULL, &p, (long)der.n) : NULL;

    if (pkey != NULL && p != der.p + der.n) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return key_of_pkey(pkey, fault, out, e);
}

int key_from_pem(struct span pem, struct key **out, struct err *e)
{
    const char *secret = private_key_in(pem);
    struct pem_fault fault;
    EVP_PKEY *pkey;

    *out = NULL;
    if (secret != NULL)
        return private_key_refused(secret, e);
    pkey = pem_pkey(pem, &fault);
    return key_of_pkey(pkey, fault, out, e);
}

int key_of_type(const struct key *k, enum key_type type, struct key **out, struct err *e)
{
    const struct key_type_row *row = key_type_row(type);
    struct pem_fault fault = {.why = "its scheme is not supported"};
    EVP_PKEY *pkey = pkey_of(k);

    *out = NULL;
    if (row == NULL || pkey == NULL || !key_type_sound(row, pkey, &fault.why))
        return refuse_public(&fault, e);
    return EVP_PKEY_up_ref(pkey) == 1 ? key_make(pkey, type, out, e) : err_oom(e);
}

struct key *key_copy(const struct key *k)
{
    struct key *held;

    (void)atomic_fetch_add(&k->pkey->holders, 1);
    memcpy(&held, &k, sizeof held); /* whoever holds a key reads it, and frees it once */
    return held;
}

const char *key_id(const struct key *k)
{
    return k->id;
}

enum key_type key_type(const struct key *k)
{
    return k->type;
}

struct span key_object(const struct key *k)
{
    return bytes_span(&k->object);
}

struct span key_spki(const struct key *k)
{
    return bytes_span(&k->spki);
}

const uint8_t *key_material(const struct key *k)
{
    return k->material;
}

const char *key_scheme(const struct key *k)
{
    const struct key_type_row *row = key_type_row(k->type);

    return row != NULL ? row->scheme : k->scheme;
}

const char *key_old_form(const struct key *k)
{
    return k->old;
}

bool key_same_material(const struct key *a, const struct key *b)
{
    return memcmp(a->material, b->material, SHA256_SIZE) == 0;
}

int key_put_pem(const struct key *k, struct bytes *out, struct err *e)
{
    if (k->spki.n == 0)
        return err_set(e, ERR_INPUT, "key '%.16s' is of an unknown type and has no PEM", k->id);
    return put_pem(pkey_of(k), out) == 0 ? 0 : err_oom(e);
}

int key_verify(const struct key *k, struct span message, struct span sig, struct err *e)
{
    const struct key_type_row *row = key_type_row(k->type);
    EVP_PKEY *pkey = pkey_of(k);
    bool ok;

    if (row == NULL)
        return err_set(e, ERR_UNSUPPORTED, "the scheme of key '%.16s' is not supported", k->id);
    ok = pkey != NULL && key_type_verify(row, pkey, message, sig);
    ERR_clear_error();
    if (!ok)
        return err_set(e, ERR_SIGNATURE, "a signature does not verify with key '%.16s'", k->id);
    return 0;
}
