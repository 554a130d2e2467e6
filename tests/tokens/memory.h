/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - a PIN of a test, made at random where it can be, and the search for copies of it in
 * the memory of a process, as an attacker with a core image would.
 *
 * What is searched for is kept masked, so that the search never finds itself.
 */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <sys/types.h>

#include "tokens/secret.h"

#define MEMORY_PIN 16

struct masked {
    uint8_t pin[MEMORY_PIN];
    size_t n; /* bytes */
};

/* Random digits, or `text` where a PIN can't be chosen; the caller frees the secret. */
struct secret *memory_pin(struct masked *m, const char *text);
/* Copies in all writable memory of the process. */
size_t memory_copies(pid_t pid, const struct masked *m);
/* The one child of this process. */
pid_t memory_child(void);

#endif
