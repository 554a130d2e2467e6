/* SPDX-License-Identifier: Apache-2.0 */
/* The table of events: every row is whole, for events are added there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/transcript_event.h"
#include "ceremony/session/event.h"

#define TOKEN                                                                                      \
    "{\"manufacturer\":\"\",\"model\":\"\",\"serial\":\"S1\",\"label\":\"\",\"firmware\":\"\","    \
    "\"module\":\"\"}"

static const char *value_of(char mark)
{
    return mark == '{'   ? "{}"
           : mark == '[' ? "[]"
           : mark == '#' ? "7"
           : mark == '?' ? "true"
           : mark == '@' ? TOKEN
                         : "\"some text, longer than what any sentence shows of it\"";
}

/* Data with all members that the row needs but the one at `missing`, whose name is in *gone, or
 * with a value of another kind there. Returns how many the row needs. */
static size_t data_for(const char *needs, size_t missing, bool other, struct bytes *out, char *gone)
{
    size_t n = 0;

    gone[0] = '\0';
    bytes_init(out);
    bytes_put_str(out, "{\"more\":1");
    for (size_t i = 0; *needs != '\0'; needs += i + (needs[i] == ' '), n++) {
        bool marked;

        i = strcspn(needs, " ");
        marked = strchr("{[#?@", needs[i - 1]) != NULL;
        if (n == missing)
            snprintf(gone, 32, "%.*s", (int)(i - marked), needs);
        if (n != missing || other)
            bytes_printf(out, ",\"%.*s\":%s", (int)(i - marked), needs,
                         n == missing ? "null" : value_of(needs[i - 1]));
    }
    bytes_put_str(out, "}");
    assert_false(bytes_failed(out));
    return n;
}

static void each_member_that_a_row_needs_is_needed(void **state)
{
    (void)state;
    for (int t = 0; t < EVENT_TYPES; t++)
        for (size_t missing = 0, n = 1; missing <= n; missing++)
            for (int other = 0; other < 2; other++) {
                struct event ev = {.type = (enum event_type)t};
                struct json_doc *doc;
                struct bytes data;
                struct err e;
                char gone[32];

                n = data_for(event_row(ev.type)->needs, missing, other == 1, &data, gone);
                assert_int_equal(json_doc_read(bytes_span(&data), "x", JSON_TEXT, &doc, &e), 0);
                ev.data = json_root(doc);
                assert_int_equal(event_check(&ev, &e), missing < n ? -1 : 0);
                if (missing < n)
                    assert_non_null(strstr(e.what, gone));
                json_doc_free(doc);
                bytes_clear(&data);
            }
}

/* With the members that its row needs, a sentence has no gap; those that may follow are optional. */
static void a_sentence_needs_no_more_than_its_row(void **state)
{
    (void)state;
    for (int t = 0; t < EVENT_TYPES; t++) {
        struct event ev = {.type = (enum event_type)t};
        struct json_doc *doc;
        struct bytes data, words;
        struct err e;
        char gone[32];

        data_for(event_row(ev.type)->needs, SIZE_MAX, false, &data, gone);
        assert_int_equal(json_doc_read(bytes_span(&data), "x", JSON_TEXT, &doc, &e), 0);
        ev.data = json_root(doc);
        bytes_init(&words);
        assert_int_equal(transcript_event(&ev, &words, &e), 0);
        if (t != EVENT_OPENED &&
            t != EVENT_TOKEN_ADMINISTERED) /* before 0.1.0; an act that there is not */
            assert_null(strchr(bytes_str(&words), '?'));
        assert_null(strpbrk(bytes_str(&words), "[]{}"));
        assert_true(words.n > 10);
        bytes_clear(&words);
        json_doc_free(doc);
        bytes_clear(&data);
    }
}

static void names_are_found(void **state)
{
    (void)state;
    for (int t = 0; t < EVENT_TYPES; t++) {
        struct json_doc *doc;
        struct err e;
        char text[64];

        snprintf(text, sizeof text, "\"%s\"", event_row((enum event_type)t)->name);
        assert_int_equal(json_doc_read(span_str(text), "x", JSON_TEXT, &doc, &e), 0);
        assert_int_equal(event_find(json_root(doc)), t);
        json_doc_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_that_a_row_needs_is_needed),
        cmocka_unit_test(a_sentence_needs_no_more_than_its_row),
        cmocka_unit_test(names_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
