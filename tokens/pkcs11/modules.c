/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pkcs11/modules.h"
#include "tokens/forward.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/kind.h"
#include "tokens/pkcs11/p11.h"

struct module {
    char *path;
    char real[PATH_MAX];
    struct tokens *agent; /* NULL: not loaded, and the problems say why */
};

struct modules {
    struct token_forward forward;
    struct module *items; /* stays where it is: agents point into it */
    size_t n;
    struct token_list refused; /* only its problem lines */
    struct tokens *session;    /* the agent that was logged in to last, or NULL */
};

static void modules_free(void *self)
{
    struct modules *m = self;

    for (size_t i = 0; i < m->n; i++) {
        tokens_free(m->items[i].agent);
        free(m->items[i].path);
    }
    token_list_clear(&m->refused);
    free(m->items);
    free(m);
}

static int problem(struct token_list *l, const char *path, const struct err *why, struct err *e)
{
    struct bytes line = {0};
    int rc;

    bytes_printf(&line, "module '%s': %s; %s", path, why->what, err_todo_text(why));
    rc = bytes_failed(&line) ? err_oom(e) : token_list_problem(l, bytes_str(&line), e);
    bytes_clear(&line);
    return rc;
}

static int list_one(const struct module *m, struct token_list *out, struct err *e)
{
    struct token_list l = {0};
    struct err why;

    if (m->agent == NULL)
        return 0;
    if (m->agent->driver->list(m->agent->self, &l, &why) == 0) {
        int rc = 0;

        /* What one list says goes behind what is there; the list is cleared. */
        for (size_t i = 0; rc == 0 && i < l.n; i++)
            rc = token_list_add(out, &l.items[i], e);
        for (size_t i = 0; rc == 0 && i < l.nproblems; i++)
            rc = token_list_problem(out, l.problems[i], e);
        token_list_clear(&l);
        return rc;
    }
    if (why.code != ERR_LEFT && why.code != ERR_INTERNAL)
        return problem(out, m->path, &why, e);
    *e = why;
    return -1;
}

static int modules_list(void *self, struct token_list *out, struct err *e)
{
    struct modules *m = self;
    struct token_list all = {0};
    int rc = 0;

    *out = (struct token_list){0};
    for (size_t i = 0; rc == 0 && i < m->refused.nproblems; i++)
        rc = token_list_problem(&all, m->refused.problems[i], e);
    for (size_t i = 0; rc == 0 && i < m->n; i++)
        rc = list_one(&m->items[i], &all, e);
    if (rc == 0)
        rc = token_list_each_once(&all, e);
    if (rc == 0)
        *out = all;
    else
        token_list_clear(&all);
    return rc;
}

static int modules_logout(void *self, struct err *e)
{
    struct modules *m = self;
    struct tokens *t = m->session;

    m->session = NULL;
    return t == NULL ? 0 : t->driver->logout(t->self, e);
}

/* The agent of that token's module, with nobody logged in to any other. */
static struct tokens *turn_to(struct modules *m, const struct token_id *id, struct err *e)
{
    struct tokens *t = NULL;

    for (size_t i = 0; i < m->n && t == NULL; i++)
        if (strcmp(m->items[i].path, id->module) == 0)
            t = m->items[i].agent;
    if (t == NULL) {
        err_set(e, ERR_TOKEN, "token '%s' belongs to module '%s', which is not loaded", id->label,
                id->module);
        err_todo(e, "start again with that module");
        return NULL;
    }
    return t == m->session || modules_logout(m, e) == 0 ? t : NULL;
}

static int modules_login(void *self, const struct token_id *id, const struct secret *pin,
                         enum pin_state *state, struct err *e)
{
    struct modules *m = self;
    struct tokens *t = turn_to(m, id, e);

    *state = PIN_OK;
    if (t == NULL)
        return -1;
    m->session = t;
    return t->driver->login(t->self, id, pin, state, e);
}

static struct tokens *modules_turn(void *self, const struct token_id *id, struct err *e)
{
    struct modules *m = self;

    if (id != NULL)
        return turn_to(m, id, e);
    if (m->session == NULL) {
        err_set(e, ERR_TOKEN, "no token is logged in");
        err_todo(e, "put the token in and log in again");
    }
    return m->session;
}

static const struct token_driver driver = {
    .name = "modules",
    .free = modules_free,
    .list = modules_list,
    .login = modules_login,
    .logout = modules_logout,
    TOKEN_FORWARD,
};

/* In the agent's child. */
static int load(void *arg, struct tokens **out, struct err *e)
{
    const struct module *m = arg;
    const char *path = m->path;

    return p11_open(&path, 1, out, e);
}

static bool is_there(const struct modules *m, const char *real)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->items[i].real, real) == 0)
            return true;
    return false;
}

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Is that the name of this module: its path, or its file's name? */
static bool names(const char *name, const struct module *m)
{
    char real[PATH_MAX];

    if (strchr(name, '/') == NULL)
        return strcmp(name, base(m->path)) == 0 || strcmp(name, base(m->real)) == 0;
    return strcmp(name, m->path) == 0 ||
           (realpath(name, real) != NULL && strcmp(real, m->real) == 0);
}

/* Which module may connect to this machine itself, and by whom. */
struct loopback {
    const char *module; /* NULL: none */
    struct broker *broker;
    bool found;
};

static int add(struct modules *m, const char *path, struct loopback *l, struct err *e)
{
    struct module *new = &m->items[m->n];
    struct agent_job job = {.make = load, .arg = new, .channel = -1};
    struct err why;

    if (realpath(path, new->real) == NULL)
        new->real[0] = '\0'; /* loading it says what is wrong */
    else if (is_there(m, new->real))
        return 0;
    if ((new->path = strdup(path)) == NULL)
        return err_oom(e);
    m->n++;
    if (l->module != NULL && names(l->module, new)) {
        l->found = true;
        if (broker_channel(l->broker, &job.channel, e) != 0)
            return -1;
    }
    job.module = new->path;
    if (agent_start_job(&job, NULL, &new->agent, &why) == 0)
        return 0;
    if (why.code != ERR_INTERNAL)
        return problem(&m->refused, path, &why, e);
    *e = why;
    return -1;
}

int modules_open(const char *const *paths, size_t n, struct broker *broker, const char *loopback,
                 struct tokens **out, struct err *e)
{
    struct loopback l = {loopback, broker, false};
    struct tokens *t = calloc(1, sizeof *t);
    struct modules *m = calloc(1, sizeof *m);
    struct err why;
    int rc = 0;

    *out = NULL;
    if (t == NULL || m == NULL || (m->items = calloc(n + 1, sizeof *m->items)) == NULL) {
        free(m);
        free(t);
        return err_oom(e);
    }
    m->forward.turn = modules_turn;
    *t = (struct tokens){&driver, m};
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add(m, paths[i], &l, e);
    if (rc == 0 && loopback != NULL && !l.found) { /* it may be misspelt */
        err_set(&why, ERR_TOKEN, "it may connect to something, but it is not among the modules");
        err_todo(&why, "look whether its name in the plan is right");
        rc = problem(&m->refused, loopback, &why, e);
    }
    if (rc == 0)
        *out = t;
    else
        tokens_free(t);
    return rc;
}

void modules_set_wait(struct tokens *t, const struct token_wait *wait)
{
    struct modules *m = t->self;

    for (size_t i = 0; i < m->n; i++)
        if (m->items[i].agent != NULL)
            agent_set_wait(m->items[i].agent, wait);
}
