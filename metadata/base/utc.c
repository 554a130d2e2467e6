/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/base/utc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct date {
    int64_t year;
    unsigned month, day; /* from 1 */
};

/* Days since 1970-01-01 and back, in eras of 400 years that begin on 1 March, so that the leap day
 * is the last of its year (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(struct date d)
{
    int64_t year = d.year - (d.month <= 2), era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * ((int64_t)d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t days)
{
    int64_t z = days + 719468, era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);

    return (struct date){yoe + era * 400 + (month <= 2), month,
                         (unsigned)(doy - (153 * mp + 2) / 5 + 1)};
}

static unsigned days_in(int64_t year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static unsigned number_at(struct span s, size_t at, size_t n)
{
    unsigned value = 0;

    for (size_t i = at; i < at + n; i++)
        value = value * 10 + (unsigned)(s.p[i] - '0');
    return value;
}

int utc_parse(struct span text, utc_t *out, struct err *e)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    struct date d;
    unsigned hour, minute, second;
    bool fits = text.n == sizeof shape - 1;

    for (size_t i = 0; fits && i < text.n; i++)
        fits =
            shape[i] == 'd' ? text.p[i] >= '0' && text.p[i] <= '9' : text.p[i] == (uint8_t)shape[i];
    if (!fits) {
        err_set(e, ERR_INPUT, "'%.*s' is no time of the form YYYY-MM-DDTHH:MM:SSZ",
                (int)(text.n > 40 ? 40 : text.n), (const char *)text.p);
        return err_todo(e,
                        "write it in UTC, without fractions and offset, as 2027-11-23T00:00:00Z");
    }
    d = (struct date){number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2)};
    hour = number_at(text, 11, 2);
    minute = number_at(text, 14, 2);
    second = number_at(text, 17, 2);
    if (d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > days_in(d.year, d.month) || hour > 23 || minute > 59 || second > 59)
        return err_set(e, ERR_INPUT, "'%.*s' is no date of the calendar", (int)text.n,
                       (const char *)text.p);
    *out = days_of(d) * UTC_DAY + hour * 3600 + minute * 60 + second;
    return 0;
}

int utc_parse_day(struct span text, utc_t *out, struct err *e)
{
    char at[UTC_SIZE] = "";

    if (text.n == strlen("2026-11-23"))
        snprintf(at, sizeof at, "%.10sT00:00:00Z", (const char *)text.p);
    if (utc_parse(span_str(at), out, e) == 0)
        return 0;
    err_set(e, ERR_INPUT, "'%.*s' is no date", (int)(text.n > 40 ? 40 : text.n),
            (const char *)text.p);
    return err_todo(e, "write it in UTC as year-month-day, for example 2026-11-23");
}

void utc_format(utc_t t, char out[UTC_SIZE])
{
    struct date d = date_of(t / UTC_DAY);
    unsigned of_day = (unsigned)(t % UTC_DAY);

    if (snprintf(out, UTC_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)d.year % 10000U,
                 d.month % 100U, d.day % 100U, of_day / 3600 % 24U, of_day / 60 % 60,
                 of_day % 60) < 0)
        out[0] = '\0';
}

struct utc_text utc_text(utc_t t)
{
    struct utc_text out;
    char at[UTC_SIZE];

    utc_format(t, at);
    snprintf(out.day, sizeof out.day, "%.10s", at);
    snprintf(out.time, sizeof out.time, "%.8s", at + sizeof out.day);
    return out;
}

int duration_parse(struct span text, struct duration *out, struct err *e)
{
    static const struct {
        const char *name;
        unsigned most; /* a century: beyond it somebody mistyped, and years stay below 9999 */
    } units[] = {{"year", 100}, {"month", 1200}, {"day", 36525}, {"hour", 876600}};
    unsigned n = 0;
    size_t at = 0, left;

    while (at < text.n && at < 6 && text.p[at] >= '0' && text.p[at] <= '9')
        n = n * 10 + (unsigned)(text.p[at++] - '0');
    for (size_t i = 0; n > 0 && at < text.n && text.p[at] == ' ' && i < 4; i++) {
        size_t length = strlen(units[i].name);

        left = text.n - at - 1;
        if (left < length || left > length + 1 ||
            memcmp(text.p + at + 1, units[i].name, length) != 0 || n > units[i].most ||
            (left == length + 1 && text.p[text.n - 1] != 's'))
            continue;
        *out = (struct duration){i == 0 ? n : 0, i == 1 ? n : 0, i == 2 ? n : 0, i == 3 ? n : 0};
        return 0;
    }
    err_set(e, ERR_INPUT, "'%.*s' is no duration", (int)(text.n > 40 ? 40 : text.n),
            (const char *)text.p);
    return err_todo(e, "write a number and a unit, as \"1 year\", \"18 months\", \"90 days\", "
                       "of a century at most");
}

void duration_format(struct duration d, char *out, size_t size)
{
    const struct {
        unsigned n;
        const char *name;
    } units[] = {{d.years, "year"}, {d.months, "month"}, {d.days, "day"}, {d.hours, "hour"}};
    size_t i = 0;

    while (i < 3 && units[i].n == 0)
        i++;
    snprintf(out, size, "%u %s%s", units[i].n, units[i].name, units[i].n == 1 ? "" : "s");
}

utc_t utc_add(utc_t t, struct duration dur)
{
    struct date d = date_of(t / UTC_DAY);
    int64_t months = (int64_t)d.month - 1 + dur.months;

    d.year += dur.years + months / 12;
    d.month = (unsigned)(months % 12) + 1;
    if (d.day > days_in(d.year, d.month))
        d.day = days_in(d.year, d.month);
    return (days_of(d) + dur.days) * UTC_DAY + t % UTC_DAY + (int64_t)dur.hours * 3600;
}

void utc_distance(utc_t now, utc_t t, struct bytes *out)
{
    static const struct {
        int64_t from, seconds;
        const char *one, *many;
    } rows[] = {
        {730 * UTC_DAY, 365 * UTC_DAY, "year", "years"},
        {60 * UTC_DAY, 30 * UTC_DAY + 37800, "month", "months"},
        {2 * UTC_DAY, UTC_DAY, "day", "days"},
        {7200, 3600, "hour", "hours"},
        {0, 60, "minute", "minutes"},
    };
    int64_t far = t > now ? t - now : now - t, n;
    size_t i = 0;

    while (far < rows[i].from)
        i++;
    n = (far + rows[i].seconds / 2) / rows[i].seconds;
    bytes_printf(out, "%s%" PRId64 " %s%s", t > now ? "in " : "", n,
                 n == 1 ? rows[i].one : rows[i].many, t > now ? "" : " ago");
}

void utc_put_expiry(utc_t expires, struct bytes *out)
{
    char at[UTC_SIZE];

    utc_format(expires, at);
    bytes_printf(out, UTC_EXPIRY_WORDS "%s", at);
}

void utc_put_expiry_seen(utc_t now, utc_t expires, struct bytes *out)
{
    utc_put_expiry(expires, out);
    bytes_put_str(out, " (");
    utc_distance(now, expires, out);
    bytes_put_str(out, expires <= now ? ": EXPIRED)" : ")");
}

void utc_put_expiry_day(utc_t now, utc_t expires, struct bytes *out)
{
    char at[UTC_SIZE];

    utc_format(expires, at);
    bytes_printf(out, UTC_EXPIRY_WORDS "%.10s (", at);
    utc_distance(now, expires, out);
    bytes_put_u8(out, ')');
}
