/* SPDX-License-Identifier: Apache-2.0 */
/*
 * composed.h - targets metadata that is composed, and read back as a stranger's file.
 *
 * Whatever can't be done fails the running test.
 */
#ifndef TESTS_METADATA_COMPOSED_H
#define TESTS_METADATA_COMPOSED_H

#include "metadata/compose.h"
#include "tests/metadata/forge.h"

#define EXPIRES INT64_C(1795435200)
#define HEAD    "\"_type\": \"targets\", \"expires\": \"2026-11-23T12:00:00Z\", "
#define TAIL    "\"spec_version\": \"1.0.31\", \"targets\": {}, \"version\": 4"

#define KEYS 12

struct fixture {
    struct key *keys[KEYS];
};

int setup(void **state);
int teardown(void **state);

/* What was composed, read back. */
struct result {
    struct json_doc *doc;
    struct json root;
    struct targets t;
};

void compose(const struct compose_targets *t, struct result *out);
void result_clear(struct result *r);
void assert_json(struct json v, const char *canonical);
struct json member(struct json object, const char *name);

#endif
