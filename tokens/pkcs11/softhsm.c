/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/softhsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[] = {
    "/usr/lib/softhsm/libsofthsm2.so",
#if defined(__x86_64__)
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
#elif defined(__aarch64__)
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
#endif
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
};

const char *softhsm_module(void)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}

static int write_file(const char *path, const struct bytes *text, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = 0;

    if (fd < 0)
        return err_system(e, errno, "'%s' can't be written", path);
    if (write(fd, text->p, text->n) != (ssize_t)text->n)
        rc = err_system(e, errno, "'%s' can't be written", path);
    if (close(fd) != 0 && rc == 0)
        rc = err_system(e, errno, "'%s' can't be written", path);
    return rc;
}

static int configure(const char *dir, struct err *e)
{
    struct bytes path = {0}, text = {0};
    int rc = -1;

    bytes_printf(&path, "%s/softhsm2.conf", dir);
    bytes_printf(&text,
                 "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
                 "slots.removable = true\n",
                 dir);
    if (bytes_failed(&path) || bytes_failed(&text))
        err_oom(e);
    else if (write_file(bytes_str(&path), &text, e) == 0)
        rc = setenv("SOFTHSM2_CONF", bytes_str(&path), 1) == 0 ? 0 : err_oom(e);
    bytes_clear(&path);
    bytes_clear(&text);
    return rc;
}

int softhsm_use(const char *dir, struct err *e)
{
    char *real;
    int rc;
    struct stat st;

    if (softhsm_module() == NULL) {
        err_set(e, ERR_INCOMPLETE, "SoftHSM is not installed");
        return err_todo(e, "install the package softhsm2, or use real tokens");
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_system(e, errno, "folder '%s' can't be made", dir);
    if (lstat(dir, &st) != 0)
        return err_system(e, errno, "folder '%s' can't be examined", dir);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
        err_set(e, ERR_IO, "'%s' is not a folder of yours", dir);
        return err_todo(e, "choose another folder for the rehearsal's tokens");
    }
    if ((st.st_mode & 077) != 0 && chmod(dir, 0700) != 0)
        return err_system(e, errno, "folder '%s' can't be made private", dir);
    if ((real = realpath(dir, NULL)) == NULL)
        return err_system(e, errno, "folder '%s' can't be found", dir);
    if (strpbrk(real, "\n#") != NULL) {
        err_set(e, ERR_IO, "folder '%s' has a name that SoftHSM can't read", dir);
        rc = err_todo(e, "choose a folder without line breaks and '#' in its name");
    } else
        rc = configure(real, e);
    free(real);
    return rc;
}

int softhsm_add(struct tokens *t, const char *label, const struct secret *so_pin,
                const struct secret *pin, struct err *e)
{
    struct token_list all = {0};
    int rc = -1;

    if (t->driver->list(t->self, &all, e) != 0)
        return -1;
    for (size_t i = 0; i < all.n; i++)
        if (!all.items[i].initialised) {
            rc = t->driver->initialise(t->self, &all.items[i].id, so_pin, label, pin, e);
            goto out;
        }
    err_set(e, ERR_TOKEN, "SoftHSM shows no free slot");
    if (all.nproblems > 0)
        err_in(e, "%s", all.problems[0]);
    err_todo(e, "check that the folder of the tokens can be written");
out:
    token_list_clear(&all);
    return rc;
}
