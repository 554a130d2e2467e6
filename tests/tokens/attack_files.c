/* SPDX-License-Identifier: Apache-2.0 */
#include "attacks.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *in_folder(const struct target *t, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", t->folder, name);
    return out;
}

static bool reads_the_plan(const struct target *t)
{
    char path[128];

    return open(in_folder(t, "plan", path), O_RDONLY | O_CLOEXEC) >= 0;
}

static bool lists_the_folder(const struct target *t)
{
    return opendir(t->folder) != NULL;
}

static bool writes_the_plan(const struct target *t)
{
    char path[128];

    return open(in_folder(t, "plan", path), O_WRONLY | O_CLOEXEC) >= 0;
}

static bool makes_a_file(const struct target *t)
{
    char path[128];

    return open(in_folder(t, "file", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool makes_a_folder(const struct target *t)
{
    char path[128];

    return mkdir(in_folder(t, "folder", path), 0700) == 0 && rmdir(path) == 0;
}

static bool makes_a_link(const struct target *t)
{
    char path[128];

    return symlink("/etc", in_folder(t, "link", path)) == 0 && unlink(path) == 0;
}

static bool makes_a_pipe(const struct target *t)
{
    char path[128];

    return mkfifo(in_folder(t, "pipe", path), 0600) == 0 && unlink(path) == 0;
}

static bool renames_the_plan(const struct target *t)
{
    char from[128], to[128];

    return rename(in_folder(t, "plan", from), in_folder(t, "other", to)) == 0 &&
           rename(to, from) == 0;
}

static bool empties_the_plan(const struct target *t)
{
    char path[128];

    return truncate(in_folder(t, "plan", path), 0) == 0;
}

static bool shuts_the_plan(const struct target *t)
{
    char path[128];

    return chmod(in_folder(t, "plan", path), 0600) == 0 ||
           fchmodat(AT_FDCWD, path, 0600, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool gives_the_plan_away(const struct target *t)
{
    char path[128];

    return chown(in_folder(t, "plan", path), (uid_t)-1, getegid()) == 0;
}

static bool dates_the_plan(const struct target *t)
{
    char path[128];

    return utimensat(AT_FDCWD, in_folder(t, "plan", path), NULL, 0) == 0;
}

static bool reads_by_proc(const struct target *t)
{
    char path[128];
    long word = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/mem", (int)t->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && pread(fd, &word, sizeof word, (off_t)(uintptr_t)t->word) == sizeof word &&
           word == ATTACK_WORD;
}

static bool reads_an_environment(const struct target *t)
{
    char path[128];

    snprintf(path, sizeof path, "/proc/%d/environ", (int)t->pid);
    return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

/* By a way that leads outside of what it may open. */
static bool reads_by_dots(const struct target *t)
{
    char path[128];

    snprintf(path, sizeof path, "/usr/..%s/plan", t->folder);
    return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

const struct attack attacks_on_files[] = {
    {"reads a file of the ceremony", reads_the_plan, true},
    {"reads it by dots", reads_by_dots, true},
    {"lists its folder", lists_the_folder, true},
    {"writes to it", writes_the_plan, true},
    {"makes a file beside it", makes_a_file, true},
    {"makes a folder beside it", makes_a_folder, true},
    {"makes a link beside it", makes_a_link, true},
    {"makes a pipe beside it", makes_a_pipe, true},
    {"renames it", renames_the_plan, true},
    {"empties it by its name", empties_the_plan, true},
    {"changes its mode", shuts_the_plan, true},
    {"changes its group", gives_the_plan_away, true},
    {"changes its date", dates_the_plan, true},
    {"reads another process's memory by /proc", reads_by_proc, true},
    {"reads another process's environment", reads_an_environment, true},
    {NULL, NULL, false},
};
