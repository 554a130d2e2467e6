/* SPDX-License-Identifier: Apache-2.0 */
/* verify_files.h - what 'verify' prints of the files that it was given. */
#ifndef CEREMONY_CLI_VERIFY_FILES_H
#define CEREMONY_CLI_VERIFY_FILES_H

#include <cjson/cJSON.h>

#include "ceremony/record/account.h"
#include "ceremony/record/bundle_check.h"

/* All that 'verify' found. */
struct verified {
    const char *root; /* the file that was trusted */
    char root_sha256[SHA256_HEX_SIZE];
    struct client_report report;
    struct account account;
    struct bundle_facts bundle;
    bool tree;     /* of tuf-on-ci */
    int64_t since; /* see history.h */
};

/* Files at fault and files that no client asks for, a line each; then how many are what. */
void verify_files_print(const struct verified *v);
/* What an auditor compares with paper: digests as hex groups and words. */
void verify_digests_print(const struct verified *v);
/* The members "trusted", "files", "counts", "missing", "bundle", "layout". */
void verify_files_json(const struct verified *v, cJSON *tree);

#endif
