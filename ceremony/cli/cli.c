/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/base/harden.h"
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "tokens/worker/broker.h"

static int print_text(void (*put)(struct bytes *out))
{
    struct bytes text = {0};

    put(&text);
    fputs(memory_text(&text), stdout);
    bytes_clear(&text);
    return 0;
}

static int print_help(const struct command *c)
{
    struct bytes text = {0};

    if (c == NULL)
        return print_text(program_help);
    command_help(c, &text);
    fputs(memory_text(&text), stdout);
    bytes_clear(&text);
    return 0;
}

/* What 'help' tells beside the commands. */
static const struct {
    const char *name;
    void (*put)(struct bytes *out);
} topics[] = {
    {"exit-statuses", exit_statuses_help},
    {"man", manual_help},
    {"completion", completion_help},
};

static int help(int argc, char **argv)
{
    for (size_t i = 0; argc > 0 && i < sizeof topics / sizeof topics[0]; i++)
        if (strcmp(argv[0], topics[i].name) == 0)
            return print_text(topics[i].put);
    return print_help(argc > 0 ? command_find(argv[0]) : NULL);
}

static int run(const struct invocation *in, struct err *e)
{
    const struct command *c = in->command;
    struct context d;
    int rc;

    if (c->run != NULL)
        return c->run(in, e);
    rc = context_open(&d, in, in->args[0], c->mode, e);
    if (rc == 0)
        rc = c->act(&d, e);
    context_close(&d);
    return rc;
}

static int dispatch(const struct command *c, int argc, char **argv, walk_fn walk, bool *answered,
                    struct err *e)
{
    struct invocation in;
    int rc;

    if (command_parse(c, argc, argv, &in, e) != 0)
        return -1;
    if (in_has(&in, "help"))
        return print_help(c);
    in.walk = walk;
    in.answered = answered;
    if (in_has(&in, "network") && broker_start(&in.broker, e) != 0) /* before it is confined */
        return -1;
    rc = harden_process(e) == 0 ? run(&in, e) : -1;
    broker_free(in.broker);
    return rc;
}

int cli_main(int argc, char **argv, walk_fn walk)
{
    const struct command *c;
    struct err e, ignored;
    bool json = false, answered = false;

    memory_begin();
    harden_environment();
    err_clear(&e);
    for (int i = 2; i < argc; i++) /* also when the rest is not understood */
        json = json || strcmp(argv[i], "--json") == 0;
    if (argc < 2 || strcmp(argv[1], "--help") == 0)
        return print_help(NULL);
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(argv[1], "--version") == 0)
        return puts("tuf-ceremony " TC_VERSION) < 0;
    c = command_find(argv[1]);
    if (c == NULL) {
        err_set(&e, ERR_USAGE, "there is no command '%s'", argv[1]);
        err_todo(&e, "'tuf-ceremony help' lists the commands");
    } else if (dispatch(c, argc - 2, argv + 2, walk, &answered, &e) == 0 && out_flush(&e) == 0)
        return 0;
    (void)out_flush(&ignored);
    if (json && !answered)
        (void)out_json(out_err_json(&e), &ignored);
    err_print(&e, stderr);
    return (int)e.code;
}
