/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - a device's memory as a file: records of a kind (a byte), a name (three), a size (three)
 * and a value.
 */
#ifndef TESTS_CARD_IMAGE_H
#define TESTS_CARD_IMAGE_H

#include <openssl/evp.h>

#include "metadata/base/bytes.h"

void image_put(struct bytes *out, uint8_t kind, unsigned name, struct span value);
/* `head`, and the private key behind it. */
void image_put_key(struct bytes *out, uint8_t kind, unsigned name, struct span head, EVP_PKEY *key);
/* A private key by its DER; NULL when it is none. */
EVP_PKEY *image_key(struct span der);

/* Writes all of it in place of what was there. 0 or -1. */
int image_save(const char *path, const struct bytes *all);
/* Calls `take` for each record. 0, 1 when there is no image yet, or -1. */
int image_load(const char *path,
               int (*take)(void *self, uint8_t kind, unsigned name, struct span value), void *self);

#endif
