/* SPDX-License-Identifier: Apache-2.0 */
/*
 * card.h - a smart card in memory that knows the commands of a SmartCard-HSM, as far as OpenSC
 * sends them: files, PINs, keys that it makes and signs with.
 *
 * For tests only: keys lie in the clear in its image, there is no secure messaging and no backup of
 * keys, and the signatures on its certificates are noise that nobody checks.
 *
 * Invariants:
 *  - what the card holds is in its image file before it answers;
 *  - taking it out ends the login, and nothing else;
 *  - a brand-new card knows its factory SO PIN (the eight bytes CARD_FACTORY_SO_PIN) and no PIN; it
 *    refuses every login until it is initialised.
 */
#ifndef TESTS_CARD_CARD_H
#define TESTS_CARD_CARD_H

#include <openssl/evp.h>

#include "apdu.h"

#define CARD_FILES          128
#define CARD_KEYS           256
#define CARD_PIN_MIN        6
#define CARD_PIN_MAX        15
#define CARD_SO_PIN         8
#define CARD_SO_TRIES       15
#define CARD_FACTORY_SO_PIN "\x35\x37\x36\x32\x31\x38\x38\x30" /* typed as 3537363231383830 */

struct card_file {
    uint16_t id;
    struct bytes data;
};

struct card_pin {
    uint8_t p[CARD_PIN_MAX];
    size_t n;
    unsigned tries, most; /* left, and after a right one */
};

struct key_record {
    const char *image; /* its path; borrowed */
    const char *serial;
    bool initialised, logged_in, pin_pad;
    struct card_pin pin, so_pin;
    struct card_file files[CARD_FILES];
    size_t nfiles;
    uint16_t selected;
    EVP_PKEY *keys[CARD_KEYS];
};

/* Reads the image, or makes a brand-new card with that serial. 0, or -1 with errno or a message. */
int card_open(struct key_record *c, const char *image, const char *serial);
void card_close(struct key_record *c);
/* Runs a command; the answer is appended, the status word returned. */
unsigned card_command(struct key_record *c, struct span command, struct bytes *out);

/* card_image.c */
int card_save(const struct key_record *c);
int card_load(struct key_record *c); /* 1: there is no image yet */

/* card_file.c */
int card_file_write(struct key_record *c, uint16_t id, size_t at, struct span data);
void card_file_remove(struct key_record *c, uint16_t id);
unsigned card_select(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_read(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_update(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_list(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_delete(struct key_record *c, const struct apdu *a, struct bytes *out);

/* card_pin.c */
unsigned card_verify(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_change_pin(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_reset_pin(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_initialise(struct key_record *c, const struct apdu *a, struct bytes *out);

/* card_key.c */
unsigned card_generate(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_sign(struct key_record *c, const struct apdu *a, struct bytes *out);
unsigned card_random(struct key_record *c, const struct apdu *a, struct bytes *out);
/* The certificate that a card is born with: file 2F02. */
int card_birth_certificate(struct key_record *c);

#endif
