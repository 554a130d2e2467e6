/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtual_card PORT - a reader's slot (slot.h) for cards (card.h). An order of its own:
 *
 *     pad                 the next card that is put in has a PIN pad; ends at "clear"
 */
#include <string.h>

#include "card.h"
#include "slot.h"

static const uint8_t atr[] = {0x3B, 0xFE, 0x18, 0x00, 0x00, 0x81, 0x31, 0xFE,
                              0x45, 0x80, 0x31, 0x81, 0x54, 0x48, 0x53, 0x4D,
                              0x31, 0x73, 0x80, 0x21, 0x40, 0x81, 0x07, 0xFA};

struct lent {
    struct key_record card;
    bool pin_pad; /* of the next one */
};

static int open_card(void *self, const char *image, const char *serial)
{
    struct lent *l = self;

    if (card_open(&l->card, image, serial) != 0)
        return -1;
    l->card.pin_pad = l->pin_pad;
    return 0;
}

static void close_card(void *self)
{
    struct lent *l = self;

    card_close(&l->card);
}

static void reset_card(void *self)
{
    struct lent *l = self;

    l->card.logged_in = false;
}

static unsigned command(void *self, struct span command, struct bytes *out)
{
    struct lent *l = self;

    return card_command(&l->card, command, out);
}

static bool order(void *self, const char *line)
{
    struct lent *l = self;

    l->pin_pad = strcmp(line, "pad") == 0;
    return l->pin_pad || strcmp(line, "clear") == 0;
}

int main(int argc, char **argv)
{
    static const struct device card = {.atr = {atr, sizeof atr},
                                       .sign = 0x68,
                                       .open = open_card,
                                       .close = close_card,
                                       .reset = reset_card,
                                       .command = command,
                                       .order = order};
    struct lent l = {.pin_pad = false};

    return slot_main(argc, argv, &card, &l);
}
