/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"

/* A date that is not the clock's wants to be given twice, as in the walk. */
static int confirm_date(struct context *d, const char *text, struct err *e)
{
    const char *again = in_value(d->in, "date-again");
    utc_t date, now;
    int64_t days;

    if (utc_parse_day(span_str(text), &date, e) != 0) {
        e->code = e->code == ERR_INPUT ? ERR_USAGE : e->code;
        return -1;
    }
    if (ceremony_now(d->c, &now, e) != 0)
        return -1;
    days = date_differs(date, now);
    if (again != NULL ? strcmp(again, text) != 0 : days > 0) {
        if (again != NULL)
            err_set(e, ERR_USAGE, "'%s' and '%s' are not the same date", text, again);
        else
            err_set(e, ERR_USAGE, "'%s' is %" PRId64 " days from this machine's date", text, days);
        return err_todo(e, "compare with another watch; if the room is sure, give the same date "
                           "once more with --date-again");
    }
    if (in_has(d->in, "word")) /* the plan may be refused */
        act_defer(d->c);
    return act_confirm_date(d->c, date, e);
}

static int run(struct context *d, struct err *e)
{
    const char *date = in_value(d->in, "date"), *word = in_value(d->in, "word");

    if (date == NULL && word == NULL) {
        err_set(e, ERR_USAGE, "'accept' needs --date, --word or both");
        return err_todo(e, "see 'tuf-ceremony accept --help'");
    }
    if ((date != NULL && confirm_date(d, date, e) != 0) ||
        (word != NULL && act_accept_plan(d->c, word, e) != 0))
        return -1;
    return out_recorded(in_has(d->in, "json"), e, "%s",
                        word == NULL   ? "the date"
                        : date != NULL ? "the date and the plan"
                                       : "the plan");
}

const struct command cmd_accept = {
    .name = "accept",
    .args = "DIR",
    .summary = "confirm the date in UTC, and accept the plan by its first word",
    .details =
        "Expiry is counted from the confirmed date. The word is the first of the plan's digest,\n"
        "as 'check' prints it: compare all of it with the one that was sent beforehand.",
    .options = {{"date", "YYYY-MM-DD", "today's date in UTC, by the room's word"},
                {"date-again", "YYYY-MM-DD", "the same, when it is not this machine's date"},
                {"word", "WORD", "the first word of the plan's digest"}},
    .act = run,
    .mode = CEREMONY_WORK,
};
