/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - a command is a row: its words, its options, and one function in a file of its own.
 *
 * A command returns 0, or -1 and an error whose code is the program's exit status. What it prints
 * goes through out.h.
 */
#ifndef CEREMONY_CLI_COMMAND_H
#define CEREMONY_CLI_COMMAND_H

#include "ceremony/acts/ceremony.h"
#include "ceremony/acts/walk.h"

#define COMMAND_OPTIONS 17
#define COMMAND_VALUES  64

struct command_option {
    const char *name;  /* "preset" for --preset */
    const char *value; /* what follows it in words, or NULL for a switch */
    const char *help;
};

struct invocation;
struct context; /* see context.h */

struct command {
    const char *name;
    const char *args;                               /* "DIR [ROLE]", "FILE..." */
    const char *summary;                            /* one line */
    const char *details;                            /* more, or NULL */
    struct command_option options[COMMAND_OPTIONS]; /* up to the first without a name */
    /* One of the two: `act` gets the ceremony in the first argument, opened in `mode`. */
    int (*run)(const struct invocation *in, struct err *e);
    int (*act)(struct context *d, struct err *e);
    enum ceremony_mode mode;
};

/* A parsed command line; borrowed from argv. */
struct invocation {
    const struct command *command;
    const char *program;
    walk_fn walk;
    struct broker *broker; /* opens connections for helpers; NULL without --network */
    const char *args[COMMAND_VALUES];
    unsigned nargs;
    struct {
        const char *name, *value;
    } given[COMMAND_VALUES]; /* options, in order */
    unsigned ngiven;
    bool *answered; /* the one JSON document is printed: see out_answer */
};

const struct command *command_find(const char *name); /* or NULL */
const struct command *command_at(size_t i);           /* NULL behind the last */

bool in_has(const struct invocation *in, const char *option);
const char *in_value(const struct invocation *in, const char *option); /* the last one, or NULL */
/* All values of an option that may be repeated: fills `out`, returns how many. */
size_t in_values(const struct invocation *in, const char *option, const char **out, size_t max);

/* Errors: ERR_USAGE. */
int command_parse(const struct command *c, int argc, char **argv, struct invocation *out,
                  struct err *e);
/* The command line of this invocation, for a shell; appended. */
void command_again(const struct invocation *in, struct bytes *out);
/* The help text of a command, and of the program; appended. */
void command_help(const struct command *c, struct bytes *out);
void program_help(struct bytes *out);
void exit_statuses_help(struct bytes *out);
/* The manual page, and the completion for bash; appended. */
void manual_help(struct bytes *out);
void completion_help(struct bytes *out);

/* The rows, one a file. */
extern const struct command cmd_accept, cmd_attest, cmd_bag, cmd_bundle, cmd_canonical, cmd_check,
    cmd_close, cmd_destroy, cmd_diff, cmd_doctor, cmd_edit, cmd_enrol, cmd_inspect, cmd_new,
    cmd_rehearse, cmd_replan, cmd_resume, cmd_review, cmd_roll_call, cmd_run, cmd_sign, cmd_skip,
    cmd_status, cmd_tokens, cmd_transcript, cmd_verify, cmd_withdraw, cmd_token_init, cmd_token_pin,
    cmd_token_unblock;

#endif
