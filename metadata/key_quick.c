/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/key_quick.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "metadata/key_type.h"

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
    struct bytes raw = {0};
    bool sound;

    sound = text.n == 64 && hex_decode(text, &raw) == 0 && key_type_ed25519_sound(raw.p);
    if (sound) {
        bytes_put(spki, ed25519_head, sizeof ed25519_head);
        bytes_put_span(spki, bytes_span(&raw));
    }
    bytes_clear(&raw);
    return sound;
}

bool key_quick(enum key_type type, struct span text, struct bytes *spki)
{
    return type == KEY_P256      ? quick_p256(text, spki)
           : type == KEY_ED25519 ? quick_ed25519(text, spki)
                                 : false;
}
