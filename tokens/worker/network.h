/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.h - socket() and connect() for the process of a module: connections come from those who
 * may open them, to the sockets of its daemons (keeper.h) and, where that is allowed, to this machine
 * itself (broker.h).
 *
 * The program defines these two functions itself, and a module's calls end here as those of any
 * program would that defines them. Without channels they are the plain system calls, and the filter
 * of sandbox.h refuses; with one, what was asked for is a placeholder until connect() swaps in the
 * connected socket. A module that makes its system calls itself is simply refused by the filter.
 */
#ifndef TOKENS_NETWORK_H
#define TOKENS_NETWORK_H

/* From now on connections are asked for on these descriptors, to local (AF_UNIX) sockets and to this
 * machine's network; -1: none. In a helper's process, once. */
void network_use(int to_local, int to_network);

#endif
