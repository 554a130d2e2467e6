/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_clients.h - what 'verify' prints of stock clients, one by one.
 */
#ifndef CEREMONY_CLI_VERIFY_CLIENTS_H
#define CEREMONY_CLI_VERIFY_CLIENTS_H

#include "ceremony/cli/command.h"
#include "ceremony/cli/out.h"
#include "metadata/client/client.h"

/* Each client with its verdict; nothing of a repository that is refused anyway. */
void verify_clients_print(const struct client_report *r);
void verify_clients_json(const struct client_report *r, cJSON *tree);
/* "tuf-js, go-tuf and tough": those that refuse, or those that no rule says that of; appended.
 * Returns how many they are. */
unsigned verify_clients_names(const struct client_report *r, bool refuse, struct bytes *out);
/* -1: ERR_INPUT when every stock client refuses, or with --strict one of them. */
int verify_clients_judge(const struct invocation *in, const struct client_report *r, struct err *e);

#endif
