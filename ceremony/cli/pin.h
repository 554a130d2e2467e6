/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin.h - where a command gets a PIN from: --pin-source, the pin-source of --token's URI, else the
 * terminal without echo. Never from argv or the environment.
 */
#ifndef CEREMONY_CLI_PIN_H
#define CEREMONY_CLI_PIN_H

#include "ceremony/cli/command.h"

/* From that source (FILE, file:PATH or fd:N), or when it is NULL typed on the terminal. */
int pin_ask(const char *source, const char *question, struct secret **out, struct err *e);
/* The PIN that holds now: of --pin-source, else of the pin-source of --token, else typed. */
int pin_present(const struct invocation *in, const char *question, struct secret **out,
                struct err *e);
/* The same, asked of a keyholder. */
int pin_read(const struct invocation *in, const struct plan *p, size_t holder,
             const struct token_info *t, struct secret **out, struct err *e);

/* A new PIN: from a file, typed twice, or made of dice or random bytes and shown to its holder once,
 * on the terminal. */
#define PIN_MAKE                                                                                   \
    {                                                                                              \
        "make", "HOW", "make the new PIN: of 'dice' that you throw, or by this 'machine'"          \
    }
/* `option` names the file; `words` the PIN: "new SO PIN". It keeps the rules of tokens/pin_new.h.
 * Errors: ERR_PIN, ERR_USAGE, ERR_LEFT. */
int pin_made(const struct invocation *in, const char *option, const char *words,
             const struct token_info *t, enum pin_owner whose, struct secret **out, struct err *e);

#endif
