/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_rules.h - where stock clients part: what one refuses that another takes, as a table of
 * rules about keys and a function for each other rule, with its clients and its source.
 *
 * The clients are those of these versions: python-tuf 5.1 (securesystemslib 1.x), tuf-js 5.0,
 * go-tuf 2 and tough 0.2x; what tuf-js does is tried by a test, what the others do is from their
 * sources. A client that breaks no rule here is not thereby proven to accept: it was not run.
 */
#ifndef METADATA_CLIENT_RULES_H
#define METADATA_CLIENT_RULES_H

#include "metadata/envelope.h"
#include "metadata/signed.h"

enum stock_client { STOCK_PYTHON_TUF, STOCK_TUF_JS, STOCK_GO_TUF, STOCK_TOUGH, STOCK_CLIENTS };

const char *stock_client_name(enum stock_client c); /* "tuf-js" */

/* Why each client refuses, in words, the first reason only; NULL: no rule here says that it does.
 */
struct stock_verdicts {
    char *why[STOCK_CLIENTS];
};

void stock_verdicts_clear(struct stock_verdicts *v);

/* Each looks at one file, called `file` in the reasons, and fills in what it finds. -1: out of
 * memory. */
/* A root: its members, and all its keys. */
int client_rules_root(struct stock_verdicts *v, const char *file, const struct root *r,
                      struct err *e);
/* The keys of a root or of delegations, used or not. */
int client_rules_keys(struct stock_verdicts *v, const char *file, const struct keyring *keys,
                      struct err *e);
/* A file that is signed by enough keys of a role: enough of them for each client, too? `t` is its
 * tally. */
int client_rules_signed(struct stock_verdicts *v, const struct envelope *env,
                        const struct role *role, const struct keyring *keys, const struct tally *t,
                        struct err *e);

/* Stock clients that refuse keys of this type, in words ("tuf-js, go-tuf and tough"), or NULL when
 * all take them. */
const char *key_type_refused_by(enum key_type type);

#endif
