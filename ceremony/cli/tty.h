/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tty.h - the terminal, for what only a person may type or see: never standard input or output,
 * which may be a file or a pipe. While it is open nothing that is typed is echoed.
 */
#ifndef CEREMONY_CLI_TTY_H
#define CEREMONY_CLI_TTY_H

#include <termios.h>

#include "tokens/secret.h"

struct tty {
    int fd;
    struct termios before;
};

/* Errors: ERR_USAGE when there is none. */
int tty_open(struct tty *t, struct err *e);
void tty_close(struct tty *t); /* as it was before */
/* Made harmless (plain.h): a token's label may be in it. */
void tty_print(const struct tty *t, const char *text);
void tty_clear_line(const struct tty *t); /* the one above */
void tty_print_secret(const struct tty *t, const struct secret *s);
/* Asks, and reads a line into the secret, character by character; nothing else holds it. Errors:
 * ERR_LEFT when nothing was typed, ERR_PIN. */
int tty_secret(const struct tty *t, const char *question, struct secret *s, struct err *e);

#endif
