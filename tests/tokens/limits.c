/* SPDX-License-Identifier: Apache-2.0 */
#include "limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL 64
#define LATE 3 /* behind the claims: yes, at the next login */

enum column {
    COLUMN_NAME,
    COLUMN_P256,
    COLUMN_P384,
    COLUMN_ED25519,
    COLUMN_RSA,
    COLUMN_SET_UP,
    COLUMN_DESTROYS,
    COLUMN_WRONG,
    COLUMN_LOCKS,
    COLUMN_LOCAL,
    COLUMN_NEVER,
    COLUMN_SERVICE,
    COLUMN_PIN,
    COLUMNS
};

/* Cells between bars, without the blanks around them; false when the line is no row of the table.
 */
static bool split(const char *line, char cells[COLUMNS][CELL])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *end;
        size_t n;

        if (*line++ != '|' || (end = strchr(line, '|')) == NULL)
            return false;
        line += strspn(line, " ");
        n = (size_t)(end - line);
        while (n > 0 && line[n - 1] == ' ')
            n--;
        if (n >= CELL)
            return false;
        memcpy(cells[i], line, n);
        cells[i][n] = '\0';
        line = end;
    }
    return strcmp(line, "|\n") == 0;
}

/* Which of the words it is. */
static unsigned one_of(const char *cell, const char *const words[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(cell, words[i]) == 0)
            return i;
    fail_msg("docs/tokens.md says '%s' where only a few words are understood", cell);
    return 0;
}

static bool yes(const char *cell)
{
    static const char *const words[] = {"no", "yes"};

    return one_of(cell, words, 2) == 1;
}

static enum claim claim(const char *cell)
{
    static const char *const words[] = {
        [CLAIM_UNKNOWN] = "nothing", [CLAIM_NO] = "no", [CLAIM_YES] = "yes", [LATE] = "later"};
    unsigned said = one_of(cell, words, 4);

    return said == LATE ? CLAIM_YES : (enum claim)said;
}

static void understand(char cells[COLUMNS][CELL], struct limits *out)
{
    static const char *const set_up[] = {"no", "again", "new", "new, again"};
    static const char *const wrong[] = {"no", "last try", "low", "low, last try"};
    static const char *const service[] = {
        [SERVICE_NONE] = "has none", [SERVICE_NEEDED] = "no", [SERVICE_NOT_MISSED] = "yes"};
    static const char *const pin[] = {"no", "until logout", "not wiped"};
    unsigned shown = one_of(cells[COLUMN_WRONG], wrong, 4);
    unsigned setting = one_of(cells[COLUMN_SET_UP], set_up, 4);
    char *end;
    unsigned kept = one_of(cells[COLUMN_PIN], pin, 3);

    *out = (struct limits){
        .sets_up = (setting & 1) != 0,
        .grows = setting > 1,
        .destroys = yes(cells[COLUMN_DESTROYS]),
        .tells_low = shown > 1,
        .tells_last = (shown & 1) != 0,
        .tells_late = strcmp(cells[COLUMN_LOCAL], "later") == 0,
        .local = claim(cells[COLUMN_LOCAL]),
        .never_extractable = claim(cells[COLUMN_NEVER]),
        .service = (enum service)one_of(cells[COLUMN_SERVICE], service, 3),
        .pin_while_in = kept == 1,
        .pin_unwiped = kept == 2,
    };
    out->has[KEY_P256] = yes(cells[COLUMN_P256]);
    out->has[KEY_P384] = yes(cells[COLUMN_P384]);
    out->has[KEY_ED25519] = yes(cells[COLUMN_ED25519]);
    out->has[KEY_RSA] = yes(cells[COLUMN_RSA]);
    if (strcmp(cells[COLUMN_LOCKS], "never") != 0) {
        assert_true((out->locks = (unsigned)strtoul(cells[COLUMN_LOCKS], &end, 10)) > 0);
        out->one_lock = strcmp(end, ", all") == 0;
        assert_true(out->one_lock || *end == '\0');
    }
}

void limits_read(const char *document, const char *name, struct limits *out)
{
    FILE *f = fopen(document, "re");
    char line[1024], cells[COLUMNS][CELL];
    unsigned hits = 0;

    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (split(line, cells) && strcmp(cells[COLUMN_NAME], name) == 0 && ++hits == 1)
            understand(cells, out);
    fclose(f);
    if (hits != 1)
        fail_msg("%s has %u rows for stack '%s'", document, hits, name);
}
