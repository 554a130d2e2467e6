/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole struct is the page: nothing of a secret lies on the heap. */
struct secret {
    size_t n;
    uint8_t data[SECRET_MAX + 2]; /* while a line is read, its CR as well */
};

int secret_new(struct secret **out, struct err *e)
{
    void *page = mmap(NULL, sizeof(struct secret), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *out = NULL;
    if (page == MAP_FAILED)
        return err_oom(e);
    if (mlock(page, sizeof(struct secret)) != 0) {
        int saved = errno;

        munmap(page, sizeof(struct secret));
        err_system(e, saved, "memory for a PIN can't be locked");
        return err_todo(e, "raise the limit of locked memory (ulimit -l), then start again");
    }
    if (madvise(page, sizeof(struct secret), MADV_DONTDUMP) != 0 ||
        madvise(page, sizeof(struct secret), MADV_WIPEONFORK) != 0) {
        int saved = errno;

        munmap(page, sizeof(struct secret));
        return err_system(e, saved, "memory for a PIN can't be kept out of core dumps");
    }
    *out = page;
    return 0;
}

int secret_copy(const struct secret *s, struct secret **out, struct err *e)
{
    if (secret_new(out, e) != 0)
        return -1;
    memcpy(*out, s, sizeof **out);
    return 0;
}

void secret_wipe(struct secret *s)
{
    OPENSSL_cleanse(s, sizeof *s);
}

void secret_free(struct secret *s)
{
    if (s == NULL)
        return;
    secret_wipe(s);
    munmap(s, sizeof *s);
}

size_t secret_size(const struct secret *s)
{
    return s->n;
}

const uint8_t *secret_data(const struct secret *s)
{
    return s->data;
}

int secret_put(struct secret *s, uint8_t c)
{
    if (s->n == SECRET_MAX)
        return -1;
    s->data[s->n++] = c;
    return 0;
}

void secret_backspace(struct secret *s)
{
    while (s->n > 0) {
        uint8_t last = s->data[--s->n];

        s->data[s->n] = 0;
        if ((last & 0xC0U) != 0x80U)
            return;
    }
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
    return a->n == b->n && CRYPTO_memcmp(a->data, b->data, sizeof a->data) == 0;
}

static int too_long(struct secret *s, struct err *e)
{
    secret_wipe(s);
    return err_set(e, ERR_INPUT, "the PIN is longer than %d bytes", SECRET_MAX);
}

int secret_read_fd(struct secret *s, int fd, struct err *e)
{
    secret_wipe(s);
    for (;;) {
        ssize_t got = read(fd, &s->data[s->n], 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int saved = errno;

            secret_wipe(s);
            return err_system(e, saved, "the PIN can't be read");
        }
        if (got == 0 || s->data[s->n] == '\n')
            break;
        if (++s->n > SECRET_MAX + 1)
            return too_long(s, e);
    }
    s->data[s->n] = 0;
    if (s->n > 0 && s->data[s->n - 1] == '\r') /* CR LF is an end of line as LF is */
        s->data[--s->n] = 0;
    if (s->n > SECRET_MAX)
        return too_long(s, e);
    if (s->n == 0)
        return err_set(e, ERR_INPUT, "the PIN source is empty");
    return 0;
}

static int refuse_if_shared(int fd, const char *path, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_system(e, errno, "PIN source '%s' can't be examined", path);
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        err_set(e, ERR_INPUT, "PIN source '%s' can be read by others", path);
        return err_todo(e, "chmod 600 '%s', and change the PIN if the machine is shared", path);
    }
    return 0;
}

int secret_read_file(struct secret *s, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    int rc;

    if (fd < 0 && errno == ELOOP)
        err_set(e, ERR_INPUT, "PIN source '%s' is a link", path);
    else if (fd < 0) {
        err_system(e, errno, "PIN source '%s' can't be opened", path);
        e->code = ERR_INPUT;
    }
    if (fd < 0)
        return err_todo(e, "give a regular file that only you can read, or fd:N");
    rc = refuse_if_shared(fd, path, e);
    if (rc == 0)
        rc = secret_read_fd(s, fd, e);
    close(fd);
    return rc;
}

int secret_receive(struct secret *s, int fd, size_t n)
{
    secret_wipe(s);
    while (n <= SECRET_MAX && s->n < n) {
        ssize_t got = read(fd, s->data + s->n, n - s->n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        s->n += (size_t)got;
    }
    if (s->n == n)
        return 0;
    secret_wipe(s);
    return -1;
}
