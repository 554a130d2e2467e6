/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of moves in a plan: the repository signs for projects at first, and hands them over the
 * year after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/changes/delegation_changes.h"
#include "ceremony/rules/plan_rules.h"
#include "projects.h"

static void put_text(const struct room *r, const char *name, const char *text)
{
    room_write(r, name, span_str(text));
}

/* The first year: targets/simple gets a list of its own, the role template of packages one for
 * all. */
static void first_year(struct projects *y)
{
    projects_tree(y);
    projects_key(&y->first, "inputs/keys/dev.pem", y->developers[0].key);
    put_text(&y->first, "inputs/simple.csv",
             "action,project,threshold,keys\nadd,Django,1,online.pem\nadd,Flask,1,online.pem\n"
             "add,requests,1,dev.pem\n");
    put_text(&y->first, "inputs/packages.csv",
             "action,project,in,threshold,keys\nadd,Django,targets/packages/2.7/D,1,dev.pem\n");
    room_edit(&y->first, "\"name\": \"targets/simple\",",
              "\"name\": \"targets/simple\", \"contents\": {\"moves\": \"simple.csv\"},");
    room_edit(&y->first, "\"name\": \"targets/packages/{version}/{letter}\",",
              "\"name\": \"targets/packages/{version}/{letter}\", \"contents\": {\"moves\": "
              "\"packages.csv\"},");
}

static int make(void **state)
{
    return projects_new(state, first_year);
}

static void walk(struct room *r)
{
    struct err e;

    if (room_open(r, &e) != 0 || room_walk(r, STATIONS, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    room_close(r);
}

/* A file of the bundle as a model. */
struct file {
    struct bytes text;
    struct envelope *env;
    struct targets t;
};

static void file_read(const struct room *r, const char *name, struct file *out)
{
    struct err e;

    out->text = (struct bytes){0};
    tree_read(r, name, &out->text);
    if (envelope_read(bytes_span(&out->text), name, &out->env, &e) != 0 ||
        targets_read(envelope_object(out->env), &out->t, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
}

static void file_clear(struct file *f)
{
    targets_clear(&f->t);
    envelope_free(f->env);
    bytes_clear(&f->text);
}

static void test_two_years(void **state)
{
    struct projects *y = *state;
    struct file before, after, packages;
    struct delegation_changes c;
    struct bytes words;
    const struct key *own[1];
    struct err e;

    walk(&y->first);
    file_read(&y->first, "1.targets/simple.json", &before);
    assert_int_equal(before.t.n, 3);
    file_read(&y->first, "1.targets/packages/2.7/D.json", &packages);
    assert_int_equal(packages.t.n, 1);
    assert_string_equal(packages.t.delegations[0].role.name, "targets/packages/2.7/D/Django");
    file_clear(&packages);
    file_read(&y->first, "1.targets/packages/2.7/A.json", &packages);
    assert_int_equal(packages.t.n, 0);
    file_clear(&packages);

    tree_next(&y->next, &y->first);
    projects_key(&y->next, "inputs/keys/a.pem", y->developers[0].key);
    projects_key(&y->next, "inputs/keys/b.pem", y->developers[1].key);
    put_text(&y->next, "inputs/simple.csv",
             "action,project,threshold,keys\nhand-over,Django,2,a.pem b.pem\n"
             "hand-over,Flask,1,b.pem\nremove,requests,,\n");
    room_edit(&y->next, "\"name\":\t\"targets/simple\",",
              "\"name\":\t\"targets/simple\", \"contents\": {\"moves\": \"simple.csv\"},");
    walk(&y->next);
    file_read(&y->next, "2.targets/simple.json", &after);
    own[0] = keyring_find(&before.t.keys, before.t.delegations[0].role.keyids[0])->key;
    assert_int_equal(delegation_changes(&before.t, &after.t, own, 1, &c, &e), 0);
    words = (struct bytes){0};
    delegation_changes_words(&c, "project", "projects", &words);
    assert_string_equal(bytes_str(&words), "2 projects handed over to their developers, 1 removed");
    bytes_clear(&words);
    delegation_changes_clear(&c);
    file_clear(&before);
    file_clear(&after);
}

/* Loads the plan of the first year. */
static int load(struct projects *y, struct plan **p, struct err *e)
{
    struct store *s;
    int rc;

    assert_int_equal(store_open(y->first.dir, &s, e), 0);
    rc = plan_load(s, p, e);
    store_free(s);
    return rc;
}

static void assert_refused(struct projects *y, const char *what, const char *where)
{
    struct plan *p = NULL;
    struct err e;

    assert_int_equal(load(y, &p, &e), -1);
    assert_null(p);
    if (strstr(e.what, what) == NULL || strstr(e.where, where) == NULL)
        fail_msg("'%s', '%s' is not in: %s; %s", what, where, e.what, e.where);
}

static void test_refused(void **state)
{
    struct projects *y = *state;

    put_text(&y->first, "inputs/packages.csv",
             "action,project,threshold,keys\nadd,Django,1,dev.pem\n");
    assert_refused(y, "has no 'in'", "inputs/packages.csv:2");
    put_text(&y->first, "inputs/packages.csv",
             "action,project,in,threshold,keys\nadd,Django,bins,1,dev.pem\n");
    assert_refused(y, "has a component '*'", "inputs/packages.csv:2");
    put_text(&y->first, "inputs/packages.csv",
             "action,project,in,threshold,keys\nadd,simple,targets,1,dev.pem\n");
    assert_refused(y, "'simple' is no project of 'targets'", "inputs/packages.csv:2");
    put_text(&y->first, "inputs/packages.csv", "action,project\n");
    put_text(&y->first, "inputs/simple.csv", "action,project\nremove,Django\n");
    assert_refused(y, "project 'Django' is not in 'targets/simple'", "inputs/simple.csv:2");
    put_text(&y->first, "inputs/simple.csv",
             "action,project,threshold,keys\nadd,Django,1,dev.pem\n");
    room_edit(&y->first, "\"contents\": {\"moves\": \"simple.csv\"}",
              "\"contents\": {\"moves\": \"simple.csv\"}, \"remove\": [\"targets/simple/Django\"]");
    assert_refused(y, "is in \"remove\" and in a list of moves", "");
    room_edit(&y->first, "\"moves\": \"simple.csv\"", "\"moves\": \"other.csv\"");
    assert_refused(y, "'inputs/other.csv' is not there", "");
    room_edit(&y->first, "\"moves\": \"other.csv\"", "\"moves\": \"../simple.csv\"");
    assert_refused(y, "", "");
}

/* Nothing moves in a role that is not signed, and it is no project either. */
static void test_not_signed(void **state)
{
    struct projects *y = *state;

    room_edit(&y->first, "\"contents\": {\"moves\": \"simple.csv\"},", "");
    room_edit(&y->first, "\"targets\", \"targets/simple\",", "\"targets\",");
    put_text(&y->first, "inputs/packages.csv",
             "action,project,in,threshold,keys\nadd,Django,targets/simple,1,dev.pem\n");
    assert_refused(y, "no role 'targets/simple' delegates to projects in this ceremony",
                   "inputs/packages.csv:2");
    put_text(&y->first, "inputs/packages.csv",
             "action,project,in,threshold,keys\nadd,simple,targets,1,dev.pem\n");
    assert_refused(y, "'simple' is no project of 'targets'", "inputs/packages.csv:2");
}

/* A list a member; and what is worth a second look is shown with the plan. */
static void test_list_of_each_member(void **state)
{
    static const char *const members[] = {"2.7-A", "2.7-D", "source-A", "source-D"};
    struct projects *y = *state;
    struct findings f;
    struct plan *p;
    struct err e;
    bool found = false;
    char name[64];

    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "inputs/%s.csv", members[i]);
        put_text(&y->first, name, "action,project,threshold,keys\nadd,Django,1,dev.pem\n");
    }
    room_edit(&y->first, "packages.csv", "{version}-{letter}.csv");
    if (load(y, &p, &e) != 0)
        fail_msg("%s; %s", e.what, e.where);
    assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        found = found || (strcmp(f.items[i].rule, "shared-developer-key") == 0 &&
                          strstr(f.items[i].text, "2 projects: Django, requests") != NULL);
    assert_true(found);
    findings_clear(&f);
    plan_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_years, make, projects_clear),
        cmocka_unit_test_setup_teardown(test_refused, make, projects_clear),
        cmocka_unit_test_setup_teardown(test_not_signed, make, projects_clear),
        cmocka_unit_test_setup_teardown(test_list_of_each_member, make, projects_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
