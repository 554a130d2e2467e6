/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.h - what most commands begin with: the ceremony of a folder, and the tokens that belong
 * to it.
 *
 * A rehearsal's tokens come from its own folder; a real ceremony's from the modules given with
 * --module, else from those found on the machine. The struct stays where it is until context_close:
 * the tokens' agent points into it.
 */
#ifndef CEREMONY_CLI_CONTEXT_H
#define CEREMONY_CLI_CONTEXT_H

#include "ceremony/acts/owner.h"
#include "ceremony/cli/command.h"

#define OPTION_MODULE                                                                              \
    {                                                                                              \
        "module", "PATH", "a PKCS#11 module, may be repeated; default: those found"                \
    }
#define OPTION_NETWORK                                                                             \
    {                                                                                              \
        "network", NULL, "let the module that the plan names connect to this machine"              \
    }
#define OPTION_TOKEN                                                                               \
    {                                                                                              \
        "token", "URI", "which token, as pkcs11:serial=... (RFC 7512)"                             \
    }
#define OPTION_PIN_SOURCE                                                                          \
    {                                                                                              \
        "pin-source", "FILE|fd:N", "where the PIN is read from; default: the terminal"             \
    }
#define OPTION_LAST_TRY                                                                            \
    {                                                                                              \
        "last-try", NULL, "continue although a wrong PIN would lock the token"                     \
    }

struct context {
    const struct invocation *in;
    struct ceremony *c; /* NULL until opened */
    size_t lines;       /* of its journal, when it was opened */
    struct tokens *t;
    char **found;               /* modules, as p11_modules_find gave them, or NULL */
    struct token_list left_out; /* only problem lines: modules that were found and not loaded */
    const char *modules[COMMAND_VALUES];
    size_t nmodules;
};

/* Opens the ceremony in `dir`; a warning of the journal goes to stderr. */
int context_open(struct context *d, const struct invocation *in, const char *dir,
                 enum ceremony_mode mode, struct err *e);
/* The tokens; the ceremony may be open or not. */
int context_tokens(struct context *d, const struct invocation *in, struct err *e);
/* Prints what the room writes down to continue on another machine, when there are new lines. */
void context_close(struct context *d);

/* A keyholder by name. Errors: ERR_USAGE listing the names. */
int context_holder(const struct context *d, const char *name, size_t *out, struct err *e);
/* The token that --token names, or the only one that is inserted: it is never guessed. */
int context_token(const struct context *d, struct token_info *out, struct err *e);
/* Is this machine fit, now? Asked before a token is touched; journaled with the next act. Errors:
 * ERR_NOT_READY. */
int context_ready(const struct context *d, struct err *e);
/* After context_ready: finds the holder's token for the key of `seat` (or OWNER_SIGNS), by --token,
 * record, plan, what it shows, or because it is the only one; refuses another's (owner.h); reads
 * the PIN and logs in.
 */
int context_login(struct context *d, size_t holder, size_t seat, struct token_info *out,
                  struct err *e);
/* The same, and the PIN for who logs in anew later; NULL for a PIN pad. Freed by the caller, also
 * after an error. */
int context_login_keep(struct context *d, size_t holder, size_t seat, struct token_info *out,
                       struct secret **pin, struct err *e);
/* Asks on the terminal for `word`. Errors: ERR_LEFT when something else is typed. */
int context_confirm(const char *question, const char *word, struct err *e);

#endif
