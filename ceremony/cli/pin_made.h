/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_made.h - a new PIN: from a file, typed twice, or made of dice or random bytes and shown to
 * its holder once, on the terminal.
 */
#ifndef CEREMONY_CLI_PIN_MADE_H
#define CEREMONY_CLI_PIN_MADE_H

#include "ceremony/cli/command.h"

#define PIN_MAKE                                                                                   \
    {                                                                                              \
        "make", "HOW", "make the new PIN: of 'dice' that you throw, or by this 'machine'"          \
    }

/* `option` names the file; `words` the PIN: "new SO PIN". It keeps the rules of tokens/pin_new.h.
 * Errors: ERR_PIN, ERR_USAGE, ERR_LEFT. */
int pin_made(const struct invocation *in, const char *option, const char *words,
             const struct token_info *t, enum pin_owner whose, struct secret **out, struct err *e);

#endif
