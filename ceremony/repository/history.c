/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository/history.h"

#define ROTATIONS 1024 /* more than any client follows */

/* Does a client that ships these bytes accept? */
static int accepts(const struct repository *repo, struct span root, utc_t now, bool *out,
                   struct err *e)
{
    struct client_report report;

    if (client_run(repo, root, now, &report, e) != 0)
        return -1;
    *out = report.accepted;
    client_report_clear(&report);
    return 0;
}

int history_since(const struct repository *repo, struct span root, utc_t now, int64_t *since,
                  struct err *e)
{
    bool ours = false, accepted = false;
    struct bytes text = {0};
    int found = 0;

    *since = 0;
    for (int64_t v = 1; v <= ROTATIONS && !accepted; v++) {
        int64_t version = v;

        found = repo->fetch(repo->self, "root", &version, &text, e);
        if (found > 0 && ours && accepts(repo, bytes_span(&text), now, &accepted, e) != 0)
            found = -1;
        if (found > 0)
            ours = ours || span_eq(bytes_span(&text), root);
        bytes_clear(&text);
        if (found < 0)
            return -1;
        if (accepted)
            *since = v;
        if (ours && found == 0)
            break;
    }
    return 0;
}
