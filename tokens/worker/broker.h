/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - the one process that opens network connections: for the helper of one module, to this
 * machine itself.
 *
 * Some modules talk over the network stack: to a YubiHSM's connector or a TPM simulator on this
 * machine. No filter can look into the address that connect() is given, and an
 * address in memory can be changed behind a checker's back. So helpers keep the filter of
 * sandbox.h, which lets nothing through; what they may reach, the broker reaches for them: it gets
 * the address in a message, checks its own copy, connects, and hands the connected socket back
 * (network.h).
 *
 * Invariants:
 *  - it is started before the program shuts itself in, and only when somebody asked for it; it reads
 *    no file, starts no program, listens nowhere, and dies with the program;
 *  - it connects to loopback addresses only, by TCP; a name is never looked up;
 *  - it serves whoever holds the other end of its channel, but never the program itself: the kernel
 *    tells who asks (only root could say another name than its own).
 */
#ifndef TOKENS_BROKER_H
#define TOKENS_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "metadata/base/err.h"

struct broker;

/* Forks it. Errors: ERR_IO. */
int broker_start(struct broker **out, struct err *e);
void broker_free(struct broker *b); /* NULL-safe; ends the process */
/* The channel on which connections are asked for; the descriptor is the caller's, for
 * agent_start_job. Errors: ERR_IO. */
int broker_channel(const struct broker *b, int *out, struct err *e);
/* Whether an address, as connect() takes it, is one of this machine's loopback. */
bool broker_allows(const void *address, size_t n);

#endif
