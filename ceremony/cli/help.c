/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "ceremony/cli/command.h"

#define HELP_COLUMN 28

static void put_option(const struct command_option *o, struct bytes *out)
{
    size_t at = out->n;

    bytes_printf(out, "  --%s%s%s", o->name, o->value != NULL ? " " : "",
                 o->value != NULL ? o->value : "");
    if (out->n - at > HELP_COLUMN - 2) {
        bytes_put_u8(out, '\n');
        at = out->n;
    }
    while (out->n - at < HELP_COLUMN && !bytes_failed(out))
        bytes_put_u8(out, ' ');
    bytes_printf(out, "%s\n", o->help);
}

void help_put_sentence(const char *summary, struct bytes *out)
{
    bytes_printf(out, "%c%s%s", toupper((unsigned char)summary[0]), summary + 1,
                 summary[strlen(summary) - 1] == '?' ? "" : ".");
}

void command_help(const struct command *c, struct bytes *out)
{
    static const struct command_option json = {"json", NULL, "print JSON for machines"};
    static const struct command_option help = {"help", NULL, "print this"};

    bytes_printf(out, "tuf-ceremony %s %s\n\n", c->name, c->args);
    help_put_sentence(c->summary, out);
    bytes_put_u8(out, '\n');
    if (c->details != NULL)
        bytes_printf(out, "\n%s\n", c->details);
    bytes_put_str(out, "\nOptions:\n");
    for (size_t i = 0; i < COMMAND_OPTIONS && c->options[i].name != NULL; i++)
        put_option(&c->options[i], out);
    put_option(&json, out);
    put_option(&help, out);
    bytes_put_str(out, "\nExit statuses: see 'tuf-ceremony help exit-statuses'.\n");
}

void program_help(struct bytes *out)
{
    bytes_put_str(out,
                  "tuf-ceremony " TC_VERSION " - the key ceremony of a TUF repository\n\n"
                  "First time here? Rehearse, with software tokens and no hardware:\n\n"
                  "    tuf-ceremony rehearse my-rehearsal\n\n"
                  "Then make a plan ('new'), look at it ('check'), hold the ceremony ('run').\n"
                  "\nCommands:\n");
    for (size_t i = 0; command_at(i) != NULL; i++)
        bytes_printf(out, "  %-13s %s\n", command_at(i)->name, command_at(i)->summary);
    bytes_put_str(out, "\n'tuf-ceremony COMMAND --help' prints more; "
                       "'tuf-ceremony help exit-statuses' lists those.\n");
}

void exit_statuses_help(struct bytes *out)
{
    bytes_put_str(out, "The exit status is the class of the failure:\n\n");
    for (unsigned i = 0; i < ERR_CODES; i++)
        bytes_printf(out, "  %2u  %-13s %s\n", i, err_name((enum err_code)i),
                     err_meaning((enum err_code)i));
}
