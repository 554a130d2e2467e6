/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/pin.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/cli/tty.h"
#include "ceremony/rehearsal/rehearse.h"
#include "metadata/base/plain.h"
#include "tokens/uri.h"

static int from_source(const char *source, struct secret *s, struct err *e)
{
    char *end;
    long fd;

    if (strncmp(source, "fd:", 3) != 0)
        return secret_read_file(s, strncmp(source, "file:", 5) == 0 ? source + 5 : source, e);
    fd = strtol(source + 3, &end, 10);
    if (end == source + 3 || *end != '\0' || fd < 0 || fd > 1 << 20) {
        err_set(e, ERR_USAGE, "'%s' names no descriptor", source);
        return err_todo(e, "write fd:3, and open descriptor 3 before");
    }
    return secret_read_fd(s, (int)fd, e);
}

int pin_ask(const char *source, const char *question, struct secret **out, struct err *e)
{
    struct secret *s = NULL;
    struct tty tty;
    int rc = -1;

    *out = NULL;
    if (secret_new(&s, e) != 0)
        return -1;
    if (source != NULL)
        rc = from_source(source, s, e);
    else if (tty_open(&tty, e) == 0) {
        rc = tty_secret(&tty, question, s, e);
        tty_close(&tty);
    }
    if (rc != 0) {
        secret_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

/* Appends the source that is named; nothing when there is none. */
static int source_of(const struct invocation *in, struct bytes *out, struct err *e)
{
    const char *given = in_value(in, "pin-source"), *text = in_value(in, "token");
    struct token_uri *uri = NULL;

    if (given != NULL)
        bytes_put_str(out, given);
    else if (text != NULL) {
        if (token_uri_parse(text, &uri, e) != 0)
            return -1;
        if ((given = token_uri_pin_source(uri)) != NULL)
            bytes_put_str(out, given);
        token_uri_free(uri);
    }
    return bytes_failed(out) ? err_oom(e) : 0;
}

int pin_present(const struct invocation *in, const char *question, struct secret **out,
                struct err *e)
{
    struct bytes source = {0};
    int rc;

    *out = NULL;
    rc = source_of(in, &source, e);
    if (rc == 0)
        rc = pin_ask(source.n > 0 ? bytes_str(&source) : NULL, question, out, e);
    bytes_clear(&source);
    return rc;
}

int pin_read(const struct invocation *in, const struct plan *p, size_t holder,
             const struct token_info *t, struct secret **out, struct err *e)
{
    struct bytes question = {0};
    int rc;
    char digits[8];

    plain_put_str(&question, p->holders[holder].name);
    bytes_put_str(&question, ", PIN of ");
    token_words(t, &question);
    bytes_printf(&question, " (%s)", pin_state_words(t->pin));
    if (p->rehearsal) {
        rehearse_pin(p, holder, digits);
        bytes_printf(&question, " (REHEARSAL, it is %s)", digits);
    }
    rc = pin_present(in, bytes_str(&question), out, e);
    bytes_clear(&question);
    return rc;
}
