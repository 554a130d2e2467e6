/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.h - what the process gives up before it does anything else: network sockets, core dumps,
 * being looked into, files that others can read.
 */
#ifndef CEREMONY_HARDEN_H
#define CEREMONY_HARDEN_H

#include "metadata/base/err.h"

/* Errors: ERR_NOT_READY when the kernel refuses one of them. */
int harden_process(struct err *e);

#endif
