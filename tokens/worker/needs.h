/* SPDX-License-Identifier: Apache-2.0 */
/*
 * needs.h - the files and sockets that the module of a token may use, and no others: rows of a
 * table, found by running each stack (docs/tokens.md).
 */
#ifndef TOKENS_NEEDS_H
#define TOKENS_NEEDS_H

#include "tokens/worker/landlock.h"

#define NEEDS_PATHS   48
#define NEEDS_SOCKETS 8
#define NEEDS_SOCKET  108 /* bytes of a socket's path, with its NUL (unix(7)) */

struct needs {
    struct landlock_path paths[NEEDS_PATHS];
    size_t npaths;
    char sockets[NEEDS_SOCKETS][NEEDS_SOCKET];
    size_t nsockets;
};

/* What the module with that path may use on this machine, as the environment says where things are;
 * NULL: what every module may. */
void needs_of(const char *module, struct needs *out);
/* One more; what is too long or too much is left out. */
void needs_add(struct needs *n, const char *path, bool writes);
/* Is it one of the sockets? /var/run is /run. */
bool needs_socket(const struct needs *n, const char *path);

#endif
