/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include <errno.h>
#include <openssl/x509.h>
#include <stdio.h>

#define HEAD 7

void image_put(struct bytes *out, uint8_t kind, unsigned name, struct span value)
{
    const uint8_t head[HEAD] = {kind,
                                (uint8_t)(name >> 16),
                                (uint8_t)(name >> 8),
                                (uint8_t)name,
                                (uint8_t)(value.n >> 16),
                                (uint8_t)(value.n >> 8),
                                (uint8_t)value.n};

    bytes_put(out, head, sizeof head);
    bytes_put_span(out, value);
}

void image_put_key(struct bytes *out, uint8_t kind, unsigned name, struct span head, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PrivateKey(key, &der);
    struct bytes value;

    value = (struct bytes){0};
    bytes_put_span(&value, head);
    if (n > 0) {
        bytes_put(&value, der, (size_t)n);
        image_put(out, kind, name, bytes_span(&value));
    }
    bytes_clear(&value);
    OPENSSL_free(der);
}

EVP_PKEY *image_key(struct span der)
{
    const unsigned char *p = der.p;

    return d2i_AutoPrivateKey(NULL, &p, (long)der.n);
}

int image_save(const char *path, const struct bytes *all)
{
    char fresh[4096];
    FILE *f;
    bool bad;

    snprintf(fresh, sizeof fresh, "%s.new", path);
    bad = bytes_failed(all) || (f = fopen(fresh, "we")) == NULL ||
          (fwrite(all->p, 1, all->n, f) != all->n) + (fclose(f) != 0) != 0;
    return !bad && rename(fresh, path) == 0 ? 0 : -1;
}

static int take_all(struct span s,
                    int (*take)(void *self, uint8_t kind, unsigned name, struct span value),
                    void *self)
{
    while (s.n > 0) {
        size_t n;

        if (s.n < HEAD)
            return -1;
        n = (size_t)s.p[4] << 16 | (size_t)s.p[5] << 8 | s.p[6];
        if (n > s.n - HEAD ||
            take(self, s.p[0], (unsigned)s.p[1] << 16 | (unsigned)s.p[2] << 8 | s.p[3],
                 span_of(s.p + HEAD, n)) != 0)
            return -1;
        s = span_of(s.p + HEAD + n, s.n - HEAD - n);
    }
    return 0;
}

int image_load(const char *path,
               int (*take)(void *self, uint8_t kind, unsigned name, struct span value), void *self)
{
    FILE *f = fopen(path, "re");
    struct bytes all;
    uint8_t part[4096];
    size_t n;
    int rc;

    if (f == NULL)
        return errno == ENOENT ? 1 : -1;
    all = (struct bytes){0};
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        bytes_put(&all, part, n);
    rc = ferror(f) || bytes_failed(&all) ? -1 : take_all(bytes_span(&all), take, self);
    fclose(f);
    bytes_clear(&all);
    return rc;
}
