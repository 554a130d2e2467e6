/* SPDX-License-Identifier: Apache-2.0 */
/* Keys by their slot: made on the device or elsewhere, and used. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tlv.h"
#include "yubikey.h"

enum { SLOT_SIGNATURE = 0x9C, SLOT_CARD = 0x9E, MANAGEMENT = 0x9B };
enum { TAG_KEY = 0x7F49, TAG_TEMPLATE = 0xAC, TAG_DYNAMIC = 0x7C };

bool yubikey_is_slot(unsigned slot)
{
    return (slot >= 0x82 && slot <= 0x95) || (slot >= 0x9A && slot <= 0x9E && slot != MANAGEMENT) ||
           slot == YUBIKEY_ATTESTS;
}

static const char *curve_of(unsigned algorithm)
{
    return algorithm == ALG_P256 ? "P-256" : algorithm == ALG_P384 ? "P-384" : NULL;
}

static void put_number(struct bytes *out, unsigned tag, EVP_PKEY *key, const char *name)
{
    uint8_t number[512];
    BIGNUM *n = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) <= (int)sizeof number)
        tlv_put(out, tag, span_of(number, (size_t)BN_bn2bin(n, number)));
    BN_free(n);
}

static void put_public(struct bytes *out, EVP_PKEY *key)
{
    uint8_t point[200];
    size_t n = 0;

    if (EVP_PKEY_is_a(key, "EC")) {
        if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n))
            tlv_put(out, 0x86, span_of(point, n));
        return;
    }
    put_number(out, 0x81, key, OSSL_PKEY_PARAM_RSA_N);
    put_number(out, 0x82, key, OSSL_PKEY_PARAM_RSA_E);
}

/* Moved in. What was in the slot is gone, without a word. */
static unsigned put_key(struct yubikey *y, unsigned slot, struct yubikey_key k)
{
    if (k.pin == 0)
        k.pin = slot == SLOT_SIGNATURE ? PIN_ALWAYS : slot == SLOT_CARD ? PIN_NEVER : PIN_ONCE;
    if (k.touch == 0)
        k.touch = TOUCH_NEVER;
    EVP_PKEY_free(y->keys[slot].key);
    y->keys[slot] = k;
    return yubikey_save(y) == 0 ? SW_OK : SW_FULL;
}

unsigned yubikey_generate(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    struct yubikey_key k = {.origin = ORIGIN_GENERATED};
    struct span wanted;
    struct bytes public;
    unsigned sw;

    if (!y->managed)
        return SW_NOT_LOGGED_IN;
    if (!yubikey_is_slot(a->p2) || !tlv_find(a->data, TAG_TEMPLATE, &wanted))
        return SW_DATA;
    k.algorithm = (uint8_t)tlv_number(wanted, 0x80, 0);
    k.pin = (uint8_t)tlv_number(wanted, 0xAA, y->pin_policy);
    k.touch = (uint8_t)tlv_number(wanted, 0xAB, y->touch_policy);
    if (curve_of(k.algorithm) != NULL)
        k.key = EVP_EC_gen(curve_of(k.algorithm));
    else if (k.algorithm == ALG_RSA2048)
        k.key = EVP_RSA_gen(2048);
    if (k.key == NULL)
        return SW_DATA;
    public = (struct bytes){0};
    put_public(&public, k.key);
    if ((sw = put_key(y, a->p2, k)) == SW_OK)
        tlv_put(out, TAG_KEY, bytes_span(&public));
    bytes_clear(&public);
    return sw;
}

int yubikey_import(struct yubikey *y, unsigned slot, EVP_PKEY *key, uint8_t algorithm)
{
    const struct yubikey_key k = {
        .key = key, .algorithm = algorithm, .origin = ORIGIN_IMPORTED, .pin = y->pin_policy};

    return key != NULL && put_key(y, slot, k) == SW_OK ? 0 : -1;
}

static bool signs(const struct apdu *a, struct span *input)
{
    struct span template;

    return a->ins == 0x87 && a->p2 != MANAGEMENT && tlv_find(a->data, TAG_DYNAMIC, &template) &&
           tlv_find(template, 0x81, input);
}

bool yubikey_waits(const struct yubikey *y, const struct apdu *a)
{
    struct span input;

    return signs(a, &input) && y->keys[a->p2].key != NULL && y->keys[a->p2].touch != TOUCH_NEVER;
}

/* The digest as it is, or a padded block. */
static unsigned sign(const struct yubikey *y, const struct yubikey_key *k, const struct apdu *a,
                     struct span input, struct bytes *out)
{
    EVP_PKEY_CTX *ctx;
    struct bytes inner;
    uint8_t sig[600];
    size_t n = sizeof sig;
    bool done;

    if (k->algorithm != a->p1)
        return SW_PARAMETERS;
    if ((k->pin == PIN_ONCE && !y->verified) || (k->pin == PIN_ALWAYS && !y->fresh) ||
        (k->touch != TOUCH_NEVER && y->untouched))
        return SW_NOT_LOGGED_IN;
    ctx = EVP_PKEY_CTX_new(k->key, NULL);
    done =
        EVP_PKEY_sign_init(ctx) > 0 &&
        (curve_of(k->algorithm) != NULL || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0) &&
        EVP_PKEY_sign(ctx, sig, &n, input.p, input.n) > 0;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    if (!done)
        return SW_DATA;
    inner = (struct bytes){0};
    tlv_put(&inner, 0x82, span_of(sig, n));
    tlv_put(out, TAG_DYNAMIC, bytes_span(&inner));
    bytes_clear(&inner);
    return SW_OK;
}

unsigned yubikey_authenticate(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    struct span template, input;

    if (!tlv_find(a->data, TAG_DYNAMIC, &template))
        return SW_DATA;
    if (a->p2 == MANAGEMENT)
        return yubikey_manage(y, a->p1, template, out);
    if (!signs(a, &input) || !yubikey_is_slot(a->p2) || y->keys[a->p2].key == NULL)
        return SW_DATA;
    return sign(y, &y->keys[a->p2], a, input, out);
}

static void put_pin_metadata(const struct yubikey_pin *p, const char *factory, struct bytes *out)
{
    const uint8_t is_default = memcmp(p->p, factory, YUBIKEY_PIN) == 0;
    const uint8_t tries[] = {(uint8_t)p->most, (uint8_t)p->tries};

    tlv_put(out, 0x05, span_of(&is_default, 1));
    tlv_put(out, 0x06, span_of(tries, sizeof tries));
}

unsigned yubikey_metadata(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    const struct yubikey_key *k = &y->keys[a->p2];
    const uint8_t never_touch[] = {0, TOUCH_NEVER}, policy[] = {k->pin, k->touch};
    struct bytes public;

    if (!yubikey_version_is(y, 5, 3))
        return SW_INSTRUCTION;
    if (a->p2 == 0x80 || a->p2 == 0x81) {
        put_pin_metadata(a->p2 == 0x80 ? &y->pin : &y->puk,
                         a->p2 == 0x80 ? "123456\xFF\xFF" : "12345678", out);
        return SW_OK;
    }
    if (a->p2 == MANAGEMENT) {
        tlv_put(out, 0x01, span_of(&y->management_algorithm, 1));
        tlv_put(out, 0x02, span_of(never_touch, sizeof never_touch));
        return SW_OK;
    }
    if (k->key == NULL)
        return SW_NO_KEY;
    public = (struct bytes){0};
    put_public(&public, k->key);
    tlv_put(out, 0x01, span_of(&k->algorithm, 1));
    tlv_put(out, 0x02, span_of(policy, sizeof policy));
    tlv_put(out, 0x03, span_of(&k->origin, 1));
    tlv_put(out, 0x04, bytes_span(&public));
    bytes_clear(&public);
    return SW_OK;
}
