/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ceremony/rehearse.h"
#include "metadata/plain.h"
#include "tokens/uri.h"

static int from_source(const char *source, struct secret *s, struct err *e)
{
    char *end;
    long fd;

    if (strncmp(source, "fd:", 3) != 0)
        return secret_read_file(s, strncmp(source, "file:", 5) == 0 ? source + 5 : source, e);
    fd = strtol(source + 3, &end, 10);
    if (end == source + 3 || *end != '\0' || fd < 0 || fd > 1 << 20) {
        err_set(e, ERR_USAGE, "'%s' names no descriptor", source);
        return err_todo(e, "write fd:3, and open descriptor 3 before");
    }
    return secret_read_fd(s, (int)fd, e);
}

static void prompt(int tty, const struct plan *p, size_t holder, const struct token_info *t)
{
    struct bytes text;
    char digits[8];

    bytes_init(&text);
    plain_put_str(&text, p->holders[holder].name);
    bytes_put_str(&text, ", PIN of ");
    token_words(t, &text);
    bytes_printf(&text, " (%s)", pin_state_words(t->pin));
    if (p->rehearsal) {
        rehearse_pin(p, holder, digits);
        bytes_printf(&text, " (REHEARSAL, it is %s)", digits);
    }
    bytes_put_str(&text, ": ");
    if (write(tty, text.p, text.n) < 0)
        errno = 0; /* the PIN can be typed all the same */
    bytes_clear(&text);
}

/* Character by character into the secret; nothing else holds what is typed. */
static int type_in(int tty, struct secret *s, struct err *e)
{
    uint8_t c;
    ssize_t n;

    while ((n = read(tty, &c, 1)) == 1 && c != '\n' && c != '\r')
        if (secret_put(s, c) != 0)
            return err_set(e, ERR_PIN, "the PIN is too long");
    c = 0;
    if (n == 1 && secret_size(s) > 0)
        return 0;
    err_set(e, ERR_LEFT, "no PIN was typed");
    return err_todo(e, "repeat the command; no try was used");
}

static int from_terminal(const struct plan *p, size_t holder, const struct token_info *t,
                         struct secret *s, struct err *e)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;
    struct termios before, silent;

    if (tty < 0 || tcgetattr(tty, &before) != 0) {
        if (tty >= 0)
            close(tty);
        err_set(e, ERR_USAGE, "there is no terminal to type the PIN on");
        return err_todo(e, "give --pin-source with a file that only you can read, or fd:N");
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    if (tcsetattr(tty, TCSAFLUSH, &silent) != 0) {
        close(tty);
        return err_system(e, errno, "the terminal's echo can't be switched off");
    }
    prompt(tty, p, holder, t);
    rc = type_in(tty, s, e);
    if (tcsetattr(tty, TCSAFLUSH, &before) != 0 || write(tty, "\n", 1) != 1)
        errno = 0; /* what was typed is safe */
    close(tty);
    return rc;
}

int pin_read(const struct invocation *in, const struct plan *p, size_t holder,
             const struct token_info *t, struct secret **out, struct err *e)
{
    const char *source = in_value(in, "pin-source"), *text = in_value(in, "token");
    struct token_uri *uri = NULL;
    struct secret *s = NULL;
    int rc = -1;

    *out = NULL;
    if (source == NULL && text != NULL) {
        if (token_uri_parse(text, &uri, e) != 0)
            return -1;
        source = token_uri_pin_source(uri);
    }
    if (secret_new(&s, e) == 0)
        rc = source != NULL ? from_source(source, s, e) : from_terminal(p, holder, t, s, e);
    token_uri_free(uri);
    if (rc != 0) {
        secret_free(s);
        return -1;
    }
    *out = s;
    return 0;
}
