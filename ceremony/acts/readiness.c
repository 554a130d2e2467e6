/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/readiness.h"

#include "ceremony/base/harden.h"

#include <assert.h>
#include <dirent.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tokens/worker/landlock.h"
#include "tokens/worker/user.h"

/* The first day on which this program could have been used: a clock before it is wrong. */
#define FIRST_DAY INT64_C(1795392000) /* 2026-11-23T00:00:00Z */

struct probe {
    struct store *store;
    const struct env *env;
    struct tokens *tokens;
    const struct plan *plan;
    utc_t last;
    bool network;
    struct err *memory; /* set when a check had none */
};

static void report(struct check *c, enum check_level level, const char *todo, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void report(struct check *c, enum check_level level, const char *todo, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(c->text, sizeof c->text, fmt, ap);
    va_end(ap);
    snprintf(c->todo, sizeof c->todo, "%s", todo);
    c->level = level;
}

/* The first line of a small file; false when it can't be read. */
static bool first_line(const char *path, char *out, int size)
{
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(out, size, f) != NULL;

    if (f != NULL)
        fclose(f);
    if (ok)
        out[strcspn(out, "\n")] = '\0';
    return ok;
}

/* Drivers that know of no carrier (tunnels, some on USB) leave the state "unknown": then what is
 * switched on may be connected. A state that can't be read says nothing good either. */
static bool interface_connected(const char *folder, const char *name)
{
    char path[512], state[32], flags[32];

    snprintf(path, sizeof path, "%.200s/%.200s/operstate", folder, name);
    if (!first_line(path, state, sizeof state))
        return true;
    snprintf(path, sizeof path, "%.200s/%.200s/flags", folder, name);
    if (strcmp(state, "unknown") == 0)
        return !first_line(path, flags, sizeof flags) || (strtoul(flags, NULL, 16) & IFF_UP) != 0;
    return strcmp(state, "up") == 0;
}

enum network network_read(const char *folder, char name[64])
{
    DIR *d = opendir(folder);
    struct dirent *entry;
    enum network found = NETWORK_NONE;

    if (d == NULL)
        return NETWORK_UNKNOWN;
    while (found == NETWORK_NONE && (entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lo") == 0 ||
            strcmp(entry->d_name, "bonding_masters") == 0)
            continue;
        if (interface_connected(folder, entry->d_name))
            found = NETWORK_CONNECTED;
        snprintf(name, 64, "%.63s", entry->d_name);
    }
    closedir(d);
    return found;
}

static void check_network(const struct probe *p, struct check *c)
{
    char name[64] = "";

    (void)p;
    switch (network_read("/sys/class/net", name)) {
    case NETWORK_CONNECTED:
        report(c, CHECK_FAIL, "pull the cable, switch wireless off, then check again",
               "interface '%s' is connected", name);
        break;
    case NETWORK_UNKNOWN:
        report(c, CHECK_WARN, "look at the machine: no cable, no wireless",
               "the kernel does not list its network interfaces");
        break;
    case NETWORK_NONE:
        report(c, CHECK_PASS, "", "no network interface is connected");
        break;
    }
}

static void check_sockets(const struct probe *p, struct check *c)
{
    bool rehearsal = p->plan != NULL && p->plan->rehearsal;

    if (prctl(PR_GET_SECCOMP) != 2)
        report(c, CHECK_FAIL, "use a kernel with seccomp", "the program is not confined");
    else if (harden_loader() != NULL)
        report(c, rehearsal ? CHECK_WARN : CHECK_FAIL,
               "start the program again without that variable (env -u)",
               "%.60s is set: code from elsewhere may run in this program", harden_loader());
    else if (harden_cleared()[0] != '\0')
        report(c, CHECK_WARN, "nothing; find out who set them",
               "variables that change how libraries work were set, and are cleared: %.150s",
               harden_cleared());
    else if (!landlock_there())
        report(c, CHECK_WARN, "use a Linux kernel with Landlock (lsm=landlock), as Debian's",
               "this kernel has no Landlock: a token's module could open every file of yours");
    else
        report(c, CHECK_PASS, "", "this program can't open a network connection");
}

static void check_user(const struct probe *p, struct check *c)
{
    (void)p;
    if (!user_is_root())
        report(c, CHECK_PASS, "", "modules run without root's rights");
    else if (user_there())
        report(c, CHECK_PASS, "", "modules run as user '" MODULE_USER "'");
    else
        report(c, CHECK_FAIL, "use another user, or: useradd -rU " MODULE_USER,
               "the program and its modules run as root");
}

/* Which module the plan lets connect: shown, and recorded with the other checks. */
static void check_modules(const struct probe *p, struct check *c)
{
    const char *slash = strrchr(p->plan->loopback, '/');
    const char *name = slash != NULL ? slash + 1 : p->plan->loopback;

    if (p->network)
        report(c, CHECK_WARN, "nothing, if that is meant; the program itself still can't connect",
               "the plan lets connect: %.140s to loopback", name);
    else
        report(c, CHECK_WARN, "start again with --network, if their tokens are needed",
               "the plan lets connect, and nothing can: %.120s to loopback", name);
}

static void check_swap(const struct probe *p, struct check *c)
{
    FILE *f = fopen("/proc/swaps", "re");
    char line[256];
    int lines = 0;

    (void)p;
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        lines++;
    if (f != NULL)
        fclose(f);
    if (lines > 1)
        report(c, CHECK_FAIL, "run 'swapoff -a' as root, then check again",
               "swap is on: what is in memory may be left on the disk");
    else
        report(c, CHECK_PASS, "", "no swap");
}

static void check_clock(const struct probe *p, struct check *c)
{
    struct err e;
    char at[UTC_SIZE], last[UTC_SIZE];
    utc_t now;

    if (p->env->now(p->env->self, &now, &e) != 0) {
        report(c, CHECK_FAIL, "set the clock", "the clock can't be read");
        return;
    }
    utc_format(now, at);
    utc_format(p->last, last);
    if (now < FIRST_DAY)
        report(c, CHECK_FAIL, "set the clock by somebody's watch: date -u -s '2026-11-23 14:00'",
               "the clock shows %s, which is before this program was made", at);
    else if (now < p->last)
        report(c, now + UTC_DAY < p->last ? CHECK_FAIL : CHECK_WARN,
               "compare it with somebody's watch, and set the clock",
               "the clock went back: it shows %s, and the journal's last line is of %s", at, last);
    else
        report(c, CHECK_PASS, "", "the clock shows %s, in UTC", at);
}

static void check_cores(const struct probe *p, struct check *c)
{
    struct rlimit limit;

    (void)p;
    if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0)
        report(c, CHECK_PASS, "",
               "core dumps are off, and no other process of this user can look into this program");
    else
        report(c, CHECK_FAIL, "start the program again", "a crash could leave memory on the disk");
}

/* That the program is out of memory says nothing of the machine. */
static void keep_memory(const struct probe *p, const struct err *e)
{
    if (e->code == ERR_INTERNAL)
        *p->memory = *e;
}

static void check_memory(const struct probe *p, struct check *c)
{
    struct secret *s = NULL;
    struct err e;

    err_clear(&e);
    if (secret_new(&s, &e) == 0)
        report(c, CHECK_PASS, "", "PINs are kept in locked memory");
    else
        report(c, CHECK_FAIL, "raise the limit of locked memory: ulimit -l 1024", "%.180s", e.what);
    keep_memory(p, &e);
    secret_free(s);
}

static void check_tokens(const struct probe *p, struct check *c)
{
    struct token_list l = {0};
    struct err e;

    err_clear(&e);
    if (p->tokens->driver->list(p->tokens->self, &l, &e) != 0)
        report(c, CHECK_FAIL, err_todo_text(&e), "%.180s", e.what);
    else if (l.nproblems > 0)
        report(c, CHECK_WARN, "a module that is not needed does no harm", "%.190s", l.problems[0]);
    else
        report(c, CHECK_PASS, "", "token software answers; %zu token%s inserted", l.n,
               l.n == 1 ? "" : "s");
    keep_memory(p, &e);
    token_list_clear(&l);
}

static void check_folder(const struct probe *p, struct check *c)
{
    struct statvfs fs;

    if (access(p->store->path, W_OK | X_OK) != 0 || statvfs(p->store->path, &fs) != 0 ||
        (fs.f_flag & ST_RDONLY) != 0)
        report(c, CHECK_FAIL, "copy the folder to a disk that can be written",
               "the ceremony's folder can't be written");
    else if ((uint64_t)fs.f_bavail * fs.f_frsize < UINT64_C(64) << 20)
        report(c, CHECK_FAIL, "make room on the disk", "less than 64 MiB are free on the disk");
    else
        report(c, CHECK_PASS, "", "it can be written, and has space");
}

static const struct {
    const char *name, *title;
    bool practice_warns; /* in a rehearsal a failure is only a warning */
    void (*check)(const struct probe *p, struct check *c);
} rows[] = {
    {"network", "Network cut off", true, check_network},
    {"sockets", "Program confined", false, check_sockets},
    {"user", "Own user", true, check_user},
    {"modules", "Modules' network", false, check_modules},
    {"swap", "Swap off", true, check_swap},
    {"clock", "Clock plausible", false, check_clock},
    {"cores", "No core dumps", false, check_cores},
    {"memory", "Locked memory", false, check_memory},
    {"tokens", "Token software", false, check_tokens},
    {"folder", "Folder writable", false, check_folder},
};

int readiness_check(struct store *s, const struct env *env, struct tokens *tokens,
                    const struct plan *plan, utc_t last, bool network, struct readiness *out,
                    struct err *e)
{
    struct probe p = {s, env, tokens, plan, last, network, e};
    bool rehearsal = plan != NULL && plan->rehearsal;

    *out = (struct readiness){0};
    err_clear(e);
    if ((out->items = calloc(sizeof rows / sizeof rows[0], sizeof *out->items)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check *c = &out->items[out->n];

        if (rows[i].check == check_tokens && tokens == NULL)
            continue;
        if (rows[i].check == check_modules && (plan == NULL || plan->loopback == NULL))
            continue;
        *c = (struct check){.name = rows[i].name, .title = rows[i].title};
        rows[i].check(&p, c);
        if (rehearsal && rows[i].practice_warns && c->level == CHECK_FAIL)
            c->level = CHECK_WARN;
        out->n++;
    }
    if (e->code == ERR_NONE)
        return 0;
    readiness_clear(out);
    return -1;
}

static const char *const level_names[] = {
    [CHECK_PASS] = "pass", [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail"};

const char *check_level_name(enum check_level level)
{
    return level_names[level];
}

static bool is_level(struct json v)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
        if (json_text_is(v, level_names[i]))
            return true;
    return false;
}

int readiness_record_check(const struct plan *plan, struct json checks, struct err *e)
{
    struct json_iter it = json_iter_of(checks);
    struct json check, v;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].check == check_modules && plan->loopback == NULL)
            continue;
        if (!json_next(&it, NULL, &check) || !json_get(check, "name", &v) ||
            !json_text_is(v, rows[i].name))
            return err_set(e, ERR_JOURNAL,
                           "the machine's check '%s' is not recorded where it is "
                           "to be",
                           rows[i].name);
        if (!json_get(check, "level", &v) || !is_level(v))
            return err_set(e, ERR_JOURNAL,
                           "the machine's check '%s' has another level than pass, "
                           "warn or fail",
                           rows[i].name);
    }
    return json_next(&it, NULL, &check)
               ? err_set(e, ERR_JOURNAL,
                         "a readiness check is recorded that this program does not have")
               : 0;
}

void readiness_clear(struct readiness *r)
{
    free(r->items);
    *r = (struct readiness){0};
}

bool readiness_failed(const struct readiness *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].level == CHECK_FAIL)
            return true;
    return false;
}

int readiness_need(const struct readiness *r, struct err *e)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].level == CHECK_FAIL) {
            err_set(e, ERR_NOT_READY, "this machine is not ready: %s", r->items[i].text);
            return err_todo(e, "%s; 'tuf-ceremony doctor' shows every check", r->items[i].todo);
        }
    return 0;
}
