/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/command.h"

#include <string.h>

#include "ceremony/record/command_line.h"

/* In the order in which a newcomer needs them. */
static const struct command *const commands[] = {
    &cmd_rehearse,      &cmd_new,    &cmd_edit,      &cmd_check,   &cmd_run,        &cmd_replan,
    &cmd_resume,        &cmd_status, &cmd_doctor,    &cmd_tokens,  &cmd_token_init, &cmd_token_pin,
    &cmd_token_unblock, &cmd_accept, &cmd_roll_call, &cmd_enrol,   &cmd_withdraw,   &cmd_review,
    &cmd_sign,          &cmd_skip,   &cmd_destroy,   &cmd_bag,     &cmd_bundle,     &cmd_close,
    &cmd_transcript,    &cmd_verify, &cmd_attest,    &cmd_inspect, &cmd_diff,       &cmd_canonical,
};

static const struct command_option common[] = {
    {"json", NULL, "print JSON for machines"},
    {"help", NULL, "print this"},
};

const struct command *command_at(size_t i)
{
    return i < sizeof commands / sizeof commands[0] ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

bool in_has(const struct invocation *in, const char *option)
{
    for (unsigned i = 0; i < in->ngiven; i++)
        if (strcmp(in->given[i].name, option) == 0)
            return true;
    return false;
}

size_t in_values(const struct invocation *in, const char *option, const char **out, size_t max)
{
    size_t n = 0;

    for (unsigned i = 0; i < in->ngiven && n < max; i++)
        if (strcmp(in->given[i].name, option) == 0)
            out[n++] = in->given[i].value;
    return n;
}

const char *in_value(const struct invocation *in, const char *option)
{
    const char *value = NULL;

    for (unsigned i = 0; i < in->ngiven; i++)
        if (strcmp(in->given[i].name, option) == 0)
            value = in->given[i].value;
    return value;
}

static int usage(const struct command *c, struct err *e)
{
    return err_todo(e, "see 'tuf-ceremony %s --help'", c->name);
}

/* The row of an option; `n` bytes of `name`. */
static const struct command_option *option_find(const struct command *c, const char *name, size_t n)
{
    for (size_t i = 0; i < COMMAND_OPTIONS && c->options[i].name != NULL; i++)
        if (strlen(c->options[i].name) == n && memcmp(c->options[i].name, name, n) == 0)
            return &c->options[i];
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (strlen(common[i].name) == n && memcmp(common[i].name, name, n) == 0)
            return &common[i];
    return NULL;
}

/* One option at argv[*at]: --name, --name value, --name=value. */
static int parse_option(const struct command *c, int argc, char **argv, int *at,
                        struct invocation *out, struct err *e)
{
    const char *name = argv[*at] + 2, *equals = strchr(name, '='), *value = NULL;
    const struct command_option *o =
        option_find(c, name, equals != NULL ? (size_t)(equals - name) : strlen(name));

    if (o == NULL) {
        err_set(e, ERR_USAGE, "'%s' has no option '%s'", c->name, argv[*at]);
        return usage(c, e);
    }
    if (equals != NULL)
        value = equals + 1;
    else if (o->value != NULL && *at + 1 < argc)
        value = argv[++*at];
    if ((o->value != NULL) != (value != NULL)) {
        err_set(e, ERR_USAGE, "option '--%s' %s", o->name,
                o->value != NULL ? "needs a value" : "takes no value");
        return usage(c, e);
    }
    if (out->ngiven == COMMAND_VALUES)
        return err_set(e, ERR_USAGE, "too many options");
    out->given[out->ngiven].name = o->name;
    out->given[out->ngiven++].value = value;
    return 0;
}

/* How many arguments there must and may be: optional ones are in brackets, dots mean several. */
static unsigned args_least(const struct command *c)
{
    unsigned n = 0;

    for (const char *s = c->args; *s != '\0'; s++)
        n += (s == c->args || s[-1] == ' ') && *s != '[';
    return n;
}

static unsigned args_most(const struct command *c)
{
    unsigned n = 1;

    for (const char *s = c->args; *s != '\0'; s++)
        n += *s == ' ';
    return strstr(c->args, "...") != NULL ? COMMAND_VALUES : n;
}

int command_parse(const struct command *c, int argc, char **argv, struct invocation *out,
                  struct err *e)
{
    bool options = true;

    *out = (struct invocation){.command = c};
    for (int i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && strncmp(argv[i], "--", 2) == 0) {
            if (parse_option(c, argc, argv, &i, out, e) != 0)
                return -1;
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            err_set(e, ERR_USAGE, "there is no option '%s'; options are words with two dashes",
                    argv[i]);
            return usage(c, e);
        } else if (out->nargs == args_most(c)) {
            err_set(e, ERR_USAGE, "'%s' is one argument too many", argv[i]);
            return usage(c, e);
        } else
            out->args[out->nargs++] = argv[i];
    }
    if (out->nargs >= args_least(c) || in_has(out, "help"))
        return 0;
    err_set(e, ERR_USAGE, "'%s' needs %s", c->name, c->args);
    return usage(c, e);
}

void command_again(const struct invocation *in, struct bytes *out)
{
    bool dash = false;

    bytes_printf(out, "tuf-ceremony %s", in->command->name);
    for (unsigned i = 0; i < in->ngiven; i++) {
        bytes_printf(out, " --%s", in->given[i].name);
        if (in->given[i].value != NULL)
            command_line_word(out, in->given[i].value);
    }
    for (unsigned i = 0; i < in->nargs; i++)
        dash = dash || in->args[i][0] == '-';
    if (dash)
        bytes_put_str(out, " --");
    for (unsigned i = 0; i < in->nargs; i++)
        command_line_word(out, in->args[i]);
}
