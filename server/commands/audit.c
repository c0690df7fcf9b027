/* dantind audit list, subject, export, check: the log of reads (server/store/look.h), for the auditor at the server. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/record/date.h"
#include "server/app_keys.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/look_listing.h"
#include "server/config.h"
#include "server/store/database.h"
#include "server/store/look.h"
#include "server/store/look_check.h"

enum { AUDIT_NUMBER_BYTES = 24, VIETNAM_OFFSET_MS = 7 * 3600 * 1000 };

struct audit {
    const struct options *options;
    bool is_vi;
    struct config config;
    struct database_session session;
    struct look_listing listing;
    char from[AUDIT_NUMBER_BYTES], to[AUDIT_NUMBER_BYTES];
    char subject[ID_HEX_BYTES], record[ID_HEX_BYTES];
    uint64_t count;
};

static enum err start(const struct options *options, const char *record, struct audit *audit,
                      struct error *ret_error);
static enum err open_database(struct audit *audit, struct error *ret_error);
static enum err read_moment(const struct audit *audit, const char *text, int days_more,
                            char ret_ms[AUDIT_NUMBER_BYTES], struct error *ret_error);
static enum err find_subject(struct audit *audit, const char *text, struct error *ret_error);
static enum err read_noted(const struct audit *audit, const char *text, uint64_t *ret_number,
                           struct hash *ret_hash, struct error *ret_error);
static enum err tell_check(const struct audit *audit, const struct look_check *check,
                           struct error *ret_error);

enum err command_audit_list(const struct options *options, struct error *ret_error)
{
    struct audit audit = {.listing = {.out = stdout}};
    enum err err = options->argument_count == 0
                       ? start(options, options->subject, &audit, ret_error)
                       : error_set(ret_error, ERR_USAGE, "%s", err_text(ERR_USAGE, options->language));
    if (err == ERR_OK) {
        err = open_database(&audit, ret_error);
    }
    if (err == ERR_OK) {
        err = look_listing_print(audit.session.connection, &audit.listing, &audit.count, ret_error);
    }
    context_close_database(&audit.session);
    return err;
}

enum err command_audit_subject(const struct options *options, struct error *ret_error)
{
    struct audit audit = {.listing = {.out = stdout}};
    enum err err = options->argument_count == 1 ? start(options, options->arguments[0], &audit, ret_error)
                                                : error_set(ret_error, ERR_USAGE, "audit subject RECORD");
    if (err == ERR_OK) {
        err = open_database(&audit, ret_error);
    }
    if (err == ERR_OK) {
        err = look_listing_print(audit.session.connection, &audit.listing, &audit.count, ret_error);
    }
    if (err == ERR_OK) {
        (void)fprintf(
            stderr,
            audit.is_vi
                ? "%" PRIu64 " lần đọc. listed: có ghi đúng bản ghi này; possible: đọc quá nhiều người để "
                  "ghi từng người, "
                  "ở một đơn vị mà bản ghi từng thuộc về.\n"
                : "%" PRIu64
                  " looks. listed: at this record; possible: at too many persons to be listed, of a unit the "
                  "record has belonged to.\n",
            audit.count);
    }
    context_close_database(&audit.session);
    return err;
}

enum err command_audit_export(const struct options *options, struct error *ret_error)
{
    struct audit audit = {.listing = {.is_csv = true}};
    enum err err = options->argument_count == 1 ? start(options, options->subject, &audit, ret_error)
                                                : error_set(ret_error, ERR_USAGE, "audit export FILE");
    if (err != ERR_OK) {
        return err;
    }
    int fd = open(options->arguments[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    audit.listing.out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (audit.listing.out == NULL) {
        return error_set(ret_error, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s: %s", options->arguments[0],
                         strerror(errno));
    }
    err = open_database(&audit, ret_error);
    if (err == ERR_OK) {
        err = look_listing_print(audit.session.connection, &audit.listing, &audit.count, ret_error);
    }
    bool is_written = fflush(audit.listing.out) == 0 && ferror(audit.listing.out) == 0 && fsync(fd) == 0;
    is_written = fclose(audit.listing.out) == 0 && is_written;
    if (err == ERR_OK && !is_written) {
        err = error_set(ret_error, ERR_IO, "%s: %s", options->arguments[0], strerror(errno));
    }
    context_close_database(&audit.session);
    return err;
}

enum err command_audit_check(const struct options *options, struct error *ret_error)
{
    struct audit audit = {0};
    struct look_check check = {0};
    uint64_t noted_number = 0;
    struct hash noted_hash = {0};
    enum err err = start(options, NULL, &audit, ret_error);
    if (err == ERR_OK && options->argument_count > 0) {
        err = read_noted(&audit, options->arguments[0], &noted_number, &noted_hash, ret_error);
    }
    if (err == ERR_OK) {
        err = open_database(&audit, ret_error);
    }
    if (err == ERR_OK) {
        err = look_check_run(audit.session.connection, noted_number, &noted_hash, &check, ret_error);
    }
    context_close_database(&audit.session);
    return err == ERR_OK ? tell_check(&audit, &check, ret_error) : err;
}

/* Options and the key; what is read as the user who asks is read before privileges are dropped. record: NULL: of any. */
static enum err start(const struct options *options, const char *record, struct audit *audit,
                      struct error *ret_error)
{
    audit->options = options;
    audit->is_vi = options->language == LANGUAGE_VI;
    enum err err = command_config(options, &audit->config, ret_error);
    if (err == ERR_OK && options->from != NULL) {
        err = read_moment(audit, options->from, 0, audit->from, ret_error);
        audit->listing.from_ms = audit->from;
    }
    if (err == ERR_OK && options->to != NULL) {
        err = read_moment(audit, options->to, 1, audit->to, ret_error);
        audit->listing.to_ms = audit->to;
    }
    if (err == ERR_OK && options->device != NULL &&
        strspn(options->device, "0123456789abcdef") != strlen(options->device)) {
        err = error_set(ret_error, ERR_USAGE, "--device %s", options->device);
    }
    audit->listing.device = options->device;
    if (err == ERR_OK && record != NULL) {
        err = find_subject(audit, record, ret_error);
    }
    audit->listing.has_alarms_only = options->wants_alarms;
    return err;
}

static enum err open_database(struct audit *audit, struct error *ret_error)
{
    enum err err = context_open_database(audit->options, &audit->config, &audit->session, ret_error);
    return err == ERR_OK ? database_run_file(audit->session.connection, "queries/province_device.sql", NULL,
                                             0, NULL, ret_error)
                         : err;
}

/* The beginning of a day, in ms; days_more: of a later one. */
static enum err read_moment(const struct audit *audit, const char *text, int days_more,
                            char ret_ms[AUDIT_NUMBER_BYTES], struct error *ret_error)
{
    int32_t days = 0;
    if (date_parse(bytes_of_text(text), &days) != ERR_OK) {
        return error_set(ret_error, ERR_USAGE, audit->is_vi ? "“%s” không phải là ngày" : "\"%s\" is no date",
                         text);
    }
    (void)snprintf(ret_ms, AUDIT_NUMBER_BYTES, "%" PRId64,
                   ((int64_t)days + days_more) * 86400000 - VIETNAM_OFFSET_MS);
    return ERR_OK;
}

/* 32 hex digits, with or without the dashes of a uuid. */
static enum err find_subject(struct audit *audit, const char *text, struct error *ret_error)
{
    uint8_t key[STORE_LOOK_KEY_BYTES];
    struct id record = {0};
    size_t len = 0;
    for (const char *at = text; *at != 0 && len < sizeof audit->record; at++) {
        if (*at != '-') {
            audit->record[len++] = *at;
        }
    }
    audit->record[len < sizeof audit->record ? len : 0] = 0;
    if (hex_decode(audit->record, record.at, ID_BYTES) != ERR_OK) {
        return error_set(ret_error, ERR_USAGE,
                         audit->is_vi ? "“%s” không phải mã bản ghi" : "\"%s\" is no record id", text);
    }
    enum err err = app_keys_look(&audit->config, audit->options->language, false, key, ret_error);
    if (err == ERR_OK) {
        struct id subject = look_subject(key, &record);
        hex_encode(bytes_of(subject.at, ID_BYTES), audit->subject);
        audit->listing.subject = audit->subject;
        audit->listing.record = audit->record;
    }
    return err;
}

/* NUMBER:HASH, as the line looks_sealed of the server's log says them. */
static enum err read_noted(const struct audit *audit, const char *text, uint64_t *ret_number,
                           struct hash *ret_hash, struct error *ret_error)
{
    char *colon = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &colon, 10);
    if (errno != 0 || number == 0 || *colon != ':' ||
        hex_decode(colon + 1, ret_hash->at, HASH_BYTES) != ERR_OK) {
        return error_set(ret_error, ERR_USAGE,
                         audit->is_vi ? "cần SỐ:MÃ BĂM như ở dòng looks_sealed của nhật ký"
                                      : "NUMBER:HASH is needed, as in a line looks_sealed of the log");
    }
    *ret_number = number;
    return ERR_OK;
}

static enum err tell_check(const struct audit *audit, const struct look_check *check, struct error *ret_error)
{
    static const char *const faults[][2] = {
        [LOOK_SOUND] = {"", ""},
        [LOOK_LINK_MISSING] = {"thiếu mắt xích", "a link is missing"},
        [LOOK_GONE] = {"dòng đọc đã bị xoá", "the look was removed"},
        [LOOK_CHANGED] = {"dòng đọc đã bị sửa", "the look was changed"},
        [LOOK_SLIPPED_IN] = {"dòng đọc được chèn vào sau", "a look was slipped in later"},
        [LOOK_OTHER_CHAIN] = {"không phải chuỗi đã ghi nhận", "this is not the chain that was noted"},
    };
    char end[HASH_HEX_BYTES];
    hex_encode(bytes_of(check->end.at, HASH_BYTES), end);
    if (check->fault != LOOK_SOUND) {
        return error_set(ret_error, ERR_BAD_HASH,
                         audit->is_vi ? "sổ đọc không còn nguyên vẹn: %s (mắt xích %llu, dòng đọc %llu); "
                                        "%llu mắt xích trước đó đúng"
                                      : "the log of reads is not what it was: %s (link %llu, look %llu); "
                                        "%llu links before it are sound",
                         faults[check->fault][audit->is_vi ? 0 : 1], (unsigned long long)check->fault_number,
                         (unsigned long long)check->fault_look, (unsigned long long)check->link_count);
    }
    (void)printf(audit->is_vi ? "Sổ đọc nguyên vẹn: %llu dòng, mắt xích cuối %llu:%s; %llu dòng chưa vào "
                                "chuỗi; sổ cái ghi nhận đến mắt xích %llu.\n"
                              : "The log of reads is sound: %llu looks, newest link %llu:%s; %llu looks not "
                                "yet chained; in the journal up to link %llu.\n",
                 (unsigned long long)check->link_count + (unsigned long long)check->waiting,
                 (unsigned long long)check->link_count, end, (unsigned long long)check->waiting,
                 (unsigned long long)check->anchor);
    return ERR_OK;
}
