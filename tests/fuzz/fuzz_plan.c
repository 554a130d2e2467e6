/* SPDX-License-Identifier: Apache-2.0 */
/* A plan from a stranger's stick: read, held against the rules, said in words. */
#include "ceremony/plan_words.h"
#include "harness.h"
#include "memory_store.h"

static const char online[] = "-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                             "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_file files[2] = {{"plan.json", span_of(data, size)},
                                   {"inputs/online.pem", span_str(online)}};
    struct store s = memory_store(files);
    struct findings f;
    struct plan *p;
    struct bytes words;
    struct err e;

    if (plan_load(&s, &p, &e) != 0)
        return 0;
    if (plan_lint(p, 1795435200, &f, &e) == 0)
        findings_clear(&f);
    bytes_init(&words);
    plan_words(p, 1795435200, &words);
    bytes_clear(&words);
    plan_free(p);
    return 0;
}
