/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ceremony/base/memory.h"
#include "ceremony/rehearsal/rehearse.h"
#include "metadata/base/plain.h"
#include "tokens/pin_new.h"
#include "tokens/secret.h"
#include "tokens/uri.h"

/* The terminal, for what only a person may type or see: never standard input or output, which may be
 * a file or a pipe. While it is open nothing that is typed is echoed. */
struct tty {
    int fd;
    struct termios before;
};

/* Errors: ERR_USAGE when there is none. */
static int tty_open(struct tty *t, struct err *e)
{
    struct termios silent;

    t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (t->fd < 0 || tcgetattr(t->fd, &t->before) != 0) {
        if (t->fd >= 0)
            close(t->fd);
        err_set(e, ERR_USAGE, "there is no terminal to type the PIN on");
        return err_todo(e, "name a file that only you can read, or fd:N, with an option that ends "
                           "in 'pin-source'");
    }
    silent = t->before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    if (tcsetattr(t->fd, TCSAFLUSH, &silent) == 0)
        return 0;
    close(t->fd);
    return err_system(e, errno, "the terminal's echo can't be switched off");
}

/* As it was before. */
static void tty_close(struct tty *t)
{
    if (tcsetattr(t->fd, TCSAFLUSH, &t->before) != 0)
        errno = 0; /* what was typed is safe */
    close(t->fd);
}

static void put(const struct tty *t, const void *p, size_t n)
{
    if (write(t->fd, p, n) < 0)
        errno = 0; /* what is asked for can be typed all the same */
}

/* Made harmless (plain.h): a token's label may be in it. */
static void tty_print(const struct tty *t, const char *text)
{
    struct bytes plain = {0};

    plain_put_str(&plain, text);
    put(t, memory_text(&plain), plain.n);
    bytes_clear(&plain);
}

/* The one above. */
static void tty_clear_line(const struct tty *t)
{
    static const char up_and_clear[] = "\033[1A\033[2K"; /* ECMA-48: CUU, EL */

    put(t, up_and_clear, sizeof up_and_clear - 1);
}

static void tty_print_secret(const struct tty *t, const struct secret *s)
{
    put(t, secret_data(s), secret_size(s));
}

/* Asks, and reads a line into the secret, character by character; nothing else holds it. Errors:
 * ERR_LEFT when nothing was typed, ERR_PIN. */
static int tty_secret(const struct tty *t, const char *question, struct secret *s, struct err *e)
{
    uint8_t c;
    ssize_t n;

    tty_print(t, question);
    tty_print(t, ": ");
    while ((n = read(t->fd, &c, 1)) == 1 && c != '\n' && c != '\r')
        if (secret_put(s, c) != 0)
            return err_set(e, ERR_PIN, "the PIN is too long");
    c = 0;
    put(t, "\n", 1);
    if (n == 1 && secret_size(s) > 0)
        return 0;
    err_set(e, ERR_LEFT, "nothing was typed");
    return err_todo(e, "repeat the command; no try was used");
}

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

int pin_ask(const char *source, const char *question, struct secret **out, struct err *e)
{
    struct secret *s = NULL;
    struct tty tty;
    int rc = -1;

    *out = NULL;
    if (secret_new(&s, e) != 0)
        return -1;
    if (source != NULL)
        rc = from_source(source, s, e);
    else if (tty_open(&tty, e) == 0) {
        rc = tty_secret(&tty, question, s, e);
        tty_close(&tty);
    }
    if (rc != 0) {
        secret_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

/* Appends the source that is named; nothing when there is none. */
static int source_of(const struct invocation *in, struct bytes *out, struct err *e)
{
    const char *given = in_value(in, "pin-source"), *text = in_value(in, "token");
    struct token_uri *uri = NULL;

    if (given != NULL)
        bytes_put_str(out, given);
    else if (text != NULL) {
        if (token_uri_parse(text, &uri, e) != 0)
            return -1;
        if ((given = token_uri_pin_source(uri)) != NULL)
            bytes_put_str(out, given);
        token_uri_free(uri);
    }
    return bytes_failed(out) ? err_oom(e) : 0;
}

int pin_present(const struct invocation *in, const char *question, struct secret **out,
                struct err *e)
{
    struct bytes source = {0};
    int rc;

    *out = NULL;
    rc = source_of(in, &source, e);
    if (rc == 0)
        rc = pin_ask(source.n > 0 ? memory_text(&source) : NULL, question, out, e);
    bytes_clear(&source);
    return rc;
}

int pin_read(const struct invocation *in, const struct plan *p, size_t holder,
             const struct token_info *t, struct secret **out, struct err *e)
{
    struct bytes question = {0};
    int rc;
    char digits[8];

    plain_put_str(&question, p->holders[holder].name);
    bytes_put_str(&question, ", PIN of ");
    token_words(t, &question);
    bytes_printf(&question, " (%s)", pin_state_words(t->pin));
    if (p->rehearsal) {
        rehearse_pin(p, holder, digits);
        bytes_printf(&question, " (REHEARSAL, it is %s)", digits);
    }
    rc = pin_present(in, memory_text(&question), out, e);
    bytes_clear(&question);
    return rc;
}

/* Takes the digits of a line of throws, as far as they go. */
static int take_throws(const struct secret *line, struct pin_dice *d, size_t wanted,
                       struct secret *pin, struct err *e)
{
    for (size_t i = 0; i < secret_size(line) && secret_size(pin) < wanted; i++) {
        uint8_t c = secret_data(line)[i];
        int digit;

        if (c == ' ')
            continue;
        if (c < '1' || c > '6') {
            err_set(e, ERR_INPUT, "a die shows 1 to 6");
            return err_todo(e, "repeat the command, and type only what the die shows");
        }
        digit = pin_dice_throw(d, c - (unsigned)'0');
        if (digit >= 0 && secret_put(pin, (uint8_t)('0' + digit)) != 0)
            return err_set(e, ERR_PIN, "the PIN is too long");
    }
    return 0;
}

static int by_dice(const struct tty *tty, size_t wanted, struct secret *pin, struct err *e)
{
    struct pin_dice d = {0};
    struct secret *line;
    char question[160];
    int rc = secret_new(&line, e);

    if (rc != 0)
        return -1;
    while (rc == 0 && secret_size(pin) < wanted) {
        snprintf(question, sizeof question,
                 "Throw a die, type what it shows (not echoed), Enter now and then; %zu of %zu "
                 "digits",
                 secret_size(pin), wanted);
        secret_wipe(line);
        rc = tty_secret(tty, question, line, e);
        if (rc == 0)
            rc = take_throws(line, &d, wanted, pin, e);
    }
    secret_free(line);
    return rc;
}

static int by_machine(size_t wanted, struct secret *pin, struct err *e)
{
    const struct env env = env_system();

    while (secret_size(pin) < wanted)
        if (pin_new_digit(pin, env.random, env.self, e) != 0)
            return -1;
    return 0;
}

/* Once, and then the line is cleared. */
static int show(const struct tty *tty, const char *words, const struct secret *pin, struct err *e)
{
    struct secret *nothing;
    struct err ignored;

    if (secret_new(&nothing, e) != 0)
        return -1;
    tty_print(tty, "The ");
    tty_print(tty, words);
    tty_print(tty, " is ");
    tty_print_secret(tty, pin);
    (void)tty_secret(tty, "  Write it down, let nobody see it, then press Enter", nothing,
                     &ignored);
    tty_clear_line(tty);
    secret_free(nothing);
    return 0;
}

static int make(const struct tty *tty, const char *how, const char *words, size_t wanted,
                struct secret *pin, struct err *e)
{
    int rc = strcmp(how, "dice") == 0 ? by_dice(tty, wanted, pin, e) : by_machine(wanted, pin, e);

    return rc == 0 ? show(tty, words, pin, e) : -1;
}

static int typed_twice(const struct invocation *in, const char *words, size_t wanted,
                       struct secret *pin, struct err *e)
{
    const char *how = in_value(in, "make");
    struct secret *again = NULL;
    char question[80];
    struct tty tty;
    int rc = -1;

    if (tty_open(&tty, e) != 0)
        return -1;
    if (secret_new(&again, e) != 0)
        goto out;
    snprintf(question, sizeof question, "The %s", words);
    if ((how != NULL ? make(&tty, how, words, wanted, pin, e)
                     : tty_secret(&tty, question, pin, e)) != 0)
        goto out;
    snprintf(question, sizeof question, "The %s again", words);
    if (tty_secret(&tty, question, again, e) != 0)
        goto out;
    if (secret_eq(pin, again))
        rc = 0;
    else {
        err_set(e, ERR_PIN, "the second %s is another one", words);
        err_todo(e, "repeat the command; nothing was sent to the token");
    }
out:
    secret_free(again);
    tty_close(&tty);
    return rc;
}

int pin_made(const struct invocation *in, const char *option, const char *words,
             const struct token_info *t, enum pin_owner whose, struct secret **out, struct err *e)
{
    const char *how = in_value(in, "make"), *source = in_value(in, option);
    struct secret *pin = NULL;
    int rc = -1;

    *out = NULL;
    if (how != NULL && strcmp(how, "dice") != 0 && strcmp(how, "machine") != 0) {
        err_set(e, ERR_USAGE, "a PIN can't be made by '%s'", how);
        return err_todo(e, "write --make dice or --make machine");
    }
    if (source != NULL)
        rc = pin_ask(source, "", &pin, e);
    else if (secret_new(&pin, e) == 0)
        rc = typed_twice(in, words, pin_new_digits(t, whose), pin, e);
    if (rc == 0)
        rc = pin_new_check(pin, whose, t, e);
    if (rc != 0) {
        secret_free(pin);
        return -1;
    }
    *out = pin;
    return 0;
}
