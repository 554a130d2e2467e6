/* SPDX-License-Identifier: Apache-2.0 */
/* The card's memory as a file: records of a kind (a byte), a name (two), a size (three), a value.
 */
#include <errno.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"

enum { RECORD_STATE = 1, RECORD_PIN, RECORD_SO_PIN, RECORD_FILE, RECORD_KEY };

static void put(struct bytes *out, uint8_t kind, unsigned name, struct span value)
{
    const uint8_t head[] = {kind,
                            (uint8_t)(name >> 8),
                            (uint8_t)name,
                            (uint8_t)(value.n >> 16),
                            (uint8_t)(value.n >> 8),
                            (uint8_t)value.n};

    bytes_put(out, head, sizeof head);
    bytes_put_span(out, value);
}

static void put_key(struct bytes *out, unsigned i, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PrivateKey(key, &der);

    if (n > 0)
        put(out, RECORD_KEY, i, span_of(der, (size_t)n));
    OPENSSL_free(der);
}

int card_save(const struct card *c)
{
    const uint8_t state[] = {c->initialised, (uint8_t)c->pin.tries, (uint8_t)c->pin.most,
                             (uint8_t)c->so_pin.tries};
    char fresh[4096];
    struct bytes all;
    FILE *f;
    bool bad;

    bytes_init(&all);
    put(&all, RECORD_STATE, 0, span_of(state, sizeof state));
    put(&all, RECORD_PIN, 0, span_of(c->pin.p, c->pin.n));
    put(&all, RECORD_SO_PIN, 0, span_of(c->so_pin.p, c->so_pin.n));
    for (size_t i = 0; i < c->nfiles; i++)
        put(&all, RECORD_FILE, c->files[i].id, bytes_span(&c->files[i].data));
    for (unsigned i = 0; i < CARD_KEYS; i++)
        if (c->keys[i] != NULL)
            put_key(&all, i, c->keys[i]);
    snprintf(fresh, sizeof fresh, "%s.new", c->image);
    bad = bytes_failed(&all) || (f = fopen(fresh, "we")) == NULL ||
          (fwrite(all.p, 1, all.n, f) != all.n) + (fclose(f) != 0) != 0;
    bytes_clear(&all);
    return !bad && rename(fresh, c->image) == 0 ? 0 : -1;
}

static int take(struct card *c, uint8_t kind, unsigned name, struct span value)
{
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
        c->keys[name] = d2i_AutoPrivateKey(NULL, &p, (long)value.n);
    else
        return -1;
    return 0;
}

static int take_all(struct card *c, struct span s)
{
    while (s.n > 0) {
        size_t n;

        if (s.n < 6)
            return -1;
        n = (size_t)s.p[3] << 16 | (size_t)s.p[4] << 8 | s.p[5];
        if (n > s.n - 6 ||
            take(c, s.p[0], (unsigned)s.p[1] << 8 | s.p[2], span_of(s.p + 6, n)) != 0)
            return -1;
        s = span_of(s.p + 6 + n, s.n - 6 - n);
    }
    return 0;
}

int card_load(struct card *c)
{
    FILE *f = fopen(c->image, "re");
    struct bytes all;
    uint8_t part[4096];
    size_t n;
    int rc;

    if (f == NULL)
        return errno == ENOENT ? 1 : -1;
    bytes_init(&all);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        bytes_put(&all, part, n);
    rc = ferror(f) || bytes_failed(&all) ? -1 : take_all(c, bytes_span(&all));
    fclose(f);
    bytes_clear(&all);
    return rc;
}
