/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin_made.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/cli/pin.h"
#include "ceremony/cli/tty.h"
#include "tokens/pin_new.h"

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
