/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.h - socket() and connect() for a helper that may reach something: connections come from
 * the broker (broker.h).
 *
 * The program defines these two functions itself, and a module's calls end here as those of any
 * program would that defines them. Without a channel they are the plain system calls, and the
 * filter of sandbox.h refuses; with one, an INET stream socket is a placeholder until connect()
 * swaps in the connected one. A module that makes its system calls itself is simply refused by the
 * filter.
 */
#ifndef TOKENS_NETWORK_H
#define TOKENS_NETWORK_H

/* From now on connections are asked for on that descriptor. In a helper's process, once. */
void network_use(int channel);

#endif
