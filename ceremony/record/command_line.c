/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/command_line.h"

#include "ceremony/base/memory.h"
#include "metadata/file_name.h"

#include <string.h>

static bool is_safe(const char *word)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "%+,-./:=@_";

    return word[0] != '\0' && word[strspn(word, safe)] == '\0';
}

void command_line_word(struct bytes *out, const char *word)
{
    bytes_put_u8(out, ' ');
    if (is_safe(word)) {
        bytes_put_str(out, word);
        return;
    }
    bytes_put_u8(out, '\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            bytes_put_str(out, "'\\''");
        else
            bytes_put_u8(out, (uint8_t)*word);
    bytes_put_u8(out, '\'');
}

void command_line_verify(const struct ceremony *c, struct bytes *out)
{
    const struct plan *p = ceremony_plan(c);
    const struct root *followed = plan_followed_root(p);
    const char *bundle = ceremony_session(c)->bundle_destination;
    struct bytes path = {0};

    if (followed != NULL)
        bytes_printf(&path, "%s/" TRUSTED_FOLDER "/", ceremony_store(c)->path);
    else
        bytes_printf(&path, "%s/bundle/metadata/", bundle);
    file_name_put(
        &path, followed != NULL ? followed->head.version : plan_version(p, SIGNED_ROOT, 0), "root");
    bytes_put_str(out, "tuf-ceremony verify --trusted-root");
    command_line_word(out, memory_text(&path));
    bytes_clear(&path);
    bytes_printf(&path, "%s/bundle.tar", bundle);
    command_line_word(out, memory_text(&path));
    bytes_clear(&path);
}
