/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/names.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include "metadata/base/plain.h"

/* In UTF-16, to be freed; NULL: out of memory, or no UTF-8. */
static UChar *utf16_of(const char *s)
{
    size_t n = strlen(s);
    UChar *text = calloc(n + 1, sizeof *text);
    UErrorCode code = U_ZERO_ERROR;

    if (text != NULL)
        u_strFromUTF8(text, (int32_t)n + 1, NULL, s, (int32_t)n, &code);
    if (U_SUCCESS(code))
        return text;
    free(text);
    return NULL;
}

bool name_is_clear(const char *name)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar text[NAME_CLEAR_MAX + 1]; /* never more units than bytes */
    size_t n = strlen(name);
    int32_t units;

    if (n == 0 || n > NAME_CLEAR_MAX || name[0] == ' ' || name[n - 1] == ' ' ||
        !plain_is(span_str(name)))
        return false;
    u_strFromUTF8(text, NAME_CLEAR_MAX + 1, &units, name, (int32_t)n, &code);
    return unorm2_isNormalized(unorm2_getNFCInstance(&code), text, units, &code) && U_SUCCESS(code);
}

static int refuse_unclear(const char *name, struct err *e)
{
    struct bytes plain = {0};

    plain_put_str(&plain, name);
    err_set(e, ERR_INPUT, "'%s' is no name that can be read in one way only", bytes_str(&plain));
    bytes_clear(&plain);
    return err_todo(e, "write it in Unicode's form NFC, without characters that are not seen and "
                       "without blanks at its ends");
}

/* Skeletons are up to 18 times as long as the text (the ligature U+FDFA), case folding up to 3. */
#define GROWS 54

/* What people see of a name, to be freed. `folded`: without case first, else last: "AIice" has a
 * capital i for an l, "ALICE" none. NULL: out of memory. */
static UChar *look_of(const USpoofChecker *checker, const char *name, bool folded)
{
    UErrorCode code = U_ZERO_ERROR;
    UChar *text = utf16_of(name), *half = NULL, *look = NULL;
    int32_t n = text != NULL ? u_strlen(text) : 0, size = n * GROWS + 1, m;

    if (text != NULL && (half = calloc((size_t)size, sizeof *half)) != NULL &&
        (look = calloc((size_t)size, sizeof *look)) != NULL) {
        if (folded) {
            m = u_strFoldCase(half, size, text, n, U_FOLD_CASE_DEFAULT, &code);
            uspoof_getSkeleton(checker, 0, half, m, look, size, &code);
        } else {
            m = uspoof_getSkeleton(checker, 0, text, n, half, size, &code);
            u_strFoldCase(look, size, half, m, U_FOLD_CASE_DEFAULT, &code);
        }
    }
    free(text);
    free(half);
    half = U_SUCCESS(code) && look != NULL
               ? realloc(look, ((size_t)u_strlen(look) + 1) * sizeof *look)
               : NULL;
    if (half == NULL)
        free(look);
    return half;
}

struct look {
    const char *name;
    UChar *text;
};

static int by_look(const void *a, const void *b)
{
    const struct look *x = a, *y = b;
    int order = u_strcmp(x->text, y->text);

    return order != 0 ? order : strcmp(x->name, y->name);
}

/* false: out of memory. */
static bool find_alike(const USpoofChecker *checker, bool folded, struct look *looks, size_t n,
                       const char **a, const char **b)
{
    size_t known = 0;

    while (known < n && (looks[known].text = look_of(checker, looks[known].name, folded)) != NULL)
        known++;
    if (known == n)
        qsort(looks, n, sizeof *looks, by_look);
    for (size_t i = 1; known == n && *a == NULL && i < n; i++)
        if (u_strcmp(looks[i - 1].text, looks[i].text) == 0 &&
            strcmp(looks[i - 1].name, looks[i].name) != 0) {
            *a = looks[i - 1].name;
            *b = looks[i].name;
        }
    for (size_t i = 0; i < known; i++)
        free(looks[i].text);
    return known == n;
}

int names_alike(const char *const *names, size_t n, const char **a, const char **b, struct err *e)
{
    UErrorCode code = U_ZERO_ERROR;
    USpoofChecker *checker = uspoof_open(&code);
    struct look *looks = calloc(n + 1, sizeof *looks);
    bool known = U_SUCCESS(code) && looks != NULL;
    size_t m = 0;

    *a = *b = NULL;
    for (size_t i = 0; known && i < n; i++)
        if (strlen(names[i]) <= NAME_LOOK_MAX)
            looks[m++].name = names[i];
    known = known && find_alike(checker, true, looks, m, a, b);
    if (known && *a == NULL)
        known = find_alike(checker, false, looks, m, a, b);
    uspoof_close(checker);
    free(looks);
    return known ? 0 : err_oom(e);
}

int names_check(const char *const *names, size_t n, struct err *e)
{
    UErrorCode code = U_ZERO_ERROR;
    const char *a, *b;

    (void)unorm2_getNFCInstance(&code); /* without its tables no name is clear */
    if (U_FAILURE(code))
        return err_oom(e);
    for (size_t i = 0; i < n; i++)
        if (!name_is_clear(names[i]))
            return refuse_unclear(names[i], e);
    if (names_alike(names, n, &a, &b, e) != 0)
        return -1;
    if (a == NULL)
        return 0;
    err_set(e, ERR_INPUT, "the names '%s' and '%s' look alike", a, b);
    return err_todo(e, "write one of them otherwise; if two people share a name, add an initial");
}
