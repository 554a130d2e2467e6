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

/* How the data that a row asks for is changed at one place, counted over all depths. */
enum change { AS_IT_IS, LEFT_OUT, ANOTHER_KIND, ONE_MORE };

struct making {
    size_t at, n; /* the place; how many there were */
    enum change change;
    char gone[32];
};

static const char *put_members(const char *at, struct making *m, struct bytes *out);

/* A value of the shape; returns what is behind that. */
static const char *put_value(const char *at, struct making *m, struct bytes *out)
{
    bool list = *at == '[', empty;

    if (!list && *at != '{') {
        bytes_put_str(out, *at == '#'   ? "7"
                           : *at == '?' ? "true"
                                        : "\"some text, longer than any sentence shows of it\"");
        return at + (*at == '#' || *at == '?');
    }
    empty = at[1] == (list ? ']' : '}');
    bytes_put_str(out, list && empty ? "[\"x\"" : list ? "[" : empty ? "{" : "");
    at = empty ? at + 1 : put_members(at + 1, m, out);
    bytes_put_str(out, list ? "]" : empty ? "}" : "");
    return at + 1;
}

/* An object with the members that are required, up to the end of the list. */
static const char *put_members(const char *at, struct making *m, struct bytes *out)
{
    bool first = true, optional = false;

    bytes_put_str(out, "{");
    for (; *at != '\0' && *at != '}' && *at != ']'; at += *at == ' ') {
        size_t n, here = m->n;
        struct bytes none;

        if (*at == '|') {
            optional = true;
            at += 2;
        }
        n = strcspn(at, " #?{}[]|");
        none = (struct bytes){0};
        if (optional || (here == m->at && m->change != ONE_MORE)) {
            struct making inner = {.at = SIZE_MAX};

            if (!optional) {
                snprintf(m->gone, sizeof m->gone, "%.*s", (int)n, at);
                if (m->change == ANOTHER_KIND)
                    bytes_printf(out, "%s\"%.*s\":null", first ? "" : ",", (int)n, at);
                first = first && m->change != ANOTHER_KIND;
                m->n++;
            }
            at = put_value(at + n, &inner, &none);
        } else {
            m->n++;
            bytes_printf(out, "%s\"%.*s\":", first ? "" : ",", (int)n, at);
            first = false;
            at = put_value(at + n, m, out);
            if (here == m->at) {
                snprintf(m->gone, sizeof m->gone, "more");
                bytes_put_str(out, ",\"more\":1");
            }
        }
        bytes_clear(&none);
    }
    bytes_put_str(out, "}");
    return at;
}

/* Data with all members that the row requires, changed at the place `at`; the member that is not as
 * it should be in *gone. Returns how many places there are. */
static size_t data_for(const char *members, size_t at, enum change change, struct bytes *out,
                       char *gone)
{
    struct making m = {.at = at, .change = change};

    *out = (struct bytes){0};
    put_members(members, &m, out);
    assert_false(bytes_failed(out));
    memcpy(gone, m.gone, sizeof m.gone);
    return m.n;
}

static void a_row_takes_its_members_and_no_others(void **state)
{
    (void)state;
    for (int t = 0; t < EVENT_TYPES; t++)
        for (size_t at = 0, n = 1; at <= n; at++)
            for (int change = LEFT_OUT; change <= ONE_MORE; change++) {
                struct event ev = {.type = (enum event_type)t};
                struct json_doc *doc;
                struct bytes data;
                struct err e;
                char gone[32];

                n = data_for(event_row(ev.type)->members, at, (enum change)change, &data, gone);
                assert_int_equal(json_doc_read(bytes_span(&data), "x", JSON_TEXT, &doc, &e), 0);
                ev.data = json_root(doc);
                if (event_check(&ev, &e) != (at < n ? -1 : 0))
                    fail_msg("%s: %s", event_row(ev.type)->name, bytes_str(&data));
                if (at < n)
                    assert_non_null(strstr(e.what, gone));
                json_doc_free(doc);
                bytes_clear(&data);
            }
}

static void optional_members_and_elements_are_of_their_kind(void **state)
{
    static const struct {
        enum event_type type;
        const char *data;
        const char *refused; /* what is named; NULL: taken */
    } rows[] = {
        {EVENT_PLAN_ACCEPTED, "{\"plan\":\"a\",\"word\":\"b\",\"overridden\":[]}", NULL},
        {EVENT_PLAN_ACCEPTED, "{\"plan\":\"a\",\"word\":\"b\",\"overridden\":7}", "overridden"},
        {EVENT_PLAN_ACCEPTED, "{\"plan\":\"a\",\"word\":\"b\",\"overridden\":[\"x\"]}",
         "an object is expected"},
        {EVENT_PLAN_ACCEPTED, "{\"plan\":\"a\",\"word\":\"b\",\"overridden\":[{\"rule\":\"x\"}]}",
         "text"},
        {EVENT_REVIEWED, "{\"role\":\"a\",\"sha256\":\"b\",\"version\":4}", NULL},
        {EVENT_REVIEWED, "{\"role\":\"a\",\"sha256\":\"b\",\"version\":\"4\"}", "version"},
        {EVENT_ROLL_CALL, "{\"present\":[\"A\",\"B\"],\"administrator\":\"A\",\"witnesses\":[]}",
         NULL},
        {EVENT_ROLL_CALL, "{\"present\":[\"A\",7],\"administrator\":\"A\",\"witnesses\":[]}",
         "a string is expected"},
        {EVENT_ROLL_CALL, "{\"present\":[],\"administrator\":\"A\",\"witnesses\":[[\"A\"]]}",
         "a string is expected"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event ev = {.type = rows[i].type};
        struct json_doc *doc;
        struct err e;
        int rc;

        assert_int_equal(json_doc_read(span_str(rows[i].data), "x", JSON_TEXT, &doc, &e), 0);
        ev.data = json_root(doc);
        rc = event_check(&ev, &e);
        if (rc != (rows[i].refused != NULL ? -1 : 0))
            fail_msg("%s", rows[i].data);
        if (rc != 0 && strstr(e.what, rows[i].refused) == NULL &&
            strstr(e.where, rows[i].refused) == NULL)
            fail_msg("%s: %s; %s", rows[i].data, e.what, e.where);
        json_doc_free(doc);
    }
}

/* With the members that its row requires, a sentence has no gap; the others are optional. */
static void a_sentence_needs_no_more_than_its_row(void **state)
{
    (void)state;
    for (int t = 0; t < EVENT_TYPES; t++) {
        struct event ev = {.type = (enum event_type)t};
        struct json_doc *doc;
        struct bytes data, words;
        struct err e;
        char gone[32];

        data_for(event_row(ev.type)->members, SIZE_MAX, AS_IT_IS, &data, gone);
        assert_int_equal(json_doc_read(bytes_span(&data), "x", JSON_TEXT, &doc, &e), 0);
        ev.data = json_root(doc);
        words = (struct bytes){0};
        assert_int_equal(transcript_event(&ev, &words, &e), 0);
        if (t != EVENT_TOKEN_ADMINISTERED) /* an act that there is not */
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
    static const char *const none[] = {"\"\"",       "\"open\"", "\"openeds\"",
                                       "\"Opened\"", "7",        "null"};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct json_doc *doc;
        struct err e;

        assert_int_equal(json_doc_read(span_str(none[i]), "x", JSON_TEXT, &doc, &e), 0);
        assert_int_equal(event_find(json_root(doc)), -1);
        json_doc_free(doc);
    }
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
        cmocka_unit_test(a_row_takes_its_members_and_no_others),
        cmocka_unit_test(optional_members_and_elements_are_of_their_kind),
        cmocka_unit_test(a_sentence_needs_no_more_than_its_row),
        cmocka_unit_test(names_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
