/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/desk.h"
#include "ceremony/cli/out.h"
#include "ceremony/words.h"

static int confirm_date(struct desk *d, const char *text, struct err *e)
{
    struct bytes full;
    utc_t date;
    int rc;

    bytes_init(&full);
    bytes_printf(&full, "%sT00:00:00Z", text);
    rc = bytes_failed(&full) ? err_oom(e) : utc_parse(bytes_span(&full), &date, e);
    bytes_clear(&full);
    if (rc != 0) {
        e->code = ERR_USAGE;
        return err_todo(e, "write the date in UTC as 2026-11-23");
    }
    return act_confirm_date(d->c, date, e);
}

static int run(const struct invocation *in, struct err *e)
{
    const char *date = in_value(in, "date"), *word = in_value(in, "word");
    struct desk d;
    int rc;

    if (date == NULL && word == NULL) {
        err_set(e, ERR_USAGE, "'accept' needs --date, --word or both");
        return err_todo(e, "see 'tuf-ceremony accept --help'");
    }
    rc = desk_open(&d, in, in->args[0], CEREMONY_WORK, e);
    if (rc == 0 && date != NULL)
        rc = confirm_date(&d, date, e);
    if (rc == 0 && word != NULL)
        rc = act_accept_plan(d.c, word, e);
    if (rc == 0)
        rc = out_recorded(in_has(in, "json"), e, "%s",
                          word == NULL   ? "the date"
                          : date != NULL ? "the date and the plan"
                                         : "the plan");
    desk_close(&d);
    return rc;
}

const struct command cmd_accept = {
    .name = "accept",
    .args = "DIR",
    .summary = "confirm the date in UTC, and accept the plan by its first word",
    .details =
        "Expiry is counted from the confirmed date. The word is the first of the plan's digest,\n"
        "as 'check' prints it: compare all of it with the one that was sent around.",
    .min = 1,
    .max = 1,
    .options = {{"date", "YYYY-MM-DD", "today's date in UTC, by the room's word"},
                {"word", "WORD", "the first word of the plan's digest"}},
    .run = run,
};
