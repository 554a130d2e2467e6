/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - no network, by a seccomp filter that nothing in the process can take off again.
 */
#ifndef TOKENS_SANDBOX_H
#define TOKENS_SANDBOX_H

#include "metadata/base/err.h"

/* From now on this process and its children can make local (AF_UNIX) sockets only: socket and
 * socketpair of any other family fail with EACCES, and so do the ways around them (io_uring,
 * pidfd_getfd, system calls of another architecture or of x32). Sets PR_SET_NO_NEW_PRIVS. Calling
 * it twice is harmless. Sockets that are open already stay. Errors: ERR_INTERNAL, ERR_NOT_READY
 * when the kernel has no seccomp. */
int sandbox_no_network(struct err *e);

#endif
