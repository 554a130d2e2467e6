/* SPDX-License-Identifier: Apache-2.0 */
#include "attacks.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static bool reads_memory(const struct target *t)
{
    long word = 0;
    struct iovec here = {&word, sizeof word};
    struct iovec there = {(void *)(uintptr_t)t->word, sizeof word};

    return process_vm_readv(t->pid, &here, 1, &there, 1, 0) == sizeof word && word == ATTACK_WORD;
}

static bool writes_memory(const struct target *t)
{
    long word = ATTACK_WORD;
    struct iovec here = {&word, sizeof word};
    struct iovec there = {(void *)(uintptr_t)t->word, sizeof word};

    return process_vm_writev(t->pid, &here, 1, &there, 1, 0) == sizeof word;
}

static bool traces(const struct target *t)
{
    if (ptrace(PTRACE_ATTACH, t->pid, NULL, NULL) != 0)
        return false;
    (void)waitpid(t->pid, NULL, 0);
    return ptrace(PTRACE_DETACH, t->pid, NULL, NULL) == 0;
}

static bool signals(const struct target *t)
{
    return kill(t->pid, SIGURG) == 0;
}

static bool signals_everybody(const struct target *t)
{
    (void)t;
    return kill(-1, 0) == 0 || kill(0, 0) == 0;
}

static bool signals_a_thread(const struct target *t)
{
    return syscall(SYS_tgkill, t->pid, t->pid, SIGURG) == 0 ||
           syscall(SYS_tkill, t->pid, SIGURG) == 0;
}

static bool signals_by_descriptor(const struct target *t)
{
    int pair[2];

    return pipe(pair) == 0 && fcntl(pair[0], F_SETOWN, t->pid) == 0;
}

/* A high half that the kernel does not look at. */
static bool signals_by_a_wide_command(const struct target *t)
{
    int pair[2];

    return pipe(pair) == 0 && syscall(SYS_fcntl, pair[0], (1L << 32) | F_SETOWN, (long)t->pid) == 0;
}

static bool signals_by_pidfd(const struct target *t)
{
    long fd = syscall(SYS_pidfd_open, t->pid, 0);

    return fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGURG, NULL, 0) == 0;
}

static bool limits_another(const struct target *t)
{
    struct rlimit limit;

    return prlimit(t->pid, RLIMIT_NOFILE, NULL, &limit) == 0;
}

/* 0 in the child, which ends at once. */
static bool is_parent(long pid)
{
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        (void)waitpid((pid_t)pid, NULL, 0);
    return pid > 0;
}

static bool forks(const struct target *t)
{
    (void)t;
    return is_parent(fork());
}

static bool forks_by_itself(const struct target *t)
{
    (void)t;
#ifdef SYS_fork
    if (is_parent(syscall(SYS_fork)))
        return true;
#endif
    return is_parent(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static bool forks_by_clone3(const struct target *t)
{
    uint64_t how[8] = {[4] = SIGCHLD};

    (void)t;
    return is_parent(syscall(SYS_clone3, how, sizeof how));
}

static bool runs_a_program(const struct target *t)
{
    char *const argv[] = {(char[]){"true"}, NULL};
    pid_t pid;

    (void)t;
    return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0 && is_parent(pid);
}

/* Does not come back when it succeeds; the helper is gone then. */
static bool becomes_a_program(const struct target *t)
{
    char *const argv[] = {(char[]){"true"}, NULL}, *const none[] = {NULL};

    (void)t;
    (void)execve("/bin/true", argv, none);
    return false;
}

static bool leaves_its_namespaces(const struct target *t)
{
    (void)t;
    return unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM) == 0;
}

static bool mounts(const struct target *t)
{
    (void)t;
    return mount("none", "/mnt", "tmpfs", 0, "") == 0;
}

static bool has_capabilities(const struct target *t)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {0};

    (void)t;
    return syscall(SYS_capget, &head, has) != 0 || has[0].permitted != 0 || has[1].permitted != 0;
}

static bool may_gain_privileges(const struct target *t)
{
    (void)t;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool has_a_terminal(const struct target *t)
{
    (void)t;
    return isatty(0) || isatty(1) || isatty(2) || open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0;
}

static bool takes_the_terminal(const struct target *t)
{
    int fd = open(t->terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);

    return fd >= 0 && ioctl(fd, TIOCSCTTY, 1) == 0;
}

static bool types_on_the_terminal(const struct target *t)
{
    int fd = open(t->terminal, O_RDWR | O_CLOEXEC);
    char key = 'y';

    return fd >= 0 && ioctl(fd, TIOCSTI, &key) == 0;
}

static bool lets_itself_be_looked_into(const struct target *t)
{
    (void)t;
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool outlives_the_program(const struct target *t)
{
    (void)t;
    return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0;
}

static bool leaves_a_core(const struct target *t)
{
    struct rlimit core;

    (void)t;
    return getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0;
}

static bool fills_the_disk(const struct target *t)
{
    int fd = (int)syscall(SYS_memfd_create, "disk", 0);

    (void)t;
    return fd >= 0 && ftruncate(fd, (off_t)1 << 30) == 0;
}

static bool fills_the_memory(const struct target *t)
{
#ifdef __SANITIZE_ADDRESS__
    (void)t;
    return false;
#else
    void *p = malloc((size_t)16 << 30);

    (void)t;
    free(p);
    return p != NULL;
#endif
}

static bool uses_the_key_ring(const struct target *t)
{
    (void)t;
    return syscall(SYS_add_key, "user", "tuf", "x", 1, KEY_SPEC_PROCESS_KEYRING) >= 0;
}

static bool uses_x32(const struct target *t)
{
    (void)t;
#if defined(__x86_64__) && !defined(__ILP32__)
    return syscall(0x40000000L | SYS_getppid) >= 0;
#else
    return false;
#endif
}

/* The numbers of 32-bit programs: 64 is getppid there. */
static bool uses_i386(const struct target *t)
{
    (void)t;
#if defined(__x86_64__)
    {
        long rc;

        __asm__ volatile("int $0x80" : "=a"(rc) : "a"(64L) : "memory", "r8", "r9", "r10", "r11");
        return (int)rc >= 0;
    }
#else
    return false;
#endif
}

const struct attack attacks_on_processes[] = {
    {"reads another process's memory", reads_memory, true},
    {"writes another process's memory", writes_memory, true},
    {"traces another process", traces, true},
    {"signals another process", signals, true},
    {"signals every process", signals_everybody, true},
    {"signals another's thread", signals_a_thread, true},
    {"signals by a descriptor", signals_by_descriptor, true},
    {"signals by a descriptor, with a wide argument", signals_by_a_wide_command, true},
    {"signals by a pidfd", signals_by_pidfd, true},
    {"looks at another's limits", limits_another, true},
    {"forks", forks, true},
    {"forks past libc", forks_by_itself, true},
    {"forks by clone3", forks_by_clone3, true},
    {"runs a program", runs_a_program, true},
    {"becomes another program", becomes_a_program, false},
    {"leaves its namespaces", leaves_its_namespaces, true},
    {"mounts", mounts, false},
    {"has capabilities", has_capabilities, false},
    {"may gain privileges", may_gain_privileges, true},
    {"has a terminal", has_a_terminal, true},
    {"takes the terminal", takes_the_terminal, false},
    {"types on the terminal", types_on_the_terminal, false},
    {"lets itself be looked into", lets_itself_be_looked_into, true},
    {"outlives the program", outlives_the_program, true},
    {"leaves a core", leaves_a_core, false},
    {"fills the disk", fills_the_disk, true},
    {"fills the memory", fills_the_memory, false},
    {"uses the key ring", uses_the_key_ring, false},
    {"uses numbers of x32", uses_x32, false},
    {"uses numbers of i386", uses_i386, false},
    {NULL, NULL, false},
};

static bool is_root(const struct target *t)
{
    (void)t;
    return geteuid() == 0 || getuid() == 0 || getegid() == 0 || setresuid(0, 0, 0) == 0;
}

static bool keeps_roots_groups(const struct target *t)
{
    gid_t groups[8];
    int n = getgroups(8, groups);

    (void)t;
    for (int i = 0; i < n; i++)
        if (groups[i] == 0)
            return true;
    return n < 0;
}

static bool reads_what_root_may(const struct target *t)
{
    (void)t;
    return open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0;
}

const struct attack attacks_on_root[] = {
    {"is root", is_root, true},
    {"is in a group of root's", keeps_roots_groups, false},
    {"reads what only root may", reads_what_root_may, true},
    {NULL, NULL, false},
};
