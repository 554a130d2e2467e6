/* SPDX-License-Identifier: Apache-2.0 */
#include "yubikey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 8192 /* bytes of a command that comes in parts */

int yubikey_open(struct yubikey *y, const char *image, const char *serial)
{
    int rc;

    y->image = image;
    y->serial = (uint32_t)strtoul(serial, NULL, 10);
    y->chain = (struct bytes){0};
    y->rest = (struct bytes){0};
    yubikey_factory(y);
    if ((rc = yubikey_load(y)) == 0)
        return 0;
    if (rc < 0 || yubikey_make_attester(y) != 0 || yubikey_save(y) != 0) {
        fprintf(stderr, "yubikey: the image '%s' can't be used\n", image);
        return -1;
    }
    return 0;
}

void yubikey_close(struct yubikey *y)
{
    for (size_t i = 0; i < y->nobjects; i++)
        bytes_clear(&y->objects[i].data);
    y->nobjects = 0;
    for (size_t i = 0; i < YUBIKEY_SLOTS; i++)
        EVP_PKEY_free(y->keys[i].key);
    memset(y->keys, 0, sizeof y->keys);
    yubikey_reset(y);
}

void yubikey_reset(struct yubikey *y)
{
    y->selected = APPLET_NONE;
    y->verified = y->fresh = y->managed = y->witnessed = false;
    bytes_clear(&y->chain);
    bytes_clear(&y->rest);
}

bool yubikey_version_is(const struct yubikey *y, unsigned major, unsigned minor)
{
    return y->version[0] > major || (y->version[0] == major && y->version[1] >= minor);
}

static void put_serial(const struct yubikey *y, struct bytes *out)
{
    for (unsigned shift = 32; shift > 0; shift -= 8)
        bytes_put_u8(out, (uint8_t)(y->serial >> (shift - 8)));
}

static void put_version(const struct yubikey *y, struct bytes *out)
{
    for (size_t i = 0; i < 3; i++)
        bytes_put_u8(out, (uint8_t)y->version[i]);
}

static unsigned version(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    (void)a;
    put_version(y, out);
    return SW_OK;
}

static unsigned serial(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    (void)a;
    put_serial(y, out);
    return SW_OK;
}

static unsigned select_applet(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    static const uint8_t piv[] = {0xA0, 0x00, 0x00, 0x03, 0x08},
                         management[] = {0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17},
                         otp[] = {0xA0, 0x00, 0x00, 0x05, 0x27, 0x20, 0x01, 0x01},
                         says[] = {0x61, 0x11, 0x4F, 0x06, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
                                   0x79, 0x07, 0x4F, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08},
                         idle[] = {0x01, 0x05, 0x00};
    enum applet wanted = APPLET_NONE;

    if (a->data.n >= sizeof piv && memcmp(a->data.p, piv, sizeof piv) == 0)
        wanted = APPLET_PIV;
    else if (span_eq(a->data, span_of(management, sizeof management)))
        wanted = APPLET_MANAGEMENT;
    else if (span_eq(a->data, span_of(otp, sizeof otp)))
        wanted = APPLET_OTP;
    if (wanted == APPLET_NONE)
        return SW_NOT_FOUND;
    y->selected = wanted;
    y->verified = y->managed = y->witnessed = false;
    if (wanted == APPLET_PIV)
        bytes_put(out, says, sizeof says);
    else if (wanted == APPLET_MANAGEMENT)
        bytes_printf(out, "Virtual mgr - FW version %u.%u.%u", y->version[0], y->version[1],
                     y->version[2]);
    else {
        put_version(y, out);
        bytes_put(out, idle, sizeof idle);
    }
    return SW_OK;
}

static const struct instruction {
    uint8_t ins;
    enum applet of; /* APPLET_NONE: whatever is selected */
    unsigned (*run)(struct yubikey *y, const struct apdu *a, struct bytes *out);
} instructions[] = {
    {0xA4, APPLET_NONE, select_applet},
    {0x01, APPLET_OTP, serial},
    {0xFD, APPLET_PIV, version},
    {0xF8, APPLET_PIV, serial},
    {0x20, APPLET_PIV, yubikey_verify},
    {0x24, APPLET_PIV, yubikey_change},
    {0x2C, APPLET_PIV, yubikey_unblock},
    {0xFB, APPLET_PIV, yubikey_wipe},
    {0x87, APPLET_PIV, yubikey_authenticate},
    {0xFF, APPLET_PIV, yubikey_set_management},
    {0x47, APPLET_PIV, yubikey_generate},
    {0xF9, APPLET_PIV, yubikey_attest},
    {0xF7, APPLET_PIV, yubikey_metadata},
    {0xCB, APPLET_PIV, yubikey_get_data},
    {0xDB, APPLET_PIV, yubikey_put_data},
};

static unsigned run(struct yubikey *y, const struct apdu *a, struct bytes *out)
{
    for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
        const struct instruction *in = &instructions[i];
        unsigned sw;

        if (in->ins != a->ins || (in->of != APPLET_NONE && in->of != y->selected))
            continue;
        sw = in->run(y, a, out);
        if (in->run != yubikey_verify) /* "always": it counts for the very next command only */
            y->fresh = false;
        return sw;
    }
    y->fresh = false;
    return SW_INSTRUCTION;
}

/* A part of the answer, and how much is left. */
static unsigned give(struct yubikey *y, size_t most, struct bytes *out)
{
    size_t n = y->rest.n < most ? y->rest.n : most;
    struct bytes left;

    left = (struct bytes){0};
    bytes_put(out, y->rest.p, n);
    bytes_put(&left, y->rest.p + n, y->rest.n - n);
    bytes_clear(&y->rest);
    y->rest = left;
    return left.n == 0 ? SW_OK : SW_MORE | (left.n > 255 ? 0 : (unsigned)left.n);
}

unsigned yubikey_command(struct yubikey *y, struct span command, struct bytes *out)
{
    struct apdu a;
    size_t most;
    unsigned sw;

    if (apdu_parse(command, &a) != 0)
        return SW_LENGTH;
    most = a.expected != 0 ? a.expected : 256;
    if (a.ins == 0xC0)
        return give(y, most, out);
    if (y->chain.n + a.data.n > CHAIN_MAX)
        return SW_LENGTH;
    bytes_put_span(&y->chain, a.data);
    if ((a.class & 0x10) != 0)
        return SW_OK;
    a.data = bytes_span(&y->chain);
    bytes_truncate(&y->rest, 0);
    sw = run(y, &a, &y->rest);
    bytes_truncate(&y->chain, 0);
    return sw == SW_OK ? give(y, most, out) : sw;
}
