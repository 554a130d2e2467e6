/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slot.h - a reader's slot in which devices come and go: it lends one (a card, a YubiKey) to
 * vsmartcard's vpcd, which listens on a port of this machine and hands it to pcscd.
 *
 * Orders come on standard input, a line each, and are answered by a line when they are done:
 *
 *     in IMAGE SERIAL     that device is put in (made brand-new when there is no such file)
 *     out                 and taken out, in the middle of a command too
 *     fault INS SW N      the next N commands INS answer SW
 *     delay INS MS        commands INS take that long; "out" meanwhile is a device pulled out
 *     leave INS N         at the Nth command INS from now the device is pulled out
 *     corrupt N           the next N signatures have a wrong bit
 *     clear               no fault, delay, leaving or corruption any more
 *     quit
 */
#ifndef TESTS_CARD_SLOT_H
#define TESTS_CARD_SLOT_H

#include "apdu.h"

struct device {
    struct span atr;
    uint8_t sign; /* the instruction that signs */
    /* Reads the image, or makes a brand-new device with that serial. 0, or -1. */
    int (*open)(void *self, const char *image, const char *serial);
    void (*close)(void *self);
    void (*reset)(void *self); /* power off, on */
    /* Runs a command; the answer is appended, the status word returned. */
    unsigned (*command)(void *self, struct span command, struct bytes *out);
    /* How long it waits for a human before that, in milliseconds. May be NULL. */
    unsigned (*waits)(void *self, struct span command);
    /* An order of its own; sees "clear" too. */
    bool (*order)(void *self, const char *line);
};

/* Runs until "quit" or the end of the orders. argv: PORT. The exit status. */
int slot_main(int argc, char **argv, const struct device *d, void *self);

#endif
