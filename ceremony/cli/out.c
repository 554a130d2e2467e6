/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/out.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceremony/base/memory.h"
#include "ceremony/base/words.h"
#include "metadata/base/plain.h"

static void put(FILE *to, struct span text, const char *end)
{
    struct bytes plain = {0};

    plain_put(&plain, text);
    fprintf(to, "%s%s", memory_text(&plain), end);
    bytes_clear(&plain);
}

void out_to(FILE *to, const char *end, const char *fmt, ...)
{
    char *line = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&line, fmt, ap);
    va_end(ap);
    if (n < 0)
        memory_end();
    put(to, span_str(line), end);
    free(line);
}

static void put_lines(struct span text)
{
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

        put(stdout, span_of(text.p, n), "\n");
        n += end != NULL;
        text = span_of(text.p + n, text.n - n);
    }
}

void out_text(const struct bytes *text)
{
    put_lines(span_str(memory_text(text)));
}

int out_lines(const struct lines *l, struct err *e)
{
    struct lines_reader r;
    struct bytes line = {0};
    bool failed;

    lines_read(&r, l, 0);
    while (lines_read_next(&r, &line)) {
        put(stdout, bytes_span(&line), "\n");
        bytes_truncate(&line, 0);
    }
    failed = bytes_failed(&line);
    lines_reader_clear(&r);
    bytes_clear(&line);
    return failed ? err_oom(e) : 0;
}

int out_raw(struct span bytes, struct err *e)
{
    if (isatty(STDOUT_FILENO))
        put_lines(bytes);
    else
        (void)fwrite(bytes.p, 1, bytes.n, stdout);
    return out_flush(e);
}

/* By Linux's poll(2): the reading end is closed. */
static bool is_closed(void)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

int out_flush(struct err *e)
{
    if ((fflush(stdout) == 0 && ferror(stdout) == 0) || is_closed())
        return 0;
    err_set(e, ERR_IO, "standard output can't be written");
    return err_todo(e, "look where it goes: is the disk full?");
}

int out_recorded(bool json, struct err *e, const char *fmt, ...)
{
    char *line = NULL;
    cJSON *tree;
    va_list ap;
    int n, rc = 0;

    va_start(ap, fmt);
    n = vasprintf(&line, fmt, ap);
    va_end(ap);
    if (n < 0)
        return err_oom(e);
    if (json) {
        tree = cJSON_CreateObject();
        cJSON_AddStringToObject(tree, "recorded", line);
        rc = out_json(tree, e);
    } else
        out_line("recorded: %s", line);
    free(line);
    return rc;
}

int out_put_json(const cJSON *tree, struct bytes *out, struct err *e)
{
    char *text = tree != NULL ? cJSON_Print(tree) : NULL;

    if (text == NULL)
        return err_oom(e);
    plain_put_json(out, span_str(text));
    cJSON_free(text);
    return bytes_failed(out) ? err_oom(e) : 0;
}

void out_json_part(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
}

int out_json(cJSON *tree, struct err *e)
{
    struct bytes text = {0};
    int rc;

    rc = out_put_json(tree, &text, e);
    cJSON_Delete(tree);
    if (rc == 0)
        puts(memory_text(&text));
    bytes_clear(&text);
    return rc;
}

void out_digest(const uint8_t *digest, unsigned lines)
{
    struct bytes hex = {0}, words = {0};

    for (unsigned i = 0; i < lines; i++) {
        words_hex(digest, (size_t)i * 8, 8, &hex);
        words_text(digest, (size_t)i * 8, 8, &words);
        out_line("    %s   %s", memory_text(&hex), memory_text(&words));
        bytes_clear(&hex);
        bytes_clear(&words);
    }
}

static const char *const level_words[] = {
    [FINDING_NOTE] = "note", [FINDING_WARNING] = "warning", [FINDING_REFUSAL] = "refused"};

void out_findings(const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        out_line("%s: %s", level_words[f->items[i].level], f->items[i].text);
        if (f->items[i].todo[0] != '\0')
            out_line("    to do: %s (rule '%s')", f->items[i].todo, f->items[i].rule);
        else
            out_line("    (rule '%s')", f->items[i].rule);
        if (f->items[i].protects != NULL && f->items[i].level != FINDING_NOTE)
            out_line("    protects: %s", f->items[i].protects);
    }
}

cJSON *out_findings_json(const struct findings *f)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < f->n; i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "level", level_words[f->items[i].level]);
        cJSON_AddStringToObject(item, "rule", f->items[i].rule);
        cJSON_AddStringToObject(item, "text", f->items[i].text);
        cJSON_AddStringToObject(item, "todo", f->items[i].todo);
        if (f->items[i].protects != NULL)
            cJSON_AddStringToObject(item, "protects", f->items[i].protects);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static void add_err(cJSON *tree, const struct err *e)
{
    cJSON *error = cJSON_AddObjectToObject(tree, "error");

    cJSON_AddNumberToObject(error, "status", e->code);
    cJSON_AddStringToObject(error, "class", err_name(e->code));
    cJSON_AddStringToObject(error, "what", e->what);
    cJSON_AddStringToObject(error, "where", e->where);
    cJSON_AddStringToObject(error, "todo", err_todo_text(e));
}

cJSON *out_err_json(const struct err *e)
{
    cJSON *tree = cJSON_CreateObject();

    add_err(tree, e);
    return tree;
}

void out_stolen(const struct err *secret)
{
    out_line("STOLEN KEY: %s", secret->what);
    out_line("            %s", secret->where);
}

int out_answer(const struct invocation *in, cJSON *tree, const struct err *verdict, struct err *e)
{
    if (verdict != NULL)
        add_err(tree, verdict);
    if (out_json(tree, e) != 0)
        return -1;
    *in->answered = true;
    return 0;
}
