/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

static int run(struct context *d, struct err *e)
{
    const char *words = in_value(d->in, "words");
    bool again = in_has(d->in, "again");

    if (again == (words != NULL)) {
        err_set(e, ERR_USAGE, "'resume' needs --words or --again");
        return err_todo(e, "see 'tuf-ceremony resume --help'");
    }
    if (act_resume(d->c, words, e) != 0)
        return -1;
    return out_recorded(
        in_has(d->in, "json"), e,
        again ? "the date, the plan, the roll call and the review are asked for once more"
              : "the words are those of the journal's last line");
}

const struct command cmd_resume = {
    .name = "resume",
    .args = "DIR",
    .summary = "continue a ceremony that this machine does not remember",
    .details =
        "A machine remembers the last line of each ceremony that was held on it, for its user:\n"
        "below $XDG_STATE_HOME (default: ~/.local/state). A folder whose journal it does not\n"
        "remember may be anybody's: no command adds to it before the room decides.\n"
        "Either the words from paper are those of the last line, and it continues where it\n"
        "stood; or the date, the plan, the roll call and the review are confirmed again.\n"
        "Signatures that are there stay: each is verified.",
    .options = {{"words", "TEXT", "the eight words, or the 16 digits, that were written down"},
                {"again", NULL,
                 "there is no such paper: all that people confirm is asked for once more"}},
    .act = run,
    .mode = CEREMONY_WALK,
};
