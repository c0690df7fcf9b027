#include "server/store/look_check.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crypto/hash.h"
#include "server/store/database.h"

enum { NUMBER_BYTES_MAX = 24 };

enum link_column { LINK_NUMBER, LINK_LOOK, LINK_HASH, LINK_BYTES, LINK_IS_OTHER };

struct checking {
    struct look_check check;
    uint64_t newest_look;
    uint64_t noted_number;
    const struct hash *noted_hash;
    struct hasher *hasher;
};

static enum err check_link(struct checking *checking, const struct pg_result *rows, int row);
static enum err hash_link(struct checking *checking, const char *hex, struct hash *ret_hash);
static enum err check_loose(struct checking *checking, struct pg_conn *connection, struct error *ret_error);
static void set_fault(struct checking *checking, enum look_fault fault, uint64_t number, uint64_t look);
static uint64_t number_at(const struct pg_result *rows, int row, int column);

enum err look_check_run(struct pg_conn *connection, uint64_t noted_number, const struct hash *noted_hash,
                        struct look_check *ret_check, struct error *ret_error)
{
    struct checking checking = {.noted_number = noted_number, .noted_hash = noted_hash};
    char after[NUMBER_BYTES_MAX];
    const char *parameters[] = {after};
    bool is_over = false;
    enum err err = ERR_OK;
    checking.hasher = hasher_new();
    checking.check.end = hash_of_one(bytes_of_text("dantin/look"));
    if (checking.hasher == NULL) {
        return ERR_NO_MEMORY;
    }
    while (err == ERR_OK && !is_over && checking.check.fault == LOOK_SOUND) {
        struct pg_result *rows = NULL;
        (void)snprintf(after, sizeof after, "%" PRIu64, checking.check.link_count);
        err = database_run_file(connection, "queries/look_links.sql", parameters, 1, &rows, ret_error);
        is_over = err != ERR_OK || PQntuples(rows) == 0;
        for (int row = 0; err == ERR_OK && row < PQntuples(rows) && checking.check.fault == LOOK_SOUND;
             row++) {
            err = check_link(&checking, rows, row);
        }
        PQclear(rows);
    }
    if (err == ERR_OK && checking.check.fault == LOOK_SOUND && noted_number > checking.check.link_count) {
        set_fault(&checking, LOOK_OTHER_CHAIN, noted_number, 0);
    }
    if (err == ERR_OK && checking.check.fault == LOOK_SOUND) {
        err = check_loose(&checking, connection, ret_error);
    }
    hasher_free(checking.hasher);
    if (err == ERR_OK) {
        *ret_check = checking.check;
    }
    return err;
}

static enum err check_link(struct checking *checking, const struct pg_result *rows, int row)
{
    struct look_check *check = &checking->check;
    uint64_t number = number_at(rows, row, LINK_NUMBER);
    uint64_t look = number_at(rows, row, LINK_LOOK);
    struct hash said;
    struct hash hash;
    if (number != check->link_count + 1) {
        set_fault(checking, LOOK_LINK_MISSING, check->link_count + 1, 0);
    } else if (PQgetisnull(rows, row, LINK_BYTES)) {
        set_fault(checking, LOOK_GONE, number, look);
    } else if (look <= checking->newest_look) {
        set_fault(checking, LOOK_SLIPPED_IN, number, look);
    }
    if (check->fault != LOOK_SOUND) {
        return ERR_OK;
    }
    enum err err = hex_decode(PQgetvalue(rows, row, LINK_HASH), said.at, HASH_BYTES);
    err = err == ERR_OK ? hash_link(checking, PQgetvalue(rows, row, LINK_BYTES), &hash) : ERR_DATABASE;
    if (err != ERR_OK) {
        return err;
    }
    if (!hash_equal(&said, &hash)) {
        set_fault(checking, LOOK_CHANGED, number, look);
    } else if ((number == checking->noted_number && !hash_equal(&hash, checking->noted_hash)) ||
               PQgetvalue(rows, row, LINK_IS_OTHER)[0] == 't') {
        set_fault(checking, LOOK_OTHER_CHAIN, number, look);
    } else {
        check->link_count = number;
        check->end = hash;
        checking->newest_look = look;
    }
    return ERR_OK;
}

/* SHA-256(hash before ‖ bytes of the look). */
static enum err hash_link(struct checking *checking, const char *hex, struct hash *ret_hash)
{
    size_t len = strlen(hex) / 2;
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    if (bytes == NULL) {
        return ERR_NO_MEMORY;
    }
    enum err err = hex_decode(hex, bytes, len);
    if (err == ERR_OK) {
        hasher_start(checking->hasher);
        hasher_add(checking->hasher, bytes_of(checking->check.end.at, HASH_BYTES));
        hasher_add(checking->hasher, bytes_of(bytes, len));
        *ret_hash = hasher_finish(checking->hasher);
    }
    free(bytes);
    return err == ERR_OK ? ERR_OK : ERR_DATABASE;
}

static enum err check_loose(struct checking *checking, struct pg_conn *connection, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(connection, "queries/look_loose.sql", NULL, 0, &rows, ret_error);
    if (err == ERR_OK) {
        checking->check.waiting = number_at(rows, 0, 1);
        checking->check.anchor = number_at(rows, 0, 2);
        if (checking->check.anchor > checking->check.link_count) {
            set_fault(checking, LOOK_OTHER_CHAIN, checking->check.anchor, 0);
        } else if (!PQgetisnull(rows, 0, 0)) {
            set_fault(checking, LOOK_SLIPPED_IN, 0, number_at(rows, 0, 0));
        }
    }
    PQclear(rows);
    return err;
}

static void set_fault(struct checking *checking, enum look_fault fault, uint64_t number, uint64_t look)
{
    checking->check.fault = fault;
    checking->check.fault_number = number;
    checking->check.fault_look = look;
}

static uint64_t number_at(const struct pg_result *rows, int row, int column)
{
    return strtoull(PQgetvalue(rows, row, column), NULL, 10);
}
