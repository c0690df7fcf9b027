/* Configuration of dantind: one table of keys is parser, default, sample file and documentation. Rank 9;
 * const after start. The file is INI without sections: `key = value`, comments start with # or ;. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdio.h>

#include "common/base/error.h"
#include "common/base/log.h"

enum {
    CONFIG_TEXT_BYTES_MAX = 512,    /* of a value, NUL included */
    CONFIG_FOLDER_BYTES_MAX = 1024, /* of the data folder's absolute path, NUL included */
    CONFIG_FILE_BYTES_MAX = 65536,
};

struct config {
    char data[CONFIG_FOLDER_BYTES_MAX];    /* absolute path of the server's folder (--data); no key */
    char user[CONFIG_TEXT_BYTES_MAX];      /* user to run as when started as root */
    char listen[CONFIG_TEXT_BYTES_MAX];    /* HOST:PORT for clients; port 0 picks a free one */
    char metrics[CONFIG_TEXT_BYTES_MAX];   /* HOST:PORT for metrics and health; "" = off */
    char log_level[CONFIG_TEXT_BYTES_MAX]; /* error, warn, info, debug */
    char names[CONFIG_TEXT_BYTES_MAX];    /* names and addresses in the server's certificate, comma between */
    char database[CONFIG_TEXT_BYTES_MAX]; /* libpq connection string without user; "" = the private cluster */
    char database_admin[CONFIG_TEXT_BYTES_MAX]; /* login role that migrates a database named above */
    char master_key[CONFIG_TEXT_BYTES_MAX];     /* file of the master key; "" = DIR/master.key */
    char postgres_bin[CONFIG_TEXT_BYTES_MAX];   /* folder of initdb and postgres; "" = found by itself */
    char branch_list[CONFIG_TEXT_BYTES_MAX];    /* code list of the province's own branches */
    char province_code[CONFIG_TEXT_BYTES_MAX];  /* code of the province's branch in it */
    unsigned read_connections;                  /* size of the read pool */
    unsigned statement_timeout_ms;              /* of a consolidated query */
    unsigned small_cell_min;                    /* smallest sensitive figure shown to everybody */
    unsigned look_hour_persons;                 /* reading more of one device is unusual: in an hour, */
    unsigned look_day_persons;                  /* in a day, */
    unsigned look_usual_times;                  /* times its own usual day */
    unsigned connections_max;                   /* TLS connections at once */
    unsigned idle_timeout_ms;                   /* silence before a ping; twice that cuts */
};

/* Defaults of every key; data is "". */
void config_init(struct config *config);
/* Set one key. ERR_CONFIG with a sentence: unknown key, or a value that is no number or out of its range. */
MUST_CHECK enum err config_set(struct config *config, const char *key, const char *value,
                               enum language language, struct error *ret_error);
/* Read a file over what `config` holds. A missing file is ERR_NOT_FOUND. ERR_CONFIG: the sentence names the
 * line. On failure config is untouched. */
MUST_CHECK enum err config_read(struct config *config, const char *path, enum language language,
                                struct error *ret_error);
/* Relations between values: addresses that parse, a known log level. ERR_CONFIG with a sentence. */
MUST_CHECK enum err config_check(const struct config *config, enum language language,
                                 struct error *ret_error);
/* Split "HOST:PORT" or "[V6]:PORT". ERR_CONFIG: neither. */
MUST_CHECK enum err config_address(const char *text, char ret_host[CONFIG_TEXT_BYTES_MAX],
                                   unsigned *ret_port);
/* The level named by log_level; LOG_INFO for any other text. */
enum log_level config_log_level(const struct config *config);
/* A file with every key, its meaning and its default. */
void config_print_sample(FILE *out, enum language language);
/* The values in force, one `key = value` per line; passwords in them are not shown. */
void config_print(FILE *out, const struct config *config);

#endif
