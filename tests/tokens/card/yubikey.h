/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yubikey.h - a YubiKey in memory, as far as ykcs11 2.2.0 (libykpiv) sends commands to one: PIV
 * (NIST SP 800-73-4) with Yubico's extensions: management key, PUK, attestation, metadata, touch.
 *
 * For tests only: keys lie in the clear in its image, there is no secure messaging, and its
 * attestation ends at a root of our own making (yubikey-root.pem beside the image, which all keys
 * of a folder share).
 *
 * Invariants:
 *  - what the device holds is in its image file before it answers;
 *  - taking it out ends the login, and nothing else;
 *  - a brand-new one has the defaults: PIN 123456, PUK 12345678, management key 0102..08 three
 *    times.
 */
#ifndef TESTS_CARD_YUBIKEY_H
#define TESTS_CARD_YUBIKEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "apdu.h"

#define YUBIKEY_SLOTS      256
#define YUBIKEY_OBJECTS    64
#define YUBIKEY_PIN        8  /* bytes, filled up with FF */
#define YUBIKEY_MANAGEMENT 24 /* bytes of a 3DES key */
#define YUBIKEY_ATTESTS    0xF9

/* Of keys (SP 800-78-4, table 6-2), as GENERATE and GET METADATA write them. */
enum {
    ALG_3DES = 0x03,
    ALG_RSA1024 = 0x06,
    ALG_RSA2048,
    ALG_AES192 = 0x0A,
    ALG_P256 = 0x11,
    ALG_P384 = 0x14
};
enum { PIN_NEVER = 1, PIN_ONCE, PIN_ALWAYS };
enum { TOUCH_NEVER = 1, TOUCH_ALWAYS };
enum { ORIGIN_GENERATED = 1, ORIGIN_IMPORTED };
enum applet { APPLET_NONE, APPLET_PIV, APPLET_MANAGEMENT, APPLET_OTP };

struct yubikey_key {
    EVP_PKEY *key; /* NULL: none */
    uint8_t algorithm, pin, touch, origin;
};

struct yubikey_object {
    unsigned id;
    struct bytes data;
};

struct yubikey_pin {
    uint8_t p[YUBIKEY_PIN];
    unsigned tries, most;
};

struct yubikey {
    const char *image; /* its path; borrowed */
    unsigned version[3];
    uint32_t serial;
    struct yubikey_pin pin, puk;
    uint8_t management[YUBIKEY_MANAGEMENT], management_algorithm;
    struct yubikey_key keys[YUBIKEY_SLOTS];
    struct yubikey_object objects[YUBIKEY_OBJECTS];
    size_t nobjects;
    enum applet selected;
    bool verified; /* the PIN, since it was selected */
    bool fresh;    /* the PIN, by the command before */
    bool managed;  /* the management key */
    uint8_t witness[8], challenge[8];
    bool witnessed, challenged;
    struct bytes chain, rest; /* commands up to their last part; an answer's rest */
    /* What tests set, of this and the next ones. */
    uint8_t pin_policy, touch_policy; /* of the keys made next; 0: the slot's own */
    unsigned touch_ms;                /* until the human touches it, or it gives up */
    bool untouched;                   /* the human never does */
};

int yubikey_open(struct yubikey *y, const char *image, const char *serial);
void yubikey_close(struct yubikey *y);
void yubikey_reset(struct yubikey *y);
unsigned yubikey_command(struct yubikey *y, struct span command, struct bytes *out);
bool yubikey_version_is(const struct yubikey *y, unsigned major, unsigned minor); /* or newer */

/* yubikey_image.c */
int yubikey_save(const struct yubikey *y);
int yubikey_load(struct yubikey *y); /* 1: there is no image yet */
void yubikey_factory(struct yubikey *y);

/* yubikey_object.c: data objects; no data removes one. */
struct yubikey_object *yubikey_object(struct yubikey *y, unsigned id);
int yubikey_object_put(struct yubikey *y, unsigned id, struct span data);
unsigned yubikey_get_data(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_put_data(struct yubikey *y, const struct apdu *a, struct bytes *out);

/* yubikey_pin.c */
unsigned yubikey_verify(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_change(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_unblock(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_wipe(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_manage(struct yubikey *y, uint8_t algorithm, struct span data, struct bytes *out);
unsigned yubikey_set_management(struct yubikey *y, const struct apdu *a, struct bytes *out);

/* yubikey_key.c */
bool yubikey_is_slot(unsigned slot);
unsigned yubikey_generate(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_authenticate(struct yubikey *y, const struct apdu *a, struct bytes *out);
unsigned yubikey_metadata(struct yubikey *y, const struct apdu *a, struct bytes *out);
bool yubikey_waits(const struct yubikey *y, const struct apdu *a);
/* A key that was made elsewhere. */
int yubikey_import(struct yubikey *y, unsigned slot, EVP_PKEY *key, uint8_t algorithm);

/* yubikey_attest.c */
int yubikey_make_attester(struct yubikey *y);
/* A certificate in a slot that has no key. */
int yubikey_put_certificate(struct yubikey *y, unsigned slot);
unsigned yubikey_attest(struct yubikey *y, const struct apdu *a, struct bytes *out);

#endif
