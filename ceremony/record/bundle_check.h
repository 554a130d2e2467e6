/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle_check.h - an auditor's look at a bundle: the manifest against every file, the journal's
 * chain, the plan's digest, and every file against what plan, inputs and journal give.
 *
 * The bundle is made again from its own plan, inputs and journal, by the same fold as in the room,
 * and compared byte for byte. Nothing in a bundle speaks for itself: who made all of it anew could
 * make all of it agree, so its digests are to be compared with those on paper.
 */
#ifndef CEREMONY_BUNDLE_CHECK_H
#define CEREMONY_BUNDLE_CHECK_H

#include "ceremony/record/account.h"

struct bundle_facts {
    bool there;                    /* it is a bundle */
    bool rebuilt;                  /* plan, inputs and journal give its files, as compared */
    char *program;                 /* that the journal names as the one that began; or NULL */
    char *note;                    /* what could not be compared, and why; or NULL */
    struct bytes backward;         /* lines of journal_put_backward */
    uint8_t manifest[SHA256_SIZE]; /* of manifest.json */
    uint8_t transcript[SHA256_SIZE];
    size_t lines;               /* of the journal; 0: it could not be read */
    char last[SHA256_HEX_SIZE]; /* of its last line */
};

/* client_run over a bundle: a file in force that does not fit to what the bundle has anew, and to
 * which no file of the bundle's own is bound, is withheld from the client: the online side makes it
 * anew. Of any other repository it is client_run alone. */
int bundle_client_run(const struct repository *repo, struct span trusted_root, utc_t now,
                      struct client_report *out, struct err *e);
/* `path` is what `repo` was opened from. Faults go into the account, which has a row for each file.
 * Errors: ERR_INTERNAL, ERR_IO. */
int bundle_check(const char *path, const struct repository *repo, struct account *a,
                 struct bundle_facts *out, struct err *e);
void bundle_facts_clear(struct bundle_facts *f);

#endif
