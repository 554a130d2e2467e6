/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - a folder: the only way the ceremony reads and writes files.
 *
 * Names are relative ("inputs/online.pem"); no component may be a link, ".." or empty, so that a
 * file that a stranger placed can't lead outside.
 *
 * Invariants:
 *  - store_write is all or nothing: temporary file, fsync, rename, fsync of the folder;
 *  - of many files each is all or nothing, and hundreds of them share what makes them lasting;
 *  - append returns only after fsync;
 *  - files are made 0600 and folders 0700 (umask 077).
 *
 * A table of calls, so that tests hand in a store that fails at the k-th call.
 */
#ifndef CEREMONY_STORE_H
#define CEREMONY_STORE_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"

#define STORE_MAX_SMALL ((size_t)16 << 20) /* plan, root: 16 MiB */
#define STORE_MAX_FILE  ((size_t)1 << 30)

/* Takes a part of a file's bytes; -1 stops. */
typedef int store_part(void *to, struct span part, struct err *e);

/* Bytes that are too many to be held: `give` hands them to `put`, part by part. */
struct store_source {
    int (*give)(const void *self, store_part *put, void *to, struct err *e);
    const void *self;
};

struct store_file {
    const char *name;
    struct store_source from;
};

/* What lies in a folder and is no file to be read. */
enum store_kind {
    STORE_FILE, /* it is one */
    STORE_LINK,
    STORE_SPECIAL, /* a device, a socket or a pipe */
    STORE_UNREADABLE,
    STORE_DEEP, /* a folder deeper than is looked at */
    STORE_EMPTY,
    STORE_TORN, /* what a crash left of a write */
    STORE_KINDS
};

const char *store_kind_words(enum store_kind kind); /* "a link" */

typedef int store_rest(void *arg, const char *name, enum store_kind kind, struct err *e);

struct store_ops {
    void (*free)(void *self);
    /* Appends the file's bytes to `out`. 1, or 0 when there is no such file. A file over `limit`
     * bytes is refused (ERR_INPUT), as is anything but a regular file. */
    int (*read)(void *self, const char *name, size_t limit, struct bytes *out, struct err *e);
    int (*write)(void *self, const char *name, struct span data, struct err *e);
    /* The same by parts: read calls `each`. A store that is only read may leave them out. */
    int (*read_parts)(void *self, const char *name, store_part *each, void *to, struct err *e);
    int (*write_parts)(void *self, const char *name, const struct store_source *from,
                       struct err *e);
    /* Each of them as write does; returns when all are lasting. After an error each is what it was
     * before or what it should be, and nothing else is left. */
    int (*write_many)(void *self, const struct store_file *files, size_t n, struct err *e);
    int (*append)(void *self, const char *name, struct span data, struct err *e);
    int (*truncate)(void *self, const char *name, size_t size, struct err *e);
    /* Calls `each` for every regular file below `dir` ("" for all), sorted by name bytewise; stops
     * at -1. What a crash left of a write is no file. */
    int (*list)(void *self, const char *dir,
                int (*each)(void *arg, const char *name, struct err *e), void *arg, struct err *e);
    /* The same for all that list leaves out, wherever it is: links, sockets, folders that are empty
     * or can't be read, what a crash left of a write. A store that has no such may leave it out. */
    int (*list_rest)(void *self, store_rest *each, void *arg, struct err *e);
    /* One program at a time: ERR_BUSY when another holds it. Held until free. */
    int (*lock)(void *self, struct err *e);
};

struct store {
    const struct store_ops *ops;
    void *self;
    char *path; /* for people */
};

/* Opens a folder that exists. Errors: ERR_IO, ERR_INPUT. */
int store_open(const char *path, struct store **out, struct err *e);
/* Makes the folder; it must not exist, or be empty. */
int store_create(const char *path, struct store **out, struct err *e);
void store_free(struct store *s); /* NULL-safe */
/* The digest of a file, which is not held: 1, or 0 when there is none. */
int store_sha256(struct store *s, const char *name, uint8_t out[SHA256_SIZE], struct err *e);
/* The same for a file that somebody gave: one over STORE_MAX_FILE, or without end, is refused. */
int store_sha256_of_input(struct store *s, const char *name, uint8_t out[SHA256_SIZE],
                          struct err *e);

#endif
