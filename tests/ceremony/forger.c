/* SPDX-License-Identifier: Apache-2.0 */
#include "forger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

cJSON *forger_read(const struct room *r)
{
    cJSON *lines = cJSON_CreateArray();
    struct bytes text;
    const char *at;

    text = (struct bytes){0};
    room_read(r, "journal.jsonl", &text);
    for (at = bytes_str(&text); *at != '\0'; at = strchr(at, '\n') + 1) {
        cJSON *line = cJSON_ParseWithLength(at, strcspn(at, "\n"));

        assert_non_null(line);
        cJSON_AddItemToArray(lines, line);
    }
    bytes_clear(&text);
    return lines;
}

void forger_write(const struct room *r, const cJSON *lines)
{
    char hash[SHA256_HEX_SIZE];
    struct bytes text;
    cJSON *line;
    size_t n = 0;

    memset(hash, '0', sizeof hash - 1);
    hash[sizeof hash - 1] = '\0';
    text = (struct bytes){0};
    cJSON_ArrayForEach(line, lines)
    {
        char *data = cJSON_PrintUnformatted(cJSON_GetObjectItem(line, "data"));
        size_t begin = text.n;

        bytes_printf(&text,
                     "{\"data\":%s,\"event\":\"%s\",\"n\":%zu,\"prev\":\"%s\",\"time\":\"%s\"}",
                     data, cJSON_GetStringValue(cJSON_GetObjectItem(line, "event")), ++n, hash,
                     cJSON_GetStringValue(cJSON_GetObjectItem(line, "time")));
        cJSON_free(data);
        assert_false(bytes_failed(&text));
        assert_int_equal(sha256_hex(span_of(text.p + begin, text.n - begin), hash), 0);
        bytes_put_u8(&text, '\n');
    }
    room_write(r, "journal.jsonl", bytes_span(&text));
    bytes_clear(&text);
}

cJSON *forger_line(const cJSON *lines, const char *event, size_t n)
{
    cJSON *line;

    cJSON_ArrayForEach(
        line,
        lines) if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(line, "event")), event) == 0 &&
                   n-- == 0) return line;
    return NULL;
}

cJSON *forger_data(const cJSON *lines, const char *event, size_t n)
{
    const cJSON *line = forger_line(lines, event, n);

    if (line == NULL)
        fail_msg("no line %zu of %s", n, event);
    return cJSON_GetObjectItem(line, "data");
}

void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s (%s)", e->where, e->what, err_todo_text(e));
}

void walk(struct room *r, enum station until)
{
    struct err e;

    if (r->c == NULL)
        must(room_open(r, &e), &e);
    must(room_walk(r, until, &e), &e);
}

cJSON *taken(struct room *r)
{
    room_close(r);
    return forger_read(r);
}
