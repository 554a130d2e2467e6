/* SPDX-License-Identifier: Apache-2.0 */
/* A plan from a stranger's stick: read, held against the rules, said in words, and changed by
 * words. */
#include <stdlib.h>

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_edit.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/rules/plan_rules.h"
#include "harness.h"
#include "memory_store.h"

static const char online[] = "-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                             "-----END PUBLIC KEY-----\n";

/* Every verb, on whatever the text says; what comes out is JSON again. */
static void edit(struct span text)
{
    static const char *const values[] = {"Alice", "Zoe", "root=2", "targets=yes",
                                         "online=online.pem"};

    for (unsigned v = 0; v < PLAN_VERBS; v++)
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            const struct plan_edit one = {(enum plan_verb)v, values[i]};
            struct json_doc *doc;
            struct bytes out;
            struct err e;

            out = (struct bytes){0};
            if (plan_edit(text, &one, &out, &e) == 0) {
                if (json_doc_read(bytes_span(&out), "plan.json", JSON_TEXT, &doc, &e) != 0)
                    abort();
                json_doc_free(doc);
            }
            bytes_clear(&out);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_file files[2] = {{"plan.json", span_of(data, size)},
                                   {"inputs/online.pem", span_str(online)}};
    struct store s = memory_store(files);
    struct findings f;
    struct plan *p;
    struct bytes words;
    struct err e;

    edit(span_of(data, size));
    if (plan_load(&s, &p, &e) != 0)
        return 0;
    if (plan_rules_check(p, 1795435200, &f, &e) == 0)
        findings_clear(&f);
    words = (struct bytes){0};
    plan_words(p, 1795435200, &words);
    bytes_clear(&words);
    plan_free(p);
    return 0;
}
