/* SPDX-License-Identifier: Apache-2.0 */
#include "card.h"

#include <stdio.h>
#include <string.h>

int card_open(struct key_record *c, const char *image, const char *serial)
{
    int rc;

    memset(c, 0, sizeof *c);
    c->image = image;
    c->serial = serial;
    memcpy(c->so_pin.p, CARD_FACTORY_SO_PIN, CARD_SO_PIN);
    c->so_pin.n = CARD_SO_PIN;
    c->so_pin.tries = c->so_pin.most = CARD_SO_TRIES;
    c->pin.tries = c->pin.most = 3;
    if ((rc = card_load(c)) == 0)
        return 0;
    if (rc < 0 || card_birth_certificate(c) != 0 || card_save(c) != 0) {
        fprintf(stderr, "card: the image '%s' can't be used\n", image);
        return -1;
    }
    return 0;
}

void card_close(struct key_record *c)
{
    for (size_t i = 0; i < c->nfiles; i++)
        bytes_clear(&c->files[i].data);
    for (size_t i = 0; i < CARD_KEYS; i++)
        EVP_PKEY_free(c->keys[i]);
    memset(c, 0, sizeof *c);
}

static unsigned no_such_key(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    (void)c;
    (void)a;
    (void)out;
    return SW_NO_KEY;
}

/* The instructions of a SmartCard-HSM that OpenSC uses. */
static const struct instruction {
    uint8_t ins;
    bool logged_in; /* wanted first */
    unsigned (*run)(struct key_record *c, const struct apdu *a, struct bytes *out);
} instructions[] = {
    {0xA4, false, card_select},     {0xB1, false, card_read},      {0xD7, true, card_update},
    {0x58, false, card_list},       {0xE4, true, card_delete},     {0x20, false, card_verify},
    {0x24, false, card_change_pin}, {0x2C, false, card_reset_pin}, {0x50, false, card_initialise},
    {0x46, true, card_generate},    {0x68, true, card_sign},       {0x84, false, card_random},
    {0x52, false, no_such_key}, /* import of a key encryption key: none is set up */
};

unsigned card_command(struct key_record *c, struct span command, struct bytes *out)
{
    struct apdu a;

    if (apdu_parse(command, &a) != 0)
        return SW_LENGTH;
    for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++) {
        if (instructions[i].ins != a.ins)
            continue;
        if (instructions[i].logged_in && !c->logged_in)
            return SW_NOT_LOGGED_IN;
        return instructions[i].run(c, &a, out);
    }
    return SW_INSTRUCTION;
}
