/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtual_yubikey PORT - a reader's slot (slot.h) for YubiKeys (yubikey.h). Orders of its own:
 *
 *     version A.B.C       of the brand-new ones that come; 5.4.3 at first
 *     aes                 their management key is AES-192, as firmware 5.7 leaves the factory
 *     policy PIN TOUCH    of keys that are made next, where the host does not say
 *                         (PIN: 1 never, 2 once, 3 always; TOUCH: 1 never, 2 always; 0: the slot's)
 *     touch MS            the human takes so long
 *     untouched MS        the human never touches it, and it gives up after that
 *     import SLOT         a P-256 key that was made elsewhere is put into a slot (hex)
 *     certificate SLOT    a certificate is put into a slot, and no key
 *     clear               firmware 5.4.3, no policy, a touch at once
 */
#include <openssl/ec.h>
#include <stdio.h>
#include <string.h>

#include "slot.h"
#include "yubikey.h"

static const uint8_t atr[] = {0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE,
                              0x15, 0x80, 0x73, 0xC0, 0x21, 0xC0, 0x57, 0x59,
                              0x75, 0x62, 0x69, 0x4B, 0x65, 0x79, 0x40};

/* A device, and what the next ones are. */
struct lent {
    struct yubikey y;
    unsigned version[3];
    bool aes;
};

static int open_yubikey(void *self, const char *image, const char *serial)
{
    struct lent *l = self;

    memcpy(l->y.version, l->version, sizeof l->y.version);
    l->y.management_algorithm = l->aes ? ALG_AES192 : ALG_3DES;
    return yubikey_open(&l->y, image, serial);
}

static void close_yubikey(void *self)
{
    struct lent *l = self;

    yubikey_close(&l->y);
}

static void reset(void *self)
{
    struct lent *l = self;

    yubikey_reset(&l->y);
}

static unsigned command(void *self, struct span command, struct bytes *out)
{
    struct lent *l = self;

    return yubikey_command(&l->y, command, out);
}

static unsigned waits(void *self, struct span command)
{
    struct lent *l = self;
    struct apdu a;

    return apdu_parse(command, &a) == 0 && yubikey_waits(&l->y, &a) ? l->y.touch_ms : 0;
}

static void clear(struct lent *l)
{
    l->version[0] = 5;
    l->version[1] = 4;
    l->version[2] = 3;
    l->aes = l->y.untouched = false;
    l->y.pin_policy = l->y.touch_policy = 0;
    l->y.touch_ms = 1;
}

static bool order(void *self, const char *line)
{
    struct lent *l = self;
    unsigned *v = l->version, a, b;

    if (sscanf(line, "import %x", &a) == 1)
        return yubikey_is_slot(a) && yubikey_import(&l->y, a, EVP_EC_gen("P-256"), ALG_P256) == 0;
    if (sscanf(line, "certificate %x", &a) == 1)
        return yubikey_is_slot(a) && yubikey_put_certificate(&l->y, a) == 0;
    if (sscanf(line, "version %u.%u.%u", v, v + 1, v + 2) == 3)
        return true;
    if (strcmp(line, "clear") == 0)
        clear(l);
    else if (strcmp(line, "aes") == 0)
        l->aes = true;
    else if (sscanf(line, "policy %u %u", &a, &b) == 2) {
        l->y.pin_policy = (uint8_t)a;
        l->y.touch_policy = (uint8_t)b;
    } else if (sscanf(line, "touch %u", &l->y.touch_ms) == 1)
        l->y.untouched = false;
    else if (sscanf(line, "untouched %u", &l->y.touch_ms) == 1)
        l->y.untouched = true;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static const struct device yubikey = {.atr = {atr, sizeof atr},
                                          .sign = 0x87,
                                          .open = open_yubikey,
                                          .close = close_yubikey,
                                          .reset = reset,
                                          .command = command,
                                          .waits = waits,
                                          .order = order};
    static struct lent l;

    clear(&l);
    return slot_main(argc, argv, &yubikey, &l);
}
