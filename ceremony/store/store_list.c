/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store/store_folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metadata/base/array.h"
#include "metadata/base/bytes.h"

#define DEEPEST 16 /* folders in folders */

static const char *const words[] = {
    [STORE_FILE] = "a file",
    [STORE_LINK] = "a link",
    [STORE_SPECIAL] = "a device, a socket or a pipe",
    [STORE_UNREADABLE] = "it can't be read",
    [STORE_DEEP] = "a folder deeper than is looked at",
    [STORE_EMPTY] = "an empty folder",
    [STORE_TORN] = "left by a write that did not end",
};
static_assert(sizeof words / sizeof words[0] == STORE_KINDS, "every kind has words");

const char *store_kind_words(enum store_kind kind)
{
    return words[kind];
}

struct name {
    char *path;
    enum store_kind kind;
};

struct names {
    struct name *items;
    size_t n;
};

static int names_add(struct names *l, const char *dir, const char *name, enum store_kind kind,
                     struct err *e)
{
    struct bytes path = {0};

    if (array_grow(&l->items, l->n, sizeof *l->items, e) != 0)
        return -1;
    bytes_printf(&path, "%s%s%s", dir, dir[0] != '\0' ? "/" : "", name);
    l->items[l->n] = (struct name){bytes_take_str(&path), kind};
    if (l->items[l->n].path == NULL)
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
    struct bytes below = {0};
    int rc;

    bytes_printf(&below, "%s%s%s", path, path[0] != '\0' ? "/" : "", name);
    if (bytes_failed(&below)) {
        close(fd);
        rc = err_oom(e);
    } else
        rc = names_below(fd, bytes_str(&below), depth, out, e);
    bytes_clear(&below);
    return rc;
}

/* Looks into the folder `name` of `path`. */
static int names_of_folder(int fd, const char *path, const char *name, unsigned depth,
                           struct names *out, struct err *e)
{
    size_t before = out->n;
    int sub;

    if (depth == 0)
        return names_add(out, path, name, STORE_DEEP, e);
    sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (sub < 0)
        return names_add(out, path, name, STORE_UNREADABLE, e);
    if (names_inside(sub, path, name, depth - 1, out, e) != 0)
        return -1;
    return out->n == before ? names_add(out, path, name, STORE_EMPTY, e) : 0;
}

/* Appends the names of what is below `path`; `fd` is moved in. */
static int names_below(int fd, const char *path, unsigned depth, struct names *out, struct err *e)
{
    DIR *d = fdopendir(fd);
    struct dirent *entry;
    struct stat st;
    int rc = 0;

    if (d == NULL) {
        close(fd);
        return err_system(e, errno, "folder '%s' can't be read", path);
    }
    while (rc == 0 && (entry = readdir(d)) != NULL) {
        const char *name = entry->d_name;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            rc = names_add(out, path, name, STORE_UNREADABLE, e);
        else if (S_ISDIR(st.st_mode))
            rc = names_of_folder(fd, path, name, depth, out, e);
        else
            rc = names_add(out, path, name,
                           S_ISLNK(st.st_mode)    ? STORE_LINK
                           : !S_ISREG(st.st_mode) ? STORE_SPECIAL
                           : is_temporary(name)   ? STORE_TORN
                                                  : STORE_FILE,
                           e);
    }
    closedir(d);
    return rc;
}

/* All names, sorted; cleared by names_clear also on failure. */
static int names_all(int fd, const char *path, struct names *out, struct err *e)
{
    int rc = names_below(fd, path, DEEPEST, out, e);

    array_sort(out->items, out->n, sizeof *out->items);
    return rc;
}

static void names_clear(struct names *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->items[i].path);
    free(l->items);
}

int store_list_each(int fd, const char *path,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e)
{
    struct names l = {0};
    int rc = names_all(fd, path, &l, e);

    for (size_t i = 0; rc == 0 && i < l.n; i++)
        if (l.items[i].kind == STORE_FILE)
            rc = each(arg, l.items[i].path, e);
    names_clear(&l);
    return rc;
}

int store_list_rest(int fd, store_rest *each, void *arg, struct err *e)
{
    struct names l = {0};
    int rc = names_all(fd, "", &l, e);

    for (size_t i = 0; rc == 0 && i < l.n; i++)
        if (l.items[i].kind != STORE_FILE)
            rc = each(arg, l.items[i].path, l.items[i].kind, e);
    names_clear(&l);
    return rc;
}
