/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "metadata/base/plain.h"

int tty_open(struct tty *t, struct err *e)
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

void tty_close(struct tty *t)
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

void tty_print(const struct tty *t, const char *text)
{
    struct bytes plain = {0};

    plain_put_str(&plain, text);
    put(t, bytes_str(&plain), plain.n);
    bytes_clear(&plain);
}

void tty_clear_line(const struct tty *t)
{
    static const char up_and_clear[] = "\033[1A\033[2K"; /* ECMA-48: CUU, EL */

    put(t, up_and_clear, sizeof up_and_clear - 1);
}

void tty_print_secret(const struct tty *t, const struct secret *s)
{
    put(t, secret_data(s), secret_size(s));
}

int tty_secret(const struct tty *t, const char *question, struct secret *s, struct err *e)
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
