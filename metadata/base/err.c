/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "metadata/base/plain.h"

struct code_row {
    const char *name;
    const char *meaning;
    const char *todo;
};

static const struct code_row rows[] = {
    [ERR_NONE] = {"ok", "done", "nothing"},
    [ERR_INTERNAL] = {"internal", "the program ran out of memory or found a mistake in itself",
                      "start it again; nothing that was shown as done is lost"},
    [ERR_USAGE] = {"usage", "the command line is not understood",
                   "see 'tuf-ceremony --help', or COMMAND --help"},
    [ERR_INPUT] = {"input", "a file is malformed or is not what it should be",
                   "correct the file, or fetch it again; nothing was changed"},
    [ERR_SIGNATURE] = {"signature",
                       "a threshold is not reached, or a signature or hash does not fit",
                       "do not publish this; find out where the file comes from"},
    [ERR_EXPIRED] = {"expired", "metadata has expired",
                     "renew it in a ceremony, or check the date of this machine"},
    [ERR_VERSION] = {"version", "a version goes back, leaves a gap, or does not fit its file name",
                     "do not publish this; compare with the repository's published versions"},
    [ERR_INCOMPLETE] = {"incomplete", "something that is needed is not there",
                        "see 'tuf-ceremony status DIR' for what is missing"},
    [ERR_PLAN] = {"plan", "the plan is refused",
                  "correct the plan and run 'tuf-ceremony check DIR'"},
    [ERR_JOURNAL] = {"journal", "the journal was changed or does not belong to this plan",
                     "stop; compare with the copies of the journal that were made"},
    [ERR_BUSY] = {"busy", "another program is working on this ceremony",
                  "close the other program first"},
    [ERR_IO] = {"io", "the disk or the system refused",
                "check that the disk is there, writable and not full, then start again"},
    [ERR_TOKEN] = {"token", "a token or its module failed or left",
                   "put the token in again; nothing is lost"},
    [ERR_PIN] = {"pin", "a PIN was refused or is locked", "let its holder type it again, slowly"},
    [ERR_LEFT] = {"left", "a person left before the end",
                  "start again to continue where this stopped"},
    [ERR_NOT_READY] = {"not-ready", "this machine fails the readiness check",
                       "fix what 'tuf-ceremony doctor' shows"},
    [ERR_SECRET] = {"secret", "a private key is where only public ones may be",
                    "that key counts as stolen: replace it by a new one wherever it is trusted"},
    [ERR_UNSUPPORTED] = {"unsupported", "a key type or signature scheme that is not supported",
                         "check the file with a client that supports it"},
};
static_assert(sizeof rows / sizeof rows[0] == ERR_CODES, "every code has a row");

static void cut_at_character(char *text, size_t size)
{
    size_t n = strlen(text);

    if (n + 1 < size)
        return; /* nothing was cut off */
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0U) == 0x80U)
        n--;
    if (n > 0 && ((unsigned char)text[n - 1] & 0x80U) != 0)
        n--;
    text[n] = '\0';
}

static void format_part(char *part, size_t size, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void format_part(char *part, size_t size, const char *fmt, va_list ap)
{
    if (vsnprintf(part, size, fmt, ap) < 0)
        part[0] = '\0';
    cut_at_character(part, size);
}

void err_clear(struct err *e)
{
    memset(e, 0, sizeof *e);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;

    err_clear(e);
    e->code = code;
    va_start(ap, fmt);
    format_part(e->what, sizeof e->what, fmt, ap);
    va_end(ap);
    return -1;
}

int err_oom(struct err *e)
{
    return err_set(e, ERR_INTERNAL, "out of memory");
}

int err_system(struct err *e, int errno_value, const char *fmt, ...)
{
    char text[sizeof e->what];
    char reason[128];
    va_list ap;

    va_start(ap, fmt);
    format_part(text, sizeof text, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_IO, "%.250s: %s", text, strerror_r(errno_value, reason, sizeof reason));
}

int err_in(struct err *e, const char *fmt, ...)
{
    char outer[sizeof e->where];
    char inner[sizeof e->where];
    va_list ap;

    va_start(ap, fmt);
    format_part(outer, sizeof outer, fmt, ap);
    va_end(ap);
    memcpy(inner, e->where, sizeof inner);
    if (snprintf(e->where, sizeof e->where, "%s%s%s", outer, inner[0] ? ", " : "", inner) < 0)
        e->where[0] = '\0';
    cut_at_character(e->where, sizeof e->where);
    return -1;
}

int err_todo(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format_part(e->todo, sizeof e->todo, fmt, ap);
    va_end(ap);
    return -1;
}

static const struct code_row *row_of(enum err_code code)
{
    return &rows[(unsigned)code < ERR_CODES ? code : ERR_INTERNAL];
}

const char *err_name(enum err_code code)
{
    return row_of(code)->name;
}

const char *err_meaning(enum err_code code)
{
    return row_of(code)->meaning;
}

const char *err_todo_text(const struct err *e)
{
    return e->todo[0] ? e->todo : row_of(e->code)->todo;
}

static void print_part(const char *label, const char *text, FILE *to)
{
    struct span rest = span_str(text);
    uint32_t cp;

    fputs(label, to);
    while (rest.n > 0) { /* without memory, of which there may be none */
        size_t n = plain_next(rest, &cp);

        if (cp == PLAIN_REPLACEMENT)
            fputs("\xEF\xBF\xBD", to);
        else
            (void)fwrite(rest.p, 1, n, to);
        rest = span_of(rest.p + n, rest.n - n);
    }
    fputc('\n', to);
}

void err_print(const struct err *e, FILE *to)
{
    print_part("what:  ", e->what[0] ? e->what : err_meaning(e->code), to);
    if (e->where[0])
        print_part("where: ", e->where, to);
    print_part("to do: ", err_todo_text(e), to);
}
