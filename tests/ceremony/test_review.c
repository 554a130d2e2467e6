/* SPDX-License-Identifier: Apache-2.0 */
/* What the room reads of a tree of delegated roles before it signs, and what the transcript keeps
 * of it: what becomes of projects first, what changes nothing in one line, a sitting in one
 * sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/transcript.h"
#include "ceremony/record/transcript_part.h"
#include "ceremony/review/delegation_review.h"
#include "ceremony/review/review.h"
#include "projects.h"
#include "room.h"

#define PACKAGES "targets/packages/{version}/{letter}"

/* The repository signs for Django and Flask; requests has a developer's key. */
static void first_year(struct projects *y)
{
    projects_tree(y);
    projects_key(&y->first, "inputs/keys/dev.pem", y->developers[0].key);
    room_write(&y->first, "inputs/simple.csv",
               span_str("action,project,threshold,keys\nadd,Django,1,online.pem\n"
                        "add,Flask,1,online.pem\nadd,requests,1,dev.pem\n"));
    room_write(&y->first, "inputs/packages.csv",
               span_str("action,project,in,threshold,keys\n"
                        "add,Django,targets/packages/2.7/D,1,dev.pem\n"));
    room_edit(&y->first, "\"name\": \"targets/simple\",",
              "\"name\": \"targets/simple\", \"contents\": {\"moves\": \"simple.csv\"},");
    room_edit(&y->first, "\"name\": \"" PACKAGES "\",",
              "\"name\": \"" PACKAGES "\", \"contents\": {\"moves\": \"packages.csv\"},");
}

/* Two projects are handed over, one goes, and one moves from one file of the template to
 * another. */
static void next_year(struct projects *y)
{
    tree_next(&y->next, &y->first);
    projects_key(&y->next, "inputs/keys/a.pem", y->developers[0].key);
    projects_key(&y->next, "inputs/keys/b.pem", y->developers[1].key);
    room_write(&y->next, "inputs/simple.csv",
               span_str("action,project,threshold,keys\nhand-over,Django,2,a.pem b.pem\n"
                        "hand-over,Flask,1,b.pem\nremove,requests,,\n"));
    room_write(&y->next, "inputs/packages.csv",
               span_str("action,project,in,to\n"
                        "move,Django,targets/packages/2.7/D,targets/packages/source/D\n"));
    room_edit(&y->next, "\"name\":\t\"targets/simple\",",
              "\"name\":\t\"targets/simple\", \"contents\": {\"moves\": \"simple.csv\"},");
    room_edit(&y->next, "\"name\":\t\"" PACKAGES "\",",
              "\"name\":\t\"" PACKAGES "\", \"contents\": {\"moves\": \"packages.csv\"},");
}

static int make(void **state)
{
    return projects_new(state, first_year);
}

static void walk(struct room *r, enum station until)
{
    struct err e;

    if ((r->c == NULL && room_open(r, &e) != 0) || room_walk(r, until, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
}

/* The first year is over, and the second stands before its review. */
static void to_the_second(struct projects *y)
{
    walk(&y->first, STATIONS);
    room_close(&y->first);
    next_year(y);
    walk(&y->next, STATION_REVIEW);
}

/* The review of a role in one text, to be freed. */
static char *review_of(const struct room *r, const char *role)
{
    const struct session *s = ceremony_session(r->c);
    long group = session_group_find(s, role);
    struct lines *lines;
    struct bytes text;
    struct err e;

    assert_true(group >= 0);
    if (review_lines(s, (size_t)group, &lines, &e) != 0)
        fail_msg("%s", e.what);
    text = (struct bytes){0};
    lines_text(lines, &text);
    lines_free(lines);
    return bytes_take_str(&text);
}

static void assert_says(const char *text, const char *says)
{
    char *all = on_one_line(text), *wanted = on_one_line(says);
    bool found = strstr(all, wanted) != NULL;

    free(all);
    free(wanted);
    if (!found) {
        fputs(text, stderr);
        fail_msg("'%s' is not said there", says);
    }
}

static void assert_silent(const char *text, const char *of)
{
    if (strstr(text, of) != NULL) {
        fputs(text, stderr);
        fail_msg("'%s' is said there", of);
    }
}

static void what_becomes_of_projects_is_said_first(void **state)
{
    struct projects *y = *state;
    char *text;

    to_the_second(y);
    text = review_of(&y->next, "targets/simple");
    assert_says(text, "What changes against version 1, which is in force:\n"
                      "    2 projects handed over to their developers, 1 removed\n"
                      "    ");
    assert_says(text, "version 2, it was 1"); /* and each change as ever */
    assert_says(text, "\nAll of it:\ntargets/simple, version 2, valid until ");
    free(text);
    text = review_of(&y->next, "bins"); /* whose delegations stay */
    assert_says(text, "What changes against version 1, which is in force:\n    version 2");
    free(text);
    text = review_of(&y->next, "root");
    assert_silent(text, "project");
    free(text);
}

/* A role template: what becomes of projects in all of it, what goes from file to file, and only
 * those files that change. */
static void a_template_is_printed_once(void **state)
{
    struct projects *y = *state;
    char *text;

    to_the_second(y);
    text = review_of(&y->next, PACKAGES);
    assert_says(text, "What changes against the versions in force:\n"
                      "    1 project removed, 1 added\n"
                      "    1 project moved from targets/packages/2.7/D to "
                      "targets/packages/source/D\n"
                      "    2 files change nothing but version and expiry\n");
    assert_says(text, "\ntargets/packages/2.7/D, version 2: 0 target files, 0 delegations, ");
    assert_says(text, "\n    1 project removed\n    1 project moved from");
    assert_says(text, "\ntargets/packages/source/D, version 2: 0 target files, 1 delegation, ");
    assert_silent(text, "packages/2.7/A");
    assert_silent(text, "packages/source/A");
    free(text);
    text = review_of(&y->next, "bin-{bin}");
    assert_says(text, "What changes against the versions in force:\n"
                      "    16 files change nothing but version and expiry\n");
    assert_silent(text, "bin-0, ");
    free(text);
}

/* Files that are new, of which some say something. */
static void a_first_year_has_no_changes(void **state)
{
    struct projects *y = *state;
    char *text;

    walk(&y->first, STATION_REVIEW);
    text = review_of(&y->first, "targets/simple");
    assert_silent(text, "What changes");
    assert_silent(text, "project added");
    free(text);
    text = review_of(&y->first, "bin-{bin}");
    assert_silent(text, "What changes");
    assert_says(text, "\n16 files are new, without target files and delegations, by TUF ");
    assert_silent(text, "bin-0, ");
    free(text);
    text = review_of(&y->first, PACKAGES);
    assert_says(text, "\n3 files are new, without target files and delegations, by TUF ");
    assert_says(text, "\ntargets/packages/2.7/D, version 1: 0 target files, 1 delegation, ");
    free(text);
}

/* Contents of the bins that have a member which this program does not know; the third has another
 * one. */
static void put_odd_contents(const struct room *r, unsigned third)
{
    struct bytes text;
    char name[32];

    for (unsigned i = 0; i < 16; i++) {
        text = (struct bytes){0};
        bytes_printf(&text,
                     "{\"signatures\": [], \"signed\": {\"_type\": \"targets\", \"expires\": "
                     "\"2020-01-01T00:00:00Z\", \"spec_version\": \"1.0.31\", \"version\": 7, "
                     "\"targets\": {}, \"x-odd\": %u}}",
                     i == 3 ? third : 1);
        snprintf(name, sizeof name, "inputs/%x.json", i);
        room_write(r, name, bytes_span(&text));
        bytes_clear(&text);
    }
}

/* A file that differs in a member that this program does not know does not pass for an unchanged or
 * an empty one. */
static void what_is_unknown_is_no_silence(void **state)
{
    struct projects *y = *state;
    char *text;

    put_odd_contents(&y->first, 1);
    room_edit(&y->first, "\"bins\": 16", "\"contents\": {\"file\": \"{bin}.json\"}, \"bins\": 16");
    walk(&y->first, STATION_REVIEW);
    text = review_of(&y->first, "bin-{bin}");
    assert_silent(text, "without target files");
    assert_says(text, "bin-0, version 1: ");
    assert_says(text, "bin-f, version 1: ");
    free(text);
    walk(&y->first, STATIONS);
    room_close(&y->first);
    next_year(y);
    put_odd_contents(&y->next, 2);
    room_edit(&y->next, "\"bins\":\t16", "\"contents\": {\"file\": \"{bin}.json\"}, \"bins\": 16");
    walk(&y->next, STATION_REVIEW);
    text = review_of(&y->next, "bin-{bin}");
    assert_says(text, "    15 files change nothing but version and expiry\n");
    assert_says(text, "\nbin-3, version 2: ");
    assert_silent(text, "\nbin-4, version 2: ");
    assert_says(text, "x-odd");
    free(text);
}

/* The online key is replaced in the same ceremony that hands projects over: that they were the
 * repository's is still known. */
static void a_new_online_key_hides_no_handing_over(void **state)
{
    struct projects *y = *state;
    struct bytes text;
    const char *at, *end;
    char from[200], *said;

    walk(&y->first, STATIONS);
    room_close(&y->first);
    next_year(y);
    room_online_key(&y->next, "new.pem");
    text = (struct bytes){0};
    room_read(&y->next, "plan.json", &text);
    at = strstr(bytes_str(&text), "\"keyid\":");
    assert_non_null(at);
    end = strchr(at + strlen("\"keyid\":\t\""), '"') + 1;
    snprintf(from, sizeof from, "%.*s", (int)(end - at), at);
    bytes_clear(&text);
    room_edit(&y->next, from, "\"file\": \"new.pem\"");
    walk(&y->next, STATION_REVIEW);
    said = review_of(&y->next, "targets/simple");
    assert_says(said, "    2 projects handed over to their developers, 1 removed\n");
    free(said);
}

static double number(const cJSON *tree, const char *name)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItem(tree, name));
}

static void machines_read_the_same(void **state)
{
    struct projects *y = *state;
    const struct session *s;
    struct delegation_review *r;
    struct err e;
    cJSON *tree;

    to_the_second(y);
    s = ceremony_session(y->next.c);
    assert_int_equal(delegation_review_new(s, &r, &e), 0);
    tree = delegation_review_json(r, (size_t)session_proposal_find(s, "targets/simple"));
    assert_int_equal(number(tree, "handed_over"), 2);
    assert_int_equal(number(tree, "removed"), 1);
    assert_int_equal(number(tree, "added"), 0);
    assert_int_equal(number(tree, "unchanged"), 0);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(tree, "words"), 0)),
        "2 projects handed over to their developers, 1 removed");
    cJSON_Delete(tree);
    tree = delegation_review_json(r, (size_t)session_proposal_find(s, "targets"));
    assert_int_equal(number(tree, "unchanged"), 6);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(tree, "words")), 0);
    cJSON_Delete(tree);
    assert_null(delegation_review_json(r, (size_t)session_proposal_find(s, "root")));
    assert_null(delegation_review_json(r, (size_t)session_proposal_find(s, "bin-3")));
    delegation_review_free(r);
}

#define EVENT_FOLD "\n                     " /* as wide as the moment of an event */

/* Each event on one line. */
static char *transcript_of(const struct room *r)
{
    struct bytes text;
    struct err e;

    struct bytes joined;
    const char *fold, *at;

    text = (struct bytes){0};
    joined = (struct bytes){0};
    if (transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e) != 0)
        fail_msg("%s", e.what);
    for (at = bytes_str(&text); (fold = strstr(at, EVENT_FOLD)) != NULL;
         at = fold + strlen(EVENT_FOLD)) {
        bytes_put(&joined, at, (size_t)(fold - at));
        bytes_put_u8(&joined, ' ');
    }
    bytes_put_str(&joined, at);
    bytes_clear(&text);
    return bytes_take_str(&joined);
}

static void the_transcript_keeps_it(void **state)
{
    struct projects *y = *state;
    const struct session *s;
    struct bytes list;
    char *text;

    to_the_second(y);
    walk(&y->next, STATIONS);
    s = ceremony_session(y->next.c);
    text = transcript_of(&y->next);
    assert_says(text, "    changed: 2 projects handed over to their developers, 1 removed\n");
    assert_says(text, "\n" PACKAGES ", 4 files from targets/packages/2.7/A to "
                      "targets/packages/source/D, valid until ");
    assert_says(text, "    3 signatures each, 2 needed\n"
                      "    changed: 1 project removed, 1 added\n"
                      "    changed: 1 project moved from targets/packages/2.7/D to ");
    assert_says(text, "    changed: in 2 files nothing but version and expiry\n"
                      "    changed in targets/packages/2.7/D: 1 project removed\n");
    assert_says(text, "    changed: in 16 files nothing but version and expiry\n");
    list = (struct bytes){0}; /* of a few files, the digest of each */
    session_group_list(s, (size_t)session_group_find(s, "bin-{bin}"), &list);
    assert_says(text, bytes_str(&list));
    bytes_clear(&list);
    free(text);
}

/* Pauses after so many signatures. */
struct pausing {
    size_t left;
};

static bool pause_now(void *self)
{
    struct pausing *p = self;

    return p->left == 0 || p->left-- == 0;
}

/* How many signatures the sentences of a transcript tell, by their own words. */
static size_t told(const char *text)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, " signed ")) != NULL; at += strlen(" signed ")) {
        const char *end = strchr(at, '\n'), *files = memmem(at, (size_t)(end - at), " files", 6);

        if (files == NULL)
            n++;
        else {
            while (files[-1] != ' ')
                files--;
            n += strtoul(files, NULL, 10);
        }
    }
    return n;
}

static void a_sitting_is_one_sentence(void **state)
{
    struct projects *y = *state;
    struct room *r = &y->first;
    struct pausing p = {12}; /* root, targets, simple, four packages, bins, and four bins */
    const struct collect_watch watch = {.self = &p, .pause = pause_now};
    const char *history;
    char *text;
    struct err e;

    walk(r, STATION_SIGNATURES);
    assert_int_equal(room_sign_watched(r, 0, &watch, &e), 1);
    r->passed += 1000;
    assert_int_equal(room_sign(r, 1, &e), 0);
    assert_int_equal(room_sign(r, 0, &e), 0);
    assert_int_equal(room_sign(r, 3, &e), 0);
    walk(r, STATIONS);
    text = transcript_of(r);
    history = strstr(text, "\nWHAT HAPPENED");
    assert_non_null(history);
    assert_says(history, "Alice signed targets/simple v1, key ");
    assert_says(history, "Alice signed targets/packages/2.7/A to targets/packages/source/D v1, 4 "
                         "files,\n                     key ");
    assert_says(history, "Alice signed bin-0 to bin-3 v1, 4 files,\n");
    assert_says(history, "Bo signed bin-0 to bin-f v1, 16 files,\n");
    assert_says(history, "Alice signed bin-4 to bin-f v1, 12 files,\n");
    assert_int_equal(told(history), ceremony_session(r->c)->nsignatures);
    free(text);
}

/* A sentence ends where it would say what was not: at another role template, key or holder, and at
 * the end of what is told. */
static void a_sentence_tells_no_more_than_it_may(void **state)
{
    struct projects *y = *state;
    struct room *r = &y->first;
    const struct journal *j;
    const struct session *s;
    size_t first = 0;
    struct bytes out;
    struct err e;

    walk(r, STATION_SIGNATURES);
    assert_int_equal(room_sign(r, 0, &e), 0);
    assert_int_equal(room_sign(r, 1, &e), 0);
    j = ceremony_journal(r->c);
    s = ceremony_session(r->c);
    while (journal_event(j, first)->type != EVENT_SIGNATURE)
        first++;
    out = (struct bytes){0};
    for (size_t at = first; at < first + 3; at++) /* root, targets, targets/simple */
        assert_int_equal(transcript_signatures(s, j, at, journal_count(j), &out), 0);
    first += 3;
    assert_int_equal(transcript_signatures(s, j, first, journal_count(j), &out), 4);
    assert_int_equal(transcript_signatures(s, j, first, first + 3, &out), 3);
    assert_int_equal(transcript_signatures(s, j, first, first + 1, &out), 0);
    assert_int_equal(transcript_signatures(s, j, first + 5, journal_count(j), &out), 16);
    assert_int_equal(transcript_signatures(s, j, first + 20, journal_count(j), &out), 0);
    bytes_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_becomes_of_projects_is_said_first, make,
                                        projects_clear),
        cmocka_unit_test_setup_teardown(a_template_is_printed_once, make, projects_clear),
        cmocka_unit_test_setup_teardown(a_first_year_has_no_changes, make, projects_clear),
        cmocka_unit_test_setup_teardown(what_is_unknown_is_no_silence, make, projects_clear),
        cmocka_unit_test_setup_teardown(a_new_online_key_hides_no_handing_over, make,
                                        projects_clear),
        cmocka_unit_test_setup_teardown(machines_read_the_same, make, projects_clear),
        cmocka_unit_test_setup_teardown(the_transcript_keeps_it, make, projects_clear),
        cmocka_unit_test_setup_teardown(a_sitting_is_one_sentence, make, projects_clear),
        cmocka_unit_test_setup_teardown(a_sentence_tells_no_more_than_it_may, make, projects_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
