/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker.h - the one process that opens network connections, for the helper of one module, to where
 * a rule lets it.
 *
 * Some modules talk over the network stack: a YubiHSM's connector or a TPM simulator on this
 * machine, a network HSM. No filter can look into the address that connect() is given, and an
 * address in memory can be changed behind a checker's back. So helpers keep the filter of
 * sandbox.h, which lets nothing through; what they may reach, the broker reaches for them: it gets
 * the address in a message, checks its own copy, connects, and hands the connected socket back
 * (network.h).
 *
 * Invariants:
 *  - it is started before the program shuts itself in, and only when somebody asked for it; it reads
 *    no file, starts no program, listens nowhere, and dies with the program;
 *  - a rule names loopback, or one host by its address; TCP only; a name is never looked up;
 *  - it serves whoever holds the other end of a rule's channel, but never the program itself: the
 *    kernel tells who asks (only root could say another name than its own).
 */
#ifndef TOKENS_BROKER_H
#define TOKENS_BROKER_H

#include "tokens/worker/net_rule.h"

struct broker;

/* Forks it. Errors: ERR_IO. */
int broker_start(struct broker **out, struct err *e);
void broker_free(struct broker *b); /* NULL-safe; ends the process */
/* A channel on which connections are asked for under that rule; the descriptor is the caller's, for
 * agent_start_networked. Errors: ERR_IO. */
int broker_channel(struct broker *b, const struct net_rule *r, int *out, struct err *e);

#endif
