/* SPDX-License-Identifier: Apache-2.0 */
/* PIN, PUK and management key. */
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "tlv.h"
#include "yubikey.h"

enum { USER = 0x80, PUK = 0x81, MANAGEMENT = 0x9B, CHANGE = 0x24 };
enum { WITNESS = 0x80, CHALLENGE = 0x81, RESPONSE = 0x82, DYNAMIC = 0x7C };

static unsigned state(const struct yubikey_pin *p)
{
    return p->tries == 0 ? SW_LOCKED : SW_TRIES | p->tries;
}

/* Compares, counts, and has the result on disk before it is told. The try that blocks answers that
 * none is left. */
static unsigned check(struct yubikey *y, struct yubikey_pin *p, const uint8_t typed[YUBIKEY_PIN])
{
    bool right = CRYPTO_memcmp(typed, p->p, YUBIKEY_PIN) == 0;

    if (p->tries == 0)
        return SW_LOCKED;
    p->tries = right ? p->most : p->tries - 1;
    if (yubikey_save(y) != 0)
        return SW_UNKNOWN;
    return right ? SW_OK : SW_TRIES | p->tries;
}

/* Six to eight characters, and FF behind them. */
static bool fits(const uint8_t p[YUBIKEY_PIN])
{
    size_t n = 0;

    while (n < YUBIKEY_PIN && p[n] != 0xFF)
        n++;
    for (size_t i = n; i < YUBIKEY_PIN; i++)
        if (p[i] != 0xFF)
            return false;
    return n >= 6;
}

unsigned yubikey_verify(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    unsigned sw;

    (void)out;
    y->fresh = false;
    if (a->p2 != USER)
        return SW_NO_KEY;
    if (a->p1 == 0xFF) {
        y->verified = false;
        return SW_OK;
    }
    if (a->data.n == 0)
        return y->verified ? SW_OK : state(&y->pin);
    if (a->data.n != YUBIKEY_PIN)
        return SW_DATA;
    sw = check(y, &y->pin, a->data.p);
    y->verified = y->fresh = sw == SW_OK;
    return sw;
}

/* PIN or PUK, the old one and the new one, one behind the other. */
unsigned yubikey_change(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    struct yubikey_pin *p = a->p2 == PUK ? &y->puk : &y->pin;
    unsigned sw;

    (void)out;
    if (a->data.n != 2 * YUBIKEY_PIN)
        return SW_LENGTH;
    if (a->p2 != USER && a->p2 != PUK)
        return SW_NO_KEY;
    if ((sw = check(y, p, a->data.p)) != SW_OK)
        return sw;
    if (!fits(a->data.p + YUBIKEY_PIN))
        return SW_DATA;
    memcpy(p->p, a->data.p + YUBIKEY_PIN, YUBIKEY_PIN);
    return yubikey_save(y) == 0 ? SW_OK : SW_UNKNOWN;
}

/* The PUK, and the new PIN behind it. */
unsigned yubikey_unblock(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    unsigned sw;

    (void)out;
    if (a->data.n != 2 * YUBIKEY_PIN)
        return SW_LENGTH;
    if (a->p2 != USER)
        return SW_NO_KEY;
    if ((sw = check(y, &y->puk, a->data.p)) != SW_OK)
        return sw;
    if (!fits(a->data.p + YUBIKEY_PIN))
        return SW_DATA;
    memcpy(y->pin.p, a->data.p + YUBIKEY_PIN, YUBIKEY_PIN);
    y->pin.tries = y->pin.most;
    return yubikey_save(y) == 0 ? SW_OK : SW_UNKNOWN;
}

/* Only when PIN and PUK are both blocked. */
unsigned yubikey_wipe(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    (void)a;
    (void)out;
    if (y->pin.tries > 0 || y->puk.tries > 0)
        return SW_CONDITIONS;
    yubikey_factory(y);
    return yubikey_save(y) == 0 ? SW_OK : SW_UNKNOWN;
}

static void encrypt(const struct yubikey *y, const uint8_t in[8], uint8_t out[8])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n;

    EVP_EncryptInit_ex(c, EVP_des_ede3_ecb(), NULL, y->management, NULL);
    EVP_CIPHER_CTX_set_padding(c, 0);
    EVP_EncryptUpdate(c, out, &n, in, 8);
    EVP_CIPHER_CTX_free(c);
}

static unsigned give(struct bytes *out, unsigned tag, const uint8_t value[8])
{
    struct bytes inner;

    inner = (struct bytes){0};
    tlv_put(&inner, tag, span_of(value, 8));
    tlv_put(out, DYNAMIC, bytes_span(&inner));
    bytes_clear(&inner);
    return SW_OK;
}

/* The card's own witness comes back in the clear, with the host's challenge. */
static unsigned mutual(struct yubikey *y, struct span witness, struct span challenge,
                       struct bytes *out)
{
    bool right = y->witnessed && CRYPTO_memcmp(witness.p, y->witness, 8) == 0;
    uint8_t answer[8];

    y->witnessed = false;
    if (!right)
        return SW_NOT_LOGGED_IN;
    y->managed = true;
    encrypt(y, challenge.p, answer);
    return give(out, RESPONSE, answer);
}

unsigned yubikey_manage(struct yubikey *y, uint8_t algorithm, struct span data, struct bytes *out)
{
    struct span witness = {NULL, 0}, challenge = {NULL, 0};
    bool has_witness = tlv_find(data, WITNESS, &witness);
    uint8_t answer[8];

    if (algorithm != y->management_algorithm || algorithm != ALG_3DES)
        return SW_PARAMETERS;
    if (has_witness && witness.n == 0) {
        if (RAND_bytes(y->witness, 8) != 1)
            return SW_UNKNOWN;
        y->witnessed = true;
        encrypt(y, y->witness, answer);
        return give(out, WITNESS, answer);
    }
    if (witness.n == 8 && tlv_find(data, CHALLENGE, &challenge) && challenge.n == 8)
        return mutual(y, witness, challenge, out);
    return SW_DATA;
}

unsigned yubikey_set_management(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    const uint8_t *p = a->data.p;

    (void)out;
    if (!y->managed)
        return SW_NOT_LOGGED_IN;
    if (a->data.n != 3 + YUBIKEY_MANAGEMENT || p[0] != ALG_3DES || p[1] != MANAGEMENT)
        return SW_DATA;
    memcpy(y->management, p + 3, YUBIKEY_MANAGEMENT);
    y->management_algorithm = ALG_3DES;
    return yubikey_save(y) == 0 ? SW_OK : SW_UNKNOWN;
}
