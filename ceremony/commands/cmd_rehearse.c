/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/commands/cmd_run.h"
#include "ceremony/rehearsal/rehearse.h"

static void print_step(void *arg, const char *line)
{
    const bool *json = arg;

    if (!*json)
        out_line("%s", line);
}

static int unattended(const struct invocation *in, struct err *e)
{
    bool json = in_has(in, "json");
    struct context d;
    int rc = -1;

    if (context_open(&d, in, in->args[0], CEREMONY_WORK, e) == 0 && context_tokens(&d, in, e) == 0)
        rc = rehearse_unattended(d.c, d.t, print_step, &json, e);
    if (rc == 0 && json) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "bundle", ceremony_session(d.c)->bundle_destination);
        cJSON_AddStringToObject(tree, "manifest", ceremony_session(d.c)->bundle_manifest);
        rc = out_json(tree, e);
    }
    context_close(&d);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    const char *preset = in_value(in, "preset");

    if (rehearse_prepare(in->args[0], preset != NULL ? preset : "root-3of5", e) != 0)
        return -1;
    return in_has(in, "unattended") ? unattended(in, e) : walk_dir(in, in->args[0], e);
}

const struct command cmd_rehearse = {
    .name = "rehearse",
    .args = "DIR",
    .summary = "a whole ceremony with software tokens, to practise",
    .details =
        "Makes DIR when it is not there; continues where it was left when it is. The keys are\n"
        "worthless, and REHEARSAL is on every screen, in the transcript and in their names.\n"
        "Presets: root-3of5 and root-2of4, a first root; delegations-2013, pep458 and\n"
        "pep480, with delegated roles; and on top of one, that is made\n"
        "before: renew-3of5, the yearly renewal; rotate-3of5 and rotate-2of4, a keyholder\n"
        "leaves and another joins, and the online key is swapped; replace-key-3of5;\n"
        "lost-token-3of5; emergency-3of5, two tokens are lost and the online key is stolen;\n"
        "start-over-3of5, three tokens are lost, and a new first root is made;\n"
        "projects-2013, two projects are handed over to their developers.",
    .options = {{"preset", "NAME", "what to practise, see above; default: root-3of5"},
                {"unattended", NULL, "walk it without a terminal"},
                {"to", "FOLDER", "where the bundle is written; default: DIR"},
                {"ascii", NULL, "draw lines with ASCII"},
                {"no-colour", NULL, "use no colours (also with NO_COLOR set)"}},
    .run = run,
};
