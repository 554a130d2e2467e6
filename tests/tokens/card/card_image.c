/* SPDX-License-Identifier: Apache-2.0 */
/* The card's memory as a file. */
#include <string.h>

#include "card.h"
#include "image.h"

enum { RECORD_STATE = 1, RECORD_PIN, RECORD_SO_PIN, RECORD_FILE, RECORD_KEY };

int card_save(const struct key_record *c)
{
    const uint8_t state[] = {c->initialised, (uint8_t)c->pin.tries, (uint8_t)c->pin.most,
                             (uint8_t)c->so_pin.tries};
    struct bytes all;
    int rc;

    all = (struct bytes){0};
    image_put(&all, RECORD_STATE, 0, span_of(state, sizeof state));
    image_put(&all, RECORD_PIN, 0, span_of(c->pin.p, c->pin.n));
    image_put(&all, RECORD_SO_PIN, 0, span_of(c->so_pin.p, c->so_pin.n));
    for (size_t i = 0; i < c->nfiles; i++)
        image_put(&all, RECORD_FILE, c->files[i].id, bytes_span(&c->files[i].data));
    for (unsigned i = 0; i < CARD_KEYS; i++)
        if (c->keys[i] != NULL)
            image_put_key(&all, RECORD_KEY, i, span_of(NULL, 0), c->keys[i]);
    rc = image_save(c->image, &all);
    bytes_clear(&all);
    return rc;
}

static int take(void *self, uint8_t kind, unsigned name, struct span value)
{
    struct key_record *c = self;
    const unsigned char *p = value.p;

    if (kind == RECORD_STATE && value.n == 4) {
        c->initialised = p[0] != 0;
        c->pin.tries = p[1];
        c->pin.most = p[2];
        c->so_pin.tries = p[3];
    } else if (kind == RECORD_PIN && value.n <= CARD_PIN_MAX) {
        memcpy(c->pin.p, p, value.n);
        c->pin.n = value.n;
    } else if (kind == RECORD_SO_PIN && value.n == CARD_SO_PIN)
        memcpy(c->so_pin.p, p, value.n);
    else if (kind == RECORD_FILE)
        return card_file_write(c, (uint16_t)name, 0, value);
    else if (kind == RECORD_KEY && name < CARD_KEYS)
        c->keys[name] = image_key(value);
    else
        return -1;
    return 0;
}

int card_load(struct key_record *c)
{
    return image_load(c->image, take, c);
}
