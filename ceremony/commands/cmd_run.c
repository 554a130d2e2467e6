/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/commands/cmd_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/command_line.h"
#include "ceremony/rehearsal/rehearse.h"
#include "tokens/pkcs11/modules.h"

static void print_left(const struct invocation *in, const struct ceremony *c)
{
    struct bytes command = {0};

    if (ceremony_session(c)->closed) {
        out_line("The ceremony is closed. The bundle: %s/bundle.tar",
                 ceremony_session(c)->bundle_destination);
        command_line_verify(c, &command);
        out_line("Check it with: %s", memory_text(&command));
    } else {
        command_again(in, &command);
        out_line("What was shown as done is on disk. Continue with: %s", memory_text(&command));
    }
    bytes_clear(&command);
}

int walk_dir(const struct invocation *in, const char *dir, struct err *e)
{
    struct walk_options o = {.ascii = in_has(in, "ascii"),
                             .no_colour = in_has(in, "no-colour"),
                             .network = in->broker != NULL,
                             .destination = in_value(in, "to"),
                             .set_wait = modules_set_wait};
    const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org */
    struct context d;
    int rc = -1;

    o.no_colour |= no_colour != NULL && no_colour[0] != '\0';
    if (context_open(&d, in, dir, CEREMONY_WALK, e) == 0 && context_tokens(&d, in, e) == 0) {
        if (ceremony_plan(d.c)->rehearsal) {
            o.insert = rehearse_insert;
            o.replan = rehearse_replan;
            o.set_wait = rehearse_set_wait;
        }
        rc = in->walk(d.c, d.t, &o, e);
        if (rc == 0 && in_has(in, "json"))
            rc = out_recorded(true, e, "%s",
                              ceremony_session(d.c)->closed ? "closed" : "left, to continue later");
        else if (rc == 0)
            print_left(in, d.c);
    }
    context_close(&d);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    return walk_dir(in, in->args[0], e);
}

const struct command cmd_run = {
    .name = "run",
    .args = "DIR",
    .summary = "hold the ceremony: the walk, in this terminal",
    .details = "Leaving with Esc, a power cut or a kill loses nothing: the same command continues.",
    .options = {{"to", "FOLDER", "where the bundle is written; default: DIR"},
                OPTION_MODULE,
                OPTION_NETWORK,
                {"ascii", NULL, "draw lines with ASCII"},
                {"no-colour", NULL, "use no colours (also with NO_COLOR set)"}},
    .run = run,
};
