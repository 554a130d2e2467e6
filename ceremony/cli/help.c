/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "ceremony/base/memory.h"
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

/* A summary as a sentence: with a capital, and a full stop unless it asks. Appended. */
static void help_put_sentence(const char *summary, struct bytes *out)
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

/* The manual page (man(7)) and the completion for bash, made from the table of commands, so that
 * they always agree with it. */

/* Text for roff: a backslash, and a dot or quote at the start of a line, mean something to it. */
static void put_roff(struct bytes *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((c == text || c[-1] == '\n') && (*c == '.' || *c == '\''))
            bytes_put_str(out, "\\&");
        if (*c == '\\')
            bytes_put_str(out, "\\e");
        else if (*c == '-')
            bytes_put_str(out, "\\-");
        else
            bytes_put_u8(out, (uint8_t)*c);
    }
}

static void put_roff_option(const struct command_option *o, struct bytes *out)
{
    bytes_put_str(out, ".TP\n.B \\-\\-");
    put_roff(out, o->name);
    if (o->value != NULL) {
        bytes_put_str(out, " \\fI");
        put_roff(out, o->value);
        bytes_put_str(out, "\\fR");
    }
    bytes_put_u8(out, '\n');
    put_roff(out, o->help);
    bytes_put_u8(out, '\n');
}

static void put_command(const struct command *c, struct bytes *out)
{
    struct bytes sentence = {0};

    bytes_put_str(out, ".SS ");
    put_roff(out, c->name);
    bytes_put_u8(out, ' ');
    put_roff(out, c->args);
    bytes_put_u8(out, '\n');
    help_put_sentence(c->summary, &sentence);
    put_roff(out, memory_text(&sentence));
    bytes_done(&sentence, out);
    bytes_put_u8(out, '\n');
    if (c->details != NULL) {
        bytes_put_str(out, ".PP\n");
        put_roff(out, c->details);
        bytes_put_u8(out, '\n');
    }
    for (size_t i = 0; i < COMMAND_OPTIONS && c->options[i].name != NULL; i++)
        put_roff_option(&c->options[i], out);
}

static void put_statuses(struct bytes *out)
{
    bytes_put_str(out, ".SH EXIT STATUS\n");
    for (unsigned i = 0; i < ERR_CODES; i++) {
        bytes_printf(out, ".TP\n.B %u\n", i);
        put_roff(out, err_name((enum err_code)i));
        bytes_put_str(out, ": ");
        put_roff(out, err_meaning((enum err_code)i));
        bytes_put_u8(out, '\n');
    }
}

void manual_help(struct bytes *out)
{
    bytes_put_str(out,
                  ".TH TUF\\-CEREMONY 1 \"\" \"tuf\\-ceremony " TC_VERSION "\" \"User Commands\"\n"
                  ".SH NAME\ntuf\\-ceremony \\- the key ceremony of a TUF repository\n"
                  ".SH SYNOPSIS\n.B tuf\\-ceremony\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n"
                  ".SH DESCRIPTION\n"
                  "Leads a committee through collecting the signatures of a TUF repository's root "
                  "and offline roles with PKCS#11 tokens, on a computer without a network. A "
                  "folder holds one ceremony: its plan, its inputs, its journal and, in the end, "
                  "the bundle of signed metadata. Begin with\n"
                  ".PP\n.RS\ntuf\\-ceremony rehearse my\\-rehearsal\n.RE\n"
                  ".SH COMMANDS\n"
                  "Every command takes\n.B \\-\\-json\n(print JSON for machines) and\n"
                  ".B \\-\\-help\nas well.\n");
    for (size_t i = 0; command_at(i) != NULL; i++)
        put_command(command_at(i), out);
    put_statuses(out);
    bytes_put_str(
        out, ".SH FILES\n"
             ".TP\n.I DIR/plan.json\nwhat is wanted; can be edited until the ceremony begins\n"
             ".TP\n.I DIR/inputs/\npublic keys of the online side, and metadata in force\n"
             ".TP\n.I DIR/journal.jsonl\nwhat happened: append\\-only, each line with the hash of "
             "the line before\n"
             ".TP\n.I DIR/bundle/, DIR/bundle.tar\nwhat is published and archived\n"
             ".SH ENVIRONMENT\n"
             ".TP\n.B NO_COLOR\nuse no colours\n"
             ".PP\nA PIN is never taken from the command line or from the environment.\n");
}

void completion_help(struct bytes *out)
{
    bytes_put_str(out, "# bash completion for tuf-ceremony\n"
                       "_tuf_ceremony()\n{\n"
                       "    local word=${COMP_WORDS[COMP_CWORD]} words=\n"
                       "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='help");
    for (size_t i = 0; command_at(i) != NULL; i++)
        bytes_printf(out, " %s", command_at(i)->name);
    bytes_put_str(out, "'\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *c = command_at(i);

        bytes_printf(out, "        %s) words='", c->name);
        for (size_t k = 0; k < COMMAND_OPTIONS && c->options[k].name != NULL; k++)
            bytes_printf(out, "--%s ", c->options[k].name);
        bytes_put_str(out, "--json --help' ;;\n");
    }
    bytes_put_str(out, "        help) words='exit-statuses man completion' ;;\n"
                       "        esac\n        case $word in\n        -*) ;;\n"
                       "        *) [ \"${COMP_WORDS[1]}\" = help ] || words= ;;\n"
                       "        esac\n    fi\n"
                       "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                       "}\n"
                       "complete -o default -F _tuf_ceremony tuf-ceremony\n");
}
