/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metadata/bytes.h"

#define DEEPEST 16 /* folders in folders */

struct names {
    char **items;
    size_t n;
};

static int names_add(struct names *l, const char *dir, const char *name, struct err *e)
{
    char **more = realloc(l->items, (l->n + 1) * sizeof *more);
    struct bytes path;

    if (more == NULL)
        return err_oom(e);
    l->items = more;
    bytes_init(&path);
    bytes_printf(&path, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", name);
    if ((more[l->n] = bytes_take_str(&path)) == NULL)
        return err_oom(e);
    l->n++;
    return 0;
}

/* Left by a crash while folder_write was at work. */
static bool is_temporary(const char *name)
{
    size_t n = strlen(name);

    return n > strlen(".x.new") - 1 && name[0] == '.' && strcmp(name + n - 4, ".new") == 0;
}

static int names_below(int fd, const char *path, unsigned depth, struct names *out, struct err *e);

/* The same for a folder `name` of `path`. */
static int names_inside(int fd, const char *path, const char *name, unsigned depth,
                        struct names *out, struct err *e)
{
    struct bytes below;
    int rc;

    bytes_init(&below);
    bytes_printf(&below, "%s%s%s", path, path[0] != '\0' ? "/" : "", name);
    if (bytes_failed(&below)) {
        close(fd);
        rc = err_oom(e);
    } else
        rc = names_below(fd, bytes_str(&below), depth, out, e);
    bytes_clear(&below);
    return rc;
}

/* Appends the names of regular files below `path`; `fd` is moved in. Links are left out. */
static int names_below(int fd, const char *path, unsigned depth, struct names *out, struct err *e)
{
    DIR *d = fdopendir(fd);
    struct dirent *entry;
    struct stat st;
    int rc = 0, sub;

    if (d == NULL) {
        close(fd);
        return err_system(e, errno, "folder '%s' can't be read", path);
    }
    while (rc == 0 && (entry = readdir(d)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISREG(st.st_mode) && !is_temporary(entry->d_name))
            rc = names_add(out, path, entry->d_name, e);
        if (!S_ISDIR(st.st_mode) || depth == 0)
            continue;
        sub = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub >= 0)
            rc = names_inside(sub, path, entry->d_name, depth - 1, out, e);
    }
    closedir(d);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

int store_list_each(int fd, const char *path,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e)
{
    struct names l = {0};
    int rc = names_below(fd, path, DEEPEST, &l, e);

    if (l.n > 0)
        qsort(l.items, l.n, sizeof(char *), by_name);
    for (size_t i = 0; rc == 0 && i < l.n; i++)
        rc = each(arg, l.items[i], e);
    for (size_t i = 0; i < l.n; i++)
        free(l.items[i]);
    free(l.items);
    return rc;
}
