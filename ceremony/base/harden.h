/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harden.h - what the process gives up before it does anything else: network sockets, core dumps,
 * being looked into, files that others can read, and what its environment could make libraries do.
 */
#ifndef CEREMONY_HARDEN_H
#define CEREMONY_HARDEN_H

#include "metadata/base/err.h"

/* First of all: variables that make libraries or modules load code, read another configuration or
 * write down what goes through them are cleared, and OpenSSL loads no configuration. Where modules
 * and daemons are (SOFTHSM2_CONF, OPENSC_CONF, P11_KIT_SERVER_ADDRESS, TPM2_PKCS11_STORE and
 * _TCTI) is the user's to say, and stays. */
void harden_environment(void);
/* The names of those that were cleared, with commas; "": none. */
const char *harden_cleared(void);
/* A variable that the dynamic loader obeyed before the program began ("LD_PRELOAD=..."), or NULL.
 */
const char *harden_loader(void);
/* Errors: ERR_NOT_READY when the kernel refuses one of them. */
int harden_process(struct err *e);

#endif
