/* SPDX-License-Identifier: Apache-2.0 */
/*
 * room.h - a ceremony for tests: a plan in a fresh folder, fake tokens, a clock that stands, a disk
 * that can fail, and a walk from wherever the journal stands to the end.
 */
#ifndef TESTS_ROOM_H
#define TESTS_ROOM_H

#include "ceremony/acts/ceremony.h"
#include "ceremony/acts/collect.h"
#include "fake_token.h"

/* What the machine remembers: whatever the journal holds, nothing, or what it was told to. */
enum room_memory { MEMORY_OF_ALL, MEMORY_OF_NOTHING, MEMORY };

struct room {
    char dir[64];
    struct tokens *t;
    struct ceremony *c; /* NULL while closed */
    unsigned writes;    /* calls that write, so far */
    unsigned fail_at;   /* the n-th of them fails (from 1); 0: none */
    bool fail_on;       /* and each after it */
    int64_t passed;     /* milliseconds; each look at them adds `tick` */
    int64_t tick;
    bool real_time;            /* they are those of the machine */
    char binary;               /* all digits of the program's SHA-256; 0: b */
    const char *const *labels; /* of the tokens, by keyholder; NULL: the holders' names */
    struct bytes spied;        /* messages that tokens were handed, one after the other */
    enum room_memory memory;
    bool forgets;    /* it can't remember more */
    bool power_goes; /* before it notes what was written */
    char remembered[2000];
    bool starts;        /* a walk: readiness and the date come first */
    bool guest;         /* the tokens are another room's */
    struct secret *pin; /* of every token, from the first login on */
    /* In place of what the token's driver does; NULL: that. */
    int (*sign_all)(void *self, const struct token_batch *b, struct err *e);
};

/* A (3,5) first root for Alice, Bo, Chen, Dee and Ee, whose tokens are S0 to S4. */
void room_make(struct room *r);
/* A folder without a plan; no tokens but `t`, borrowed, or an empty table of its own when NULL. */
void room_begin(struct room *r, struct tokens *t);
/* The online key's public half, a new one, as inputs/`name`. */
void room_online_key(const struct room *r, const char *name);
/* A token whose label is its holder's name; the newest that is inserted is the one they use. */
void room_token(struct room *r, const char *serial, const char *holder);
/* Logs in to the token that they use. */
int room_log_in(struct room *r, size_t holder, struct token_info *out, struct err *e);
/* That holder signs with the token that they use; the messages are spied. */
int room_sign(struct room *r, size_t holder, struct err *e);
int room_sign_watched(struct room *r, size_t holder, const struct collect_watch *watch,
                      struct err *e);
/* The same, and nobody spies. */
int room_sign_plainly(struct room *r, size_t holder, const struct collect_watch *watch,
                      struct err *e);
void room_clear(struct room *r);
/* The world that the room's ceremonies are handed. */
struct env room_env(struct room *r);
/* Opens the ceremony (in WORK mode). */
int room_open(struct room *r, struct err *e);
int room_open_mode(struct room *r, enum ceremony_mode mode, struct err *e);
void room_close(struct room *r);
/* Acts until `until` is the station, or the ceremony is closed (STATIONS). */
int room_walk(struct room *r, enum station until, struct err *e);
/* All checks of a machine, passed: what is recorded when nothing is wrong. */
#define ROOM_CHECKS 9
#define ROOM_SWAP   3 /* of which that is "swap" */
void room_checks(struct check out[ROOM_CHECKS]);
/* The bytes of a file in the folder; appended. */
void room_read(const struct room *r, const char *name, struct bytes *out);
/* The same, or false and nothing when it is not there. */
bool room_read_if(const struct room *r, const char *name, struct bytes *out);
void room_write(const struct room *r, const char *name, struct span data);
/* Changes plan.json: the first `from` into `to`. */
void room_edit(const struct room *r, const char *from, const char *to);
/* Appends an event to the journal, with the right chain: what somebody does who can count. */
void room_forge(const struct room *r, const char *event, const char *data);

/* Blanks and line ends as one blank each: where a line is folded does not matter. Freed by the
 * caller.
 */
char *on_one_line(const char *text);

#endif
