/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearse.h - the embedded default: a whole ceremony on SoftHSM tokens in a private folder.
 *
 * DIR/plan.json etc. are an ordinary ceremony with "rehearsal": true; DIR/tokens/ holds the SoftHSM
 * tokens, one a keyholder, and DIR/online.key the private online key (worthless). A rehearsal token
 * is "inserted" by name: the driver made here shows only the inserted one.
 */
#ifndef CEREMONY_REHEARSE_H
#define CEREMONY_REHEARSE_H

#include "ceremony/acts/ceremony.h"
#include "tokens/worker/agent.h"

/* The ceremony before, in the folder of one that is rehearsed on top of it. */
#define REHEARSE_FIRST "first"

/* What can be rehearsed: the presets of first roots, and what a committee meets for later. */
struct rehearsal {
    const char *name;
    const char *first; /* the preset of the first root */
    const char *summary;
    const char *leaves, *joins; /* or NULL */
    const char *replaces;       /* gets a new key, the old one still signs; or NULL */
    const char *lose[3];        /* whose tokens are lost; up to the first NULL */
    bool online;                /* the online key is swapped */
    bool projects;              /* see rehearse_projects.h */
    bool first_root;            /* a new first root, see derive.h */
};

/* Makes DIR (absent or empty); or does nothing when it already is a rehearsal's folder. On top of a
 * first root: that ceremony is held before, unattended, in DIR/first. */
int rehearse_prepare(const char *dir, const char *name, struct err *e);
/* The tokens of a rehearsal, through an agent. `wait` may be NULL. */
int rehearse_tokens(const char *dir, const struct plan *p, const struct token_wait *wait,
                    struct tokens **out, struct err *e);
/* Puts the holder's token in, or takes it out (-1). */
void rehearse_insert(struct tokens *t, long holder);
/* The plan changed: who joined gets a token. The plan is borrowed, as by rehearse_tokens. */
int rehearse_replan(struct tokens *t, const struct plan *p, struct err *e);
/* As agent_set_wait. */
void rehearse_set_wait(struct tokens *t, const struct token_wait *wait);
/* The worthless PIN of a holder's rehearsal token, a function of the name; 6 digits. */
void rehearse_pin(const struct plan *p, size_t holder, char out[8]);

/* What `new --from` finds of a rehearsal's tokens. */
enum rehearse_tokens_found { REHEARSE_REAL, REHEARSE_TOKENS_COPIED, REHEARSE_NO_TOKENS };

/* The plan in `dir` was made from the folder `from`: of a rehearsal, or of its bundle where that
 * still lies beside its tokens. Copies those to where rehearse_tokens looks. Errors: ERR_IO,
 * ERR_INPUT. */
int rehearse_follow(const char *from, const char *dir, enum rehearse_tokens_found *out,
                    struct err *e);

/* Walks everything without a terminal: same acts, same journal, same bundle. Goes on where a killed
 * run stopped. `print` gets a line per act and may be NULL. */
int rehearse_unattended(struct ceremony *c, struct tokens *t,
                        void (*print)(void *arg, const char *line), void *arg, struct err *e);

#endif
