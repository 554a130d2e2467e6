/* SPDX-License-Identifier: Apache-2.0 */
/* The device's memory as a file, and as it leaves the factory. */
#include <string.h>

#include "image.h"
#include "yubikey.h"

enum { RECORD_STATE = 1, RECORD_PIN, RECORD_PUK, RECORD_MANAGEMENT, RECORD_OBJECT, RECORD_KEY };

#define OBJECT_ATTESTER 0x5FFF01u
#define KEY_HEAD        4

static void set_pin(struct yubikey_pin *p, const char value[YUBIKEY_PIN + 1])
{
    memcpy(p->p, value, YUBIKEY_PIN);
    p->tries = p->most = 3;
}

/* All but the key that attests, and its certificate. */
void yubikey_factory(struct yubikey *y)
{
    for (size_t i = 0; i < YUBIKEY_MANAGEMENT; i++)
        y->management[i] = (uint8_t)(i % 8 + 1);
    set_pin(&y->pin, "123456\xFF\xFF");
    set_pin(&y->puk, "12345678");
    for (size_t i = 0; i < YUBIKEY_SLOTS; i++)
        if (i != YUBIKEY_ATTESTS) {
            EVP_PKEY_free(y->keys[i].key);
            y->keys[i] = (struct yubikey_key){0};
        }
    for (size_t i = y->nobjects; i-- > 0;)
        if (y->objects[i].id != OBJECT_ATTESTER)
            (void)yubikey_object_put(y, y->objects[i].id, span_of(NULL, 0));
    y->verified = y->fresh = y->managed = false;
}

static void put_pin(struct bytes *out, uint8_t kind, const struct yubikey_pin *p)
{
    image_put(out, kind, p->tries << 8 | p->most, span_of(p->p, sizeof p->p));
}

int yubikey_save(const struct yubikey *y)
{
    const uint8_t version[] = {(uint8_t)y->version[0], (uint8_t)y->version[1],
                               (uint8_t)y->version[2]};
    struct bytes all;
    int rc;

    all = (struct bytes){0};
    image_put(&all, RECORD_STATE, 0, span_of(version, sizeof version));
    put_pin(&all, RECORD_PIN, &y->pin);
    put_pin(&all, RECORD_PUK, &y->puk);
    image_put(&all, RECORD_MANAGEMENT, y->management_algorithm,
              span_of(y->management, sizeof y->management));
    for (size_t i = 0; i < y->nobjects; i++)
        image_put(&all, RECORD_OBJECT, y->objects[i].id, bytes_span(&y->objects[i].data));
    for (unsigned i = 0; i < YUBIKEY_SLOTS; i++) {
        const struct yubikey_key *k = &y->keys[i];
        const uint8_t head[KEY_HEAD] = {k->algorithm, k->pin, k->touch, k->origin};

        if (k->key != NULL)
            image_put_key(&all, RECORD_KEY, i, span_of(head, sizeof head), k->key);
    }
    rc = image_save(y->image, &all);
    bytes_clear(&all);
    return rc;
}

static int take_pin(struct yubikey_pin *p, unsigned tries, struct span value)
{
    if (value.n != sizeof p->p)
        return -1;
    memcpy(p->p, value.p, value.n);
    p->tries = tries >> 8;
    p->most = tries & 0xff;
    return 0;
}

static int take(void *self, uint8_t kind, unsigned name, struct span value)
{
    struct yubikey *y = self;
    const uint8_t *p = value.p;

    if (kind == RECORD_STATE && value.n == 3)
        for (size_t i = 0; i < 3; i++)
            y->version[i] = p[i];
    else if (kind == RECORD_PIN || kind == RECORD_PUK)
        return take_pin(kind == RECORD_PIN ? &y->pin : &y->puk, name, value);
    else if (kind == RECORD_MANAGEMENT && value.n == YUBIKEY_MANAGEMENT) {
        memcpy(y->management, p, value.n);
        y->management_algorithm = (uint8_t)name;
    } else if (kind == RECORD_OBJECT)
        return yubikey_object_put(y, name, value);
    else if (kind == RECORD_KEY && name < YUBIKEY_SLOTS && value.n > KEY_HEAD)
        y->keys[name] = (struct yubikey_key){image_key(span_of(p + KEY_HEAD, value.n - KEY_HEAD)),
                                             p[0], p[1], p[2], p[3]};
    else
        return -1;
    return 0;
}

int yubikey_load(struct yubikey *y)
{
    return image_load(y->image, take, y);
}
