/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that somebody changed half-way in every place: looked at, taken, walked as far as the rules
 * let it. Nothing crashes, and each refusal has a status of its own: what holds does not hang on
 * what `check` happens to look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/replan.h"
#include "ceremony/base/words.h"
#include "ceremony/record/transcript.h"
#include "tree.h"

struct scene {
    struct room r;
    struct bytes journal;
    cJSON *plan;
    size_t n, taken;
};

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s", e->where, e->what);
}

/* Everybody has a key; two have signed. */
static void begin(struct scene *s, void (*make)(struct room *r))
{
    struct bytes plan = {0};
    struct err e;

    *s = (struct scene){0};
    make(&s->r);
    must(room_open(&s->r, &e), &e);
    must(room_walk(&s->r, STATION_SIGNATURES, &e), &e);
    must(room_sign(&s->r, 0, &e), &e);
    must(room_sign(&s->r, 1, &e), &e);
    room_close(&s->r);
    room_read(&s->r, "journal.jsonl", &s->journal);
    room_read(&s->r, "plan.json", &plan);
    s->plan = cJSON_Parse(bytes_str(&plan));
    assert_non_null(s->plan);
    bytes_clear(&plan);
}

static void end(struct scene *s)
{
    print_message("%zu plans, %zu taken\n", s->n, s->taken);
    assert_true(s->taken > 0);
    room_write(&s->r, "journal.jsonl", bytes_span(&s->journal));
    bytes_clear(&s->journal);
    cJSON_Delete(s->plan);
    room_clear(&s->r);
}

static void sound(int rc, const struct err *e, const char *path)
{
    if (rc != 0 && (e->code <= ERR_INTERNAL || e->code >= ERR_CODES || e->what[0] == '\0'))
        fail_msg("%s: %d, %s, %s", path, (int)e->code, e->what, e->where);
}

/* As `replan --accept`, and then as far as it goes; what `transcript` prints of it. */
static void go_on(struct scene *s, const char *path)
{
    struct bytes text = {0};
    struct replan what;
    struct err e;
    int rc;

    rc = replan_preview(s->r.c, &what, &e);
    sound(rc, &e, path);
    replan_clear(&what);
    rc = act_plan_changed(s->r.c, word_of(ceremony_plan(s->r.c)->sha256[0], 0), &e);
    sound(rc, &e, path);
    if (rc != 0)
        return;
    rc = room_walk(&s->r, STATION_SIGNATURES, &e);
    sound(rc, &e, path);
    s->taken += rc == 0;
    rc = transcript_write(s->r.c, ceremony_session(s->r.c)->covered, &text, &e);
    sound(rc, &e, path);
    bytes_clear(&text);
    room_close(&s->r);
    must(room_open(&s->r, &e), &e); /* what was written can be read */
}

static void judge(struct scene *s, const char *path)
{
    char *text = cJSON_PrintUnformatted(s->plan);
    struct err e;
    int rc;

    room_write(&s->r, "plan.json", span_str(text));
    room_write(&s->r, "journal.jsonl", bytes_span(&s->journal));
    cJSON_free(text);
    rc = room_open_mode(&s->r, CEREMONY_WALK, &e);
    sound(rc, &e, path);
    if (rc == 0 && ceremony_changed(s->r.c))
        go_on(s, path);
    room_close(&s->r);
    s->n++;
}

static void each_value(struct scene *s, cJSON *v, const char *path);

static void each_element(struct scene *s, cJSON *in, const char *path)
{
    for (cJSON **to = &in->child; *to != NULL; to = &(*to)->next) {
        cJSON *v = *to;
        char below[200];

        snprintf(below, sizeof below, "%.150s/%.40s", path, v->string != NULL ? v->string : "-");
        *to = v->next;
        judge(s, below);
        *to = v;
        each_value(s, v, below);
    }
}

static void each_value(struct scene *s, cJSON *v, const char *path)
{
    static const double numbers[] = {0, 1, 2, 6, 65};
    static char texts[][12] = {"", "Alice", "Bo", "root", "targets", "1 day", "bin-{bin}"};
    int type = v->type;
    char *text = v->valuestring;
    double number = v->valuedouble;

    for (size_t i = 0; cJSON_IsNumber(v) && i < sizeof numbers / sizeof numbers[0]; i++) {
        cJSON_SetNumberValue(v, numbers[i]);
        judge(s, path);
    }
    cJSON_SetNumberHelper(v, number);
    for (size_t i = 0; cJSON_IsString(v) && i < sizeof texts / sizeof texts[0]; i++) {
        v->valuestring = texts[i];
        judge(s, path);
    }
    v->valuestring = text;
    v->type = cJSON_NULL | (type & ~0xFF);
    judge(s, path);
    v->type = type;
    if (cJSON_IsArray(v) || cJSON_IsObject(v))
        each_element(s, v, path);
}

static void of_a_first_root(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, room_make);
    each_element(&s, s.plan, "");
    end(&s);
}

static void of_a_tree(void **state)
{
    struct scene s;

    (void)state;
    begin(&s, tree_make);
    each_element(&s, s.plan, "");
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_first_root),
        cmocka_unit_test(of_a_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
