/* SPDX-License-Identifier: Apache-2.0 */
/* Every refusal of a list of moves: its words, and the line where the move begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "moves_world.h"

#define HEADER "action,project,in,to,threshold,keys,paths\n"
/* Sound, so that a refusal behind it is seen to change nothing. */
#define GOOD "add,Flask,,,1,1.pem,\n"

static int setup(void **state)
{
    *state = moves_world_new();
    return 0;
}

static int teardown(void **state)
{
    moves_world_free(*state);
    return 0;
}

static void assert_part(const char *text, const char *part, const char *of)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in '%s', of: %.300s", part, text, of);
}

static void assert_refused_as(struct moves_world *w, enum err_code code, const char *file,
                              struct span text, const char *what, const char *where)
{
    struct err e;

    err_clear(&e);
    if (moves_world_try(w, file, text, &e) == 0)
        fail_msg("was taken: %.300s", (const char *)text.p);
    assert_null(w->set);
    assert_int_equal(w->findings.n, 0);
    assert_int_equal(e.code, code);
    assert_part(e.what, what, (const char *)text.p);
    assert_part(e.where, where, (const char *)text.p);
    assert_true(err_todo_text(&e)[0] != '\0');
}

static void assert_refused(struct moves_world *w, const char *file, struct span text,
                           const char *what, const char *where)
{
    assert_refused_as(w, ERR_INPUT, file, text, what, where);
}

/* The third line, behind a header and a sound one. */
static const struct {
    const char *line, *what;
} lines[] = {
    {"add,,,,1,1.pem,", "it is empty"},
    {"add,a/b,,,1,1.pem,", "it has a slash"},
    {"add,..,,,1,1.pem,", "no part of a path"},
    {"add,.,,,1,1.pem,", "no part of a path"},
    {"add,a\\b,,,1,1.pem,", "no part of a path"},
    {"add,a\x1b[2J,,,1,1.pem,", "no part of a path"},
    {"add,\"a\nb\",,,1,1.pem,", "no part of a path"},
    {"add,a\xe2\x80\xae"
     "b,,,1,1.pem,",
     "not seen, or that turn"},
    {"add,*,,,1,1.pem,", "which patterns use"},
    {"add,a?,,,1,1.pem,", "which patterns use"},
    {"add, a,,,1,1.pem,", "begins or ends with a blank"},
    {"add,"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,,,1,1.pem,",
     "longer than 128 bytes"},
    {"add,\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
     "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9,,,1,1.pem,",
     "is too long for a file"},
    {"Add,A,,,1,1.pem,", "no action has the name 'Add'"},
    {",A,,,1,1.pem,", "no action has the name ''"},
    {"add,A,,,1,1.pem", "has 6 fields, the header has 7"},
    {"add,A,,,1,1.pem,,", "has 8 fields, the header has 7"},
    {"add,A,,,,1.pem,", "has no 'threshold'"},
    {"add,A,,,1,,", "has no 'keys'"},
    {"add,A,,targets/claimed,1,1.pem,", "has 'to', which it does not take"},
    {"hand-over,Seed1,,,1,,", "has no 'keys'"},
    {"hand-over,Seed1,,,,1.pem,", "has no 'threshold'"},
    {"remove,Gone,,,1,,", "has 'threshold', which it does not take"},
    {"remove,Gone,,,,1.pem,", "has 'keys', which it does not take"},
    {"remove,Gone,,,,,a/*", "has 'paths', which it does not take"},
    {"move,Rising,,,,,", "has no 'to'"},
    {"change,Dev,,,,,", "changes nothing"},
    {"add,A,,,0,1.pem,", "who must sign, from 1"},
    {"add,A,,,-1,1.pem,", "who must sign, from 1"},
    {"add,A,,,1.0,1.pem,", "who must sign, from 1"},
    {"add,A,,,4294967297,1.pem,", "who must sign, from 1"},
    {"add,A,,,3,1.pem 2.pem,", "would need 3 signatures of 2 keys"},
    {"change,Dev,,,3,,", "would need 3 signatures of 2 keys"},
    {"change,Dev,,,,1.pem,", "would need 2 signatures of 1 keys"},
    {"add,A,,,1,9.pem,", "the key '9.pem' is not in inputs/keys/"},
    {"add,A,,,1,../online.pem,", "can't be the name of a key file: it has a slash"},
    {"add,A,,,1,..,", "can't be the name of a key file"},
    {"add,A,,,1,small.pem,", "'small.pem' is no public key"},
    {"add,A,,,1,empty.pem,", "'empty.pem' is no public key"},
    {"add,A,,,1,large.pem,", "'large.pem' is no public key"},
    {"add,A,,,1,1.pem 1.pem,", "'A' has one key twice"},
    {"add,A,,,1,1.pem again.pem,", "'A' has one key twice"},
    {"add,A,,,1,1.pem,/a/*", "it begins with a slash"},
    {"add,A,,,1,1.pem,a/../*", "is empty, '.' or '..'"},
    {"add,Flask,,,1,1.pem,", "'add' of 'Flask' contradicts 'add' in line 2 of 'moves.csv'"},
    {"remove,Flask,,,,,", "'remove' of 'Flask' contradicts 'add' in line 2"},
    {"add,A,targets/none,,1,1.pem,", "no role 'targets/none' delegates to projects"},
    {"add,A,targets,,1,1.pem,", "no role 'targets' delegates"},
    {"move,Rising,,targets/none,,,", "no role 'targets/none' delegates"},
    {"add,A,bins,,1,1.pem,", "delegates to succinct bins"},
    {"move,Rising,,bins,,,", "delegates to succinct bins"},
    {"add,A,targets/flat,,1,1.pem,", "has a component '*'"},
    {"add,Dev,,,1,1.pem,", "project 'Dev' is already in 'targets/simple'"},
    {"change,Nobody,,,1,1.pem,", "project 'Nobody' is not in 'targets/simple'"},
    {"remove,dev,,,,,", "project 'dev' is not in"},
    {"remove,Dev,targets/fresh,,,,", "project 'Dev' is not in 'targets/fresh'"},
    {"hand-over,Nobody,,,1,1.pem,", "is not in"},
    {"move,Nobody,,targets/claimed,,,", "is not in"},
    {"move,Rising,,targets/simple,,,", "would move to where it is"},
    {"hand-over,Dev,,,1,3.pem,", "its keys are not the repository's own"},
    {"hand-over,Lost,,,1,3.pem,", "its keys are not the repository's own"},
    {"hand-over,Seed1,,,1,0.pem,", "which is the repository's own key"},
    {"hand-over,Seed1,,,1,1.pem 0.pem,", "which is the repository's own key"},
    {"change,Dev,,,2,2.pem 1.pem,", "has these keys, this threshold and these paths already"},
    {"change,Dev,,,2,,simple/Dev/*", "has these keys, this threshold"},
    {"change,Lost,,,1,,a/*", "keyid 'nobody' has no key in the file"},
    {"add,\"A,,,1,1.pem,", "never closed"},
    {"add,\"A\"b,,,1,1.pem,", "text follows the closing quote"},
    {"add,A\"b\",,,1,1.pem,", "a quote inside a field"},
    {"add,A,,,1,1.pem,\radd,B,,,1,1.pem,", "a CR that ends no line"},
    {"add,A\xff,,,1,1.pem,", "is no UTF-8"},
};

static void test_lines(void **state)
{
    struct moves_world *w = *state;
    struct bytes text;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        text = (struct bytes){0};
        bytes_printf(&text, HEADER GOOD "%s\n", lines[i].line);
        assert_refused(w, "moves.csv", bytes_span(&text), lines[i].what, "inputs/moves.csv:3");
        bytes_clear(&text);
    }
}

/* A private key that was copied among the public ones is stolen: it has a status of its own. */
static void test_private_key(void **state)
{
    assert_refused_as(*state, ERR_SECRET, "moves.csv",
                      span_str(HEADER GOOD "add,A,,,1,private.pem,\n"),
                      "'private.pem' is no public key", "inputs/moves.csv:3");
}

/* Line numbers are those of the file, whatever is in between. */
static void test_line_numbers(void **state)
{
    struct moves_world *w = *state;

    assert_refused(w, "moves.csv", span_str("\r\n\r\n" HEADER "\r\nadd,\"A\r\n,,,1,1.pem\r\n"),
                   "never closed", "inputs/moves.csv:5");
    assert_refused(w, "moves.csv",
                   span_str(HEADER "add,A,,,1,\"1.pem\n2.pem\n3.pem\",\n\nremove,X,,,,,\n"),
                   "'X' is not in", "inputs/moves.csv:6");
    assert_refused(w, "moves.csv", span_str("action,project\nremove,Gone\nremove,Gone"),
                   "contradicts 'remove' in line 2", "inputs/moves.csv:3");
    assert_refused(w, "moves.csv",
                   span_str(HEADER "add,Rising,targets/claimed,,1,1.pem,\n"
                                   "move,Rising,,targets/claimed,,,\n"),
                   "contradicts 'add' in line 2", "inputs/moves.csv:3");
}

static void test_headers(void **state)
{
    struct moves_world *w = *state;

    assert_refused(w, "moves.csv", span_str(""), "the list is empty", "inputs/moves.csv:1");
    assert_refused(w, "moves.csv", span_str("\n\n"), "the list is empty", "inputs/moves.csv:3");
    assert_refused(w, "moves.csv", span_str("\xef\xbb\xbf" HEADER), "byte order mark",
                   "inputs/moves.csv:1");
    assert_refused(w, "moves.csv", span_str("action,projekt\n"), "'projekt' is no column",
                   "inputs/moves.csv:1");
    assert_refused(w, "moves.csv", span_str("action,project,action\n"), "there twice",
                   "inputs/moves.csv:1");
    assert_refused(w, "moves.csv", span_str("action,keys\n"), "are not both there",
                   "inputs/moves.csv:1");
    assert_refused(w, "moves.csv", span_of(HEADER "add,A\0,,,1,1.pem,\n", sizeof HEADER + 18),
                   "there is a NUL", "inputs/moves.csv:2");
}

static void test_files(void **state)
{
    struct moves_world *w = *state;
    struct moves_file file = {"moves.csv", NULL};
    struct err e;

    assert_refused(w, "moves.txt", span_str(HEADER), "no list of moves by its name", "");
    assert_refused(w, "moves.json", span_str("[]"), "no list of moves by its name", "");
    assert_refused(w, ".csv", span_str(HEADER), "no list of moves by its name", "");
    w->wish.files = &file;
    file.name = "other.csv";
    assert_int_equal(moves_read(&w->wish, &w->set, &w->findings, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
    assert_part(e.what, "'inputs/other.csv' is not there", "");
    moves_world_file(w, "inputs/other.csv", HEADER GOOD);
    assert_int_equal(moves_read(&w->wish, &w->set, &w->findings, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_part(e.what, "has no 'in'", "");
    assert_part(e.where, "inputs/other.csv:2", "");
}

/* What a list can't reach: a role that itself delegates is the plan's matter. */
static void test_roles_are_no_projects(void **state)
{
    struct moves_world *w = *state;
    const char *was = w->roles[FLAT].name;

    w->roles[FLAT].name = "targets/simple/Dev";
    assert_refused(w, "moves.csv", span_str(HEADER "remove,Dev,,,,,\n"),
                   "is no project of 'targets/simple'", "inputs/moves.csv:2");
    w->roles[FLAT].name = was;
    w->roles[CLAIMED].closed = true;
    assert_refused(w, "moves.csv", span_str(HEADER "move,Rising,,targets/claimed,,,\n"),
                   "no role 'targets/claimed' delegates to projects in this ceremony",
                   "inputs/moves.csv:2");
    w->roles[CLAIMED].closed = false;
}

/* Without keys of its own, a repository has nothing to hand over. */
static void test_no_own_keys(void **state)
{
    struct moves_world *w = *state;

    w->wish.nown = 0;
    assert_refused(w, "moves.csv", span_str(HEADER "hand-over,Seed1,,,1,1.pem,\n"),
                   "are not the repository's own", "inputs/moves.csv:2");
    w->wish.nown = 1;
}

static int files_setup(void **state)
{
    struct moves_world *w;
    struct bytes large, pem;
    EVP_PKEY *pkey = EVP_EC_gen("secp256k1");

    setup(state);
    w = *state;
    large = (struct bytes){0};
    pem = (struct bytes){0};
    for (unsigned i = 0; i < 20000; i++)
        bytes_put_u8(&large, 'x');
    forge_pem(pkey, &pem);
    moves_world_file(w, "inputs/keys/large.pem", bytes_str(&large));
    moves_world_file(w, "inputs/keys/small.pem", bytes_str(&pem));
    moves_world_file(w, "inputs/keys/empty.pem", "");
    moves_world_file(w, "inputs/keys/private.pem",
                     "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n");
    EVP_PKEY_free(pkey);
    bytes_clear(&large);
    bytes_clear(&pem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_private_key),
        cmocka_unit_test(test_line_numbers), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_files),        cmocka_unit_test(test_roles_are_no_projects),
        cmocka_unit_test(test_no_own_keys),
    };

    return cmocka_run_group_tests(tests, files_setup, teardown);
}
