/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - what a process gives up for good: no network for the program, and for the process of a
 * module all that it does not need. Seccomp filters, which nothing in the process can take off.
 */
#ifndef TOKENS_SANDBOX_H
#define TOKENS_SANDBOX_H

#include "tokens/worker/landlock.h"

/* From now on this process and its children can make local (AF_UNIX) sockets only: socket and
 * socketpair of any other family fail with EACCES, and so do the ways around them (io_uring,
 * pidfd_getfd, system calls of another architecture or of x32). Sets PR_SET_NO_NEW_PRIVS. Calling
 * it twice is harmless. Sockets that are open already stay. Errors: ERR_INTERNAL, ERR_NOT_READY
 * when the kernel has no seccomp. */
int sandbox_no_network(struct err *e);

/* The same for the process of a module, which from now on also
 *  - opens no file but those below `paths` (landlock.h), changes no other one's owner, mode, times
 *    or size, and connects to no socket by itself (network.h);
 *  - looks into no other process, signals none, makes none (threads it may) and runs no program;
 *  - types on no terminal, mounts nothing, and comes to no namespace, key ring or BPF program;
 *  - has no capability, writes no core and no file above 64 MiB, has 1024 descriptors and 8 GiB of
 *    memory at most, and can't be looked into.
 * What is refused fails with EACCES. The process is the one for which it was called: its pid is in
 * the filter. Errors: as sandbox_no_network. */
int sandbox_module(const struct landlock_path *paths, size_t n, struct err *e);

#endif
