/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connector.h - what the processes that open connections for others have in common: a channel on
 * which addresses come, and from which connected sockets go back (network.h).
 *
 * Invariants: such a process reads no file, starts no program and listens nowhere; it checks its own
 * copy of an address, which nobody can change any more.
 */
#ifndef TOKENS_CONNECTOR_H
#define TOKENS_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* May the process `from` (0: not known) have this address, as connect() takes it? */
typedef bool (*connector_allows)(const void *self, const void *address, size_t n, pid_t from);

/* In the process that connects: leaves it nothing but the two descriptors (`other` may be -1),
 * which may get other numbers, and of the system calls what it needs to connect and to signal. It
 * dies with `parent`. 0, or -1. */
int connector_confine(int *channel, int *other, pid_t parent);
/* Answers one request. False: the other end is closed. */
bool connector_serve(int channel, connector_allows allows, const void *self);

#endif
