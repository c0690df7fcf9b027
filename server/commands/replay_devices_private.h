/* What the files of the replay of acts share: replay_devices.c (the journal), replay_devices_tables.c (the tables). Rank 9. */
#ifndef SERVER_COMMANDS_REPLAY_DEVICES_PRIVATE_H
#define SERVER_COMMANDS_REPLAY_DEVICES_PRIVATE_H

#include "common/base/hash_table.h"
#include "server/commands/replay_devices.h"

struct device {
    char id[HASH_HEX_BYTES];
    char public_key[HASH_HEX_BYTES]; /* in force */
    char sender[ID_HEX_BYTES];
    const char *role;
    const char *keys;  /* as the query words them; of the log those after its first */
    uint64_t sequence; /* of its newest entry */
    char envelope_hash[HASH_HEX_BYTES];
    uint64_t released; /* entries there were after the act that ended its quarantine; 0: none did */
    bool is_log, is_province, may_see_exact, is_revoked;
    bool is_found;
    UT_hash_handle hh;
};

struct operator_row {
    const char *name;
    char public_key[HASH_HEX_BYTES];
    bool has_ended;
    bool is_found;
    UT_hash_handle hh;
};

/* An act on witnesses, as the query words it. */
struct witness_row {
    uint64_t position;
    const char *senders;
    struct witness_row *next;
};

struct replay_acts {
    enum language language;
    struct error *ret_error;
    struct arena kept;
    struct arena row;
    struct device *devices;
    struct operator_row *operators;
    struct witness_row *witnesses;
    struct witness_row **witnesses_end;
};

/* NULL: no act enrolled it. */
struct device *replay_devices_find(const struct replay_acts *acts, const char *id);

/* Row by row what the tables say against what the acts gave. */
MUST_CHECK enum err replay_devices_tables(struct replay_acts *acts, struct pg_conn *connection,
                                          uint64_t *ret_rows, struct table_difference *difference);

#endif
