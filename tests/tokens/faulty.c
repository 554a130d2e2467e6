/* SPDX-License-Identifier: Apache-2.0 */
#include "faulty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"

void faulty_over(struct faulty *f, const char *dir, const char *module)
{
    /* a helper could not open it: it is a part of the test, not of the stack */
    (void)dlopen(FAULTY_MODULE_PATH, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    snprintf(f->folder, sizeof f->folder, "%s", dir);
    snprintf(f->script, sizeof f->script, "%s/script", dir);
    snprintf(f->log, sizeof f->log, "%s.log", f->script);
    setenv("FAULTY_MODULE", module, 1);
    setenv("FAULTY_SCRIPT", f->script, 1);
    faulty_script(f, "");
}

int faulty_tokens(void *arg, struct tokens **out, struct err *e)
{
    const char *module = FAULTY_MODULE_PATH;

    (void)arg;
    return p11_open(&module, 1, out, e);
}

int faulty_start(const struct faulty *f, const struct token_wait *wait, struct tokens **out,
                 struct err *e)
{
    return agent_start_job(&(struct agent_job){.make = faulty_tokens,
                                               .module = getenv("FAULTY_MODULE"),
                                               .folder = f->folder,
                                               .channel = -1},
                           wait, out, e);
}

int faulty_begin(struct faulty *f, struct tokens **plain, struct err *e)
{
    *plain = NULL;
    strcpy(f->dir, "/tmp/tc-faulty-XXXXXX");
    if (mkdtemp(f->dir) == NULL || stack_softhsm(f->dir, plain, e) != 0)
        return -1;
    faulty_over(f, f->dir, softhsm_module());
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

int faulty_end(const struct faulty *f)
{
    return nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void faulty_script(const struct faulty *f, const char *text)
{
    FILE *to = fopen(f->script, "we");

    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
    unlink(f->log);
}

unsigned faulty_count(const struct faulty *f, const char *function)
{
    FILE *from = fopen(f->log, "re");
    char line[64];
    unsigned n = 0;

    while (from != NULL && fscanf(from, "%63s", line) == 1)
        n += strcmp(line, function) == 0;
    if (from != NULL)
        fclose(from);
    return n;
}
