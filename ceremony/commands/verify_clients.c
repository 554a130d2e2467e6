/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/commands/verify_clients.h"

/* A client that was not run is not said to accept more than its rules do. */
void verify_clients_print(const struct client_report *r)
{
    if (!r->accepted)
        return;
    out_line("Stock clients, by the rules in which they part:");
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        const char *why = r->stock.why[c];

        out_line("    %-10s  %s%s", stock_client_name(c), why != NULL ? "refuses: " : "accepts",
                 why != NULL ? why : "");
    }
}

unsigned verify_clients_names(const struct client_report *r, bool refuse, struct bytes *out)
{
    unsigned n = 0, put = 0;

    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        n += (r->stock.why[c] != NULL) == refuse;
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        if ((r->stock.why[c] != NULL) != refuse)
            continue;
        bytes_put_str(out, put == 0 ? "" : put + 1 == n ? " and " : ", ");
        bytes_put_str(out, stock_client_name(c));
        put++;
    }
    return n;
}

void verify_clients_json(const struct client_report *r, cJSON *tree)
{
    cJSON *clients, *one;

    if (!r->accepted)
        return;
    clients = cJSON_AddObjectToObject(tree, "clients");
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        one = cJSON_AddObjectToObject(clients, stock_client_name(c));
        cJSON_AddBoolToObject(one, "accepts", r->stock.why[c] == NULL);
        if (r->stock.why[c] != NULL)
            cJSON_AddStringToObject(one, "reason", r->stock.why[c]);
    }
}

int verify_clients_judge(const struct invocation *in, const struct client_report *r, struct err *e)
{
    unsigned n = 0, one = 0;

    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        if (r->stock.why[c] != NULL) {
            n++;
            one = c;
        }
    if (!r->accepted || n == 0 || (n < STOCK_CLIENTS && !in_has(in, "strict")))
        return 0;
    err_set(e, ERR_INPUT,
            n == STOCK_CLIENTS ? "every stock client refuses this; %s: %s" : "%s refuses this: %s",
            stock_client_name(one), r->stock.why[one]);
    return err_todo(e, "use what every client reads: see 'Stock clients' in the output");
}
