/* dantind breach-report: what a device that got into wrong hands could reach and what it read, or, for the server itself, what was read
 * since a moment. Writes a folder of lists (ids of records and names of fields, never a value) and what the notice must say.
 *
 * Reachable is what could be had at worst: a sender's device has its subtree's records whole, on its PC; a province's device whose role
 * submits can be given any record's content, in a conflict; one that only asks gets numbers, and ids behind numbers. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/record/date.h"
#include "common/record/privacy.h"
#include "common/wire/role.h"
#include "server/app_keys.h"
#include "server/commands/command.h"
#include "server/commands/context.h"
#include "server/commands/look_listing.h"
#include "server/config.h"
#include "server/store/database.h"
#include "server/store/look.h"

enum {
    BREACH_NUMBER_BYTES = 24,
    BREACH_KINDS_BYTES_MAX = 1024,
    BREACH_PATH_BYTES_MAX = 4096,
    BREACH_DEVICE_DIGITS_MIN = 8,
    VIETNAM_OFFSET_MS = 7 * 3600 * 1000,
};

enum breach_file { FILE_REACHABLE, FILE_FIELDS, FILE_READ, FILE_LOOKS, FILE_NOTICE, FILE_COUNT };
static const char *const file_names[FILE_COUNT] = {"reachable.csv", "fields.csv", "read.csv", "looks.csv",
                                                   "notice.txt"};

/* How far a field of a record in scope could be had. */
enum reach { REACH_WHOLE, REACH_NUMBERS };

struct subject {
    struct id subject;
    struct id record;
    enum record_kind kind;
};

/* Columns of breach_device.sql. */
enum {
    DEVICE_ID,
    DEVICE_SENDER,
    DEVICE_NAME,
    DEVICE_ROLE,
    DEVICE_IS_PROVINCE,
    DEVICE_EXACT,
    DEVICE_SUBMISSIONS,
    DEVICE_QUARANTINED
};

struct breach {
    const struct options *options;
    struct config config;
    struct database_session session;
    uint8_t key[STORE_LOOK_KEY_BYTES];
    const char *device; /* first digits; NULL: since a moment */
    char from[BREACH_NUMBER_BYTES];
    const char *scope[2]; /* parameters of breach_read, breach_totals: device, moment */
    struct pg_result *device_rows;
    enum reach reach;
    FILE *files[FILE_COUNT];
    char kinds[BREACH_KINDS_BYTES_MAX]; /* the personal ones, as an array's text */
    uint64_t reachable[KIND_MAX + 1];
    struct subject *subjects; /* of all records there are, by pseudonym */
    size_t subject_count;
    uint64_t looks, readers, unlisted, exact, read, unknown;
};

static enum err read_argument(struct breach *breach, struct error *ret_error);
static enum err open_files(struct breach *breach, struct error *ret_error);
static enum err close_files(struct breach *breach, struct error *ret_error);
static enum err open_database(struct breach *breach, struct error *ret_error);
static enum err find_device(struct breach *breach, struct error *ret_error);
static enum err list_reachable(struct breach *breach, struct error *ret_error);
static void list_fields(const struct breach *breach);
static void list_field(const struct breach *breach, const struct kind_schema *schema,
                       const struct list_schema *list, const struct field_schema *field);
static enum err load_subjects(struct breach *breach, struct error *ret_error);
static enum err list_read(struct breach *breach, struct error *ret_error);
static void list_read_row(struct breach *breach, const struct pg_result *rows, int row);
static enum err add_up(struct breach *breach, struct error *ret_error);
static void write_notice(const struct breach *breach, FILE *out);
static void write_device(const struct breach *breach, FILE *out);
static int compare_subjects(const void *left, const void *right);

enum err command_breach_report(const struct options *options, struct error *ret_error)
{
    struct breach *breach = calloc(1, sizeof *breach);
    if (breach == NULL) {
        return ERR_NO_MEMORY;
    }
    breach->options = options;
    enum err err = read_argument(breach, ret_error);
    err = err == ERR_OK ? open_files(breach, ret_error) : err;
    err = err == ERR_OK ? open_database(breach, ret_error) : err;
    err = err == ERR_OK ? find_device(breach, ret_error) : err;
    err = err == ERR_OK ? list_reachable(breach, ret_error) : err;
    err = err == ERR_OK ? load_subjects(breach, ret_error) : err;
    err = err == ERR_OK ? list_read(breach, ret_error) : err;
    err = err == ERR_OK ? add_up(breach, ret_error) : err;
    if (err == ERR_OK) {
        list_fields(breach);
        write_notice(breach, breach->files[FILE_NOTICE]);
        write_notice(breach, stdout);
    }
    enum err closed = close_files(breach, ret_error);
    err = err == ERR_OK ? closed : err;
    PQclear(breach->device_rows);
    context_close_database(&breach->session);
    free(breach->subjects);
    free(breach);
    return err;
}

/* A device by its first digits, else a day, or a day and an hour:minute with a space between. */
static enum err read_argument(struct breach *breach, struct error *ret_error)
{
    const struct options *options = breach->options;
    bool is_vi = options->language == LANGUAGE_VI;
    int32_t days = 0;
    unsigned hour = 0, minute = 0;
    if (options->argument_count != 2) {
        return error_set(ret_error, ERR_USAGE,
                         is_vi ? "cần THIẾT BỊ hoặc THỜI ĐIỂM, và tên một thư mục mới"
                               : "a DEVICE or a TIME is needed, and the name of a new folder");
    }
    const char *what = options->arguments[0];
    size_t day_len = strcspn(what, " ");
    if (strlen(what) >= BREACH_DEVICE_DIGITS_MIN && strlen(what) < HASH_HEX_BYTES &&
        strspn(what, "0123456789abcdef") == strlen(what)) {
        breach->device = breach->scope[0] = what;
    } else if (date_parse(bytes_of(what, day_len), &days) == ERR_OK &&
               (what[day_len] == 0 ||
                (sscanf(what + day_len, " %2u:%2u", &hour, &minute) == 2 && hour < 24 && minute < 60))) {
        int64_t ms = (int64_t)days * 86400000 + (int64_t)(hour * 60 + minute) * 60000 - VIETNAM_OFFSET_MS;
        (void)snprintf(breach->from, sizeof breach->from, "%" PRId64, ms);
        breach->scope[1] = breach->from;
    } else {
        return error_set(
            ret_error, ERR_USAGE,
            is_vi ? "“%s” không phải thiết bị (ít nhất 8 chữ số) cũng không phải thời điểm (31/12/2026 17:00)"
                  : "\"%s\" is neither a device (8 digits at least) nor a time (31/12/2026 17:00)",
            what);
    }
    enum err err = command_config(options, &breach->config, ret_error);
    return err == ERR_OK ? app_keys_look(&breach->config, options->language, false, breach->key, ret_error)
                         : err;
}

/* As the user who asks, before privileges are dropped. A folder of its own, closed to others. */
static enum err open_files(struct breach *breach, struct error *ret_error)
{
    char path[BREACH_PATH_BYTES_MAX];
    const char *folder = breach->options->arguments[1];
    if (mkdir(folder, 0700) != 0) {
        return error_set(ret_error, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s: %s", folder, strerror(errno));
    }
    for (int i = 0; i < FILE_COUNT; i++) {
        int len = snprintf(path, sizeof path, "%s/%s", folder, file_names[i]);
        int fd = len < (int)sizeof path
                     ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
                     : -1;
        breach->files[i] = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (breach->files[i] == NULL) {
            return error_set(ret_error, ERR_IO, "%s: %s", path, strerror(errno));
        }
    }
    return ERR_OK;
}

static enum err close_files(struct breach *breach, struct error *ret_error)
{
    enum err err = ERR_OK;
    for (int i = 0; i < FILE_COUNT; i++) {
        FILE *file = breach->files[i];
        bool is_written =
            file == NULL || (fflush(file) == 0 && ferror(file) == 0 && fsync(fileno(file)) == 0);
        is_written = (file == NULL || fclose(file) == 0) && is_written;
        if (!is_written) {
            err = error_set(ret_error, ERR_IO, "%s: %s", file_names[i], strerror(errno));
        }
    }
    return err;
}

static enum err open_database(struct breach *breach, struct error *ret_error)
{
    struct buf kinds;
    buf_init(&kinds, BREACH_KINDS_BYTES_MAX - 1);
    enum err err = buf_append_text(&kinds, "{");
    for (uint32_t kind = 1; err == ERR_OK && kind <= KIND_MAX; kind++) {
        if (schema_is_personal(schema_of(kind))) {
            err = buf_append_format(&kinds, "%s%s", kinds.len > 1 ? "," : "", schema_of(kind)->name);
        }
    }
    err = err == ERR_OK ? buf_append_text(&kinds, "}") : err;
    if (err == ERR_OK) {
        memcpy(breach->kinds, buf_content(&kinds).at, buf_content(&kinds).len);
        err = context_open_database(breach->options, &breach->config, &breach->session, ret_error);
    }
    buf_release(&kinds);
    return err;
}

/* From here on the session sees what the device sees; without a device, what the province sees: everything. */
static enum err find_device(struct breach *breach, struct error *ret_error)
{
    bool is_vi = breach->options->language == LANGUAGE_VI;
    if (breach->device == NULL) {
        return database_run_file(breach->session.connection, "queries/province_device.sql", NULL, 0, NULL,
                                 ret_error);
    }
    enum err err = database_run_file(breach->session.connection, "queries/breach_device.sql", breach->scope,
                                     1, &breach->device_rows, ret_error);
    if (err == ERR_OK && PQntuples(breach->device_rows) != 1) {
        bool is_none = PQntuples(breach->device_rows) == 0;
        return error_set(
            ret_error, is_none ? ERR_NOT_FOUND : ERR_AMBIGUOUS,
            is_none ? (is_vi ? "không có thiết bị %s" : "there is no device %s")
                    : (is_vi ? "nhiều thiết bị có mã bắt đầu bằng %s" : "several devices begin with %s"),
            breach->device);
    }
    if (err == ERR_OK) {
        bool is_province = PQgetvalue(breach->device_rows, 0, DEVICE_IS_PROVINCE)[0] == 't';
        enum role role = role_of_name(PQgetvalue(breach->device_rows, 0, DEVICE_ROLE));
        breach->reach = !is_province || role == ROLE_COUNT || role_is_in(role, ROLES_WRITER) ? REACH_WHOLE
                                                                                             : REACH_NUMBERS;
    }
    return err;
}

static enum err list_reachable(struct breach *breach, struct error *ret_error)
{
    const char *parameters[] = {breach->kinds};
    struct pg_result *rows = NULL;
    FILE *out = breach->files[FILE_REACHABLE];
    enum err err = database_run_file(breach->session.connection, "queries/breach_visible.sql", parameters, 1,
                                     &rows, ret_error);
    (void)fputs("kind,record\r\n", out); /* told by ferror when closing, here and below */
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        const struct kind_schema *schema = schema_of_name(PQgetvalue(rows, row, 0));
        if (schema == NULL) {
            err = error_set(ret_error, ERR_DATABASE, "%s", PQgetvalue(rows, row, 0));
            break;
        }
        breach->reachable[schema->kind]++;
        (void)fprintf(out, "%s,%s\r\n", schema->name, PQgetvalue(rows, row, 1));
    }
    PQclear(rows);
    return err;
}

static void list_fields(const struct breach *breach)
{
    (void)fputs("kind,field,label,class,reachable\r\n", breach->files[FILE_FIELDS]);
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        if (breach->reachable[kind] == 0) {
            continue;
        }
        for (size_t i = 0; i < schema->field_count; i++) {
            list_field(breach, schema, NULL, &schema->fields[i]);
        }
        for (size_t i = 0; i < schema->list_count; i++) {
            for (size_t j = 0; j < schema->lists[i].item_count; j++) {
                list_field(breach, schema, &schema->lists[i], &schema->lists[i].items[j]);
            }
        }
    }
}

/* To who only asks: no name or date of anybody; what is coded, counted. */
static void list_field(const struct breach *breach, const struct kind_schema *schema,
                       const struct list_schema *list, const struct field_schema *field)
{
    bool is_counted = field->type == FIELD_CODE || field->type == FIELD_BOOLEAN ||
                      field->type == FIELD_INTEGER || field->type == FIELD_DATE;
    bool is_hidden = (field->flags & FIELD_IDENTIFYING) != 0;
    const char *reach = breach->reach == REACH_WHOLE            ? "whole"
                        : (field->flags & FIELD_SENSITIVE) != 0 ? "numbers, small ones hidden"
                        : is_counted && !is_hidden              ? "numbers"
                                                                : "no";
    bool is_exact = breach->device_rows != NULL && PQgetvalue(breach->device_rows, 0, DEVICE_EXACT)[0] == 't';
    if (breach->reach == REACH_NUMBERS && is_exact && (field->flags & FIELD_SENSITIVE) != 0) {
        reach = "exact numbers";
    }
    (void)fprintf(breach->files[FILE_FIELDS], "%s,%s%s%s,", schema->name, list != NULL ? list->name : "",
                  list != NULL ? "." : "", field->name);
    look_listing_cell(breach->files[FILE_FIELDS],
                      breach->options->language == LANGUAGE_VI ? field->label_vi : field->label_en);
    (void)fprintf(breach->files[FILE_FIELDS], ",%s,\"%s\"\r\n", privacy_class(field), reach);
}

/* Pseudonyms of all records there are, so that those in the log can be told. */
static enum err load_subjects(struct breach *breach, struct error *ret_error)
{
    const char *parameters[] = {breach->kinds};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(breach->session.connection, "queries/province_device.sql", NULL, 0, NULL,
                                     ret_error);
    if (err == ERR_OK) {
        err = database_run_file(breach->session.connection, "queries/breach_visible.sql", parameters, 1,
                                &rows, ret_error);
    }
    size_t count = err == ERR_OK ? (size_t)PQntuples(rows) : 0;
    breach->subjects = calloc(count + 1, sizeof *breach->subjects);
    if (err == ERR_OK && breach->subjects == NULL) {
        err = ERR_NO_MEMORY;
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        struct subject *subject = &breach->subjects[i];
        const struct kind_schema *schema = schema_of_name(PQgetvalue(rows, (int)i, 0));
        err = schema != NULL ? hex_decode(PQgetvalue(rows, (int)i, 1), subject->record.at, ID_BYTES)
                             : ERR_DATABASE;
        if (err == ERR_OK) {
            subject->kind = schema->kind;
            subject->subject = look_subject(breach->key, &subject->record);
            breach->subject_count++;
        }
    }
    if (breach->subjects != NULL && breach->subject_count > 0) {
        qsort(breach->subjects, breach->subject_count, sizeof *breach->subjects, compare_subjects);
    }
    PQclear(rows);
    return err;
}

static enum err list_read(struct breach *breach, struct error *ret_error)
{
    const struct look_listing listing = {.device = breach->scope[0],
                                         .from_ms = breach->scope[1],
                                         .is_csv = true,
                                         .out = breach->files[FILE_LOOKS]};
    struct pg_result *rows = NULL;
    enum err err = database_run_file(breach->session.connection, "queries/breach_read.sql", breach->scope, 2,
                                     &rows, ret_error);
    (void)fputs("kind,record,device,first,last,looks\r\n", breach->files[FILE_READ]);
    for (int row = 0; err == ERR_OK && row < PQntuples(rows); row++) {
        list_read_row(breach, rows, row);
    }
    PQclear(rows);
    return err == ERR_OK ? look_listing_print(breach->session.connection, &listing, &breach->looks, ret_error)
                         : err;
}

/* A record that is there no more, or of no person, is told by its pseudonym. */
static void list_read_row(struct breach *breach, const struct pg_result *rows, int row)
{
    char record[ID_HEX_BYTES];
    struct subject wanted = {0};
    const struct subject *found = NULL;
    if (hex_decode(PQgetvalue(rows, row, 0), wanted.subject.at, ID_BYTES) == ERR_OK &&
        breach->subject_count > 0) {
        found = bsearch(&wanted, breach->subjects, breach->subject_count, sizeof wanted, compare_subjects);
    }
    if (found != NULL) {
        hex_encode(bytes_of(found->record.at, ID_BYTES), record);
        breach->read++;
    } else {
        breach->unknown++;
    }
    (void)fprintf(breach->files[FILE_READ], "%s,%s,%s,%s,%s,%s\r\n",
                  found != NULL ? schema_of((uint32_t)found->kind)->name : "pseudonym",
                  found != NULL ? record : PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1),
                  PQgetvalue(rows, row, 2), PQgetvalue(rows, row, 3), PQgetvalue(rows, row, 4));
}

static enum err add_up(struct breach *breach, struct error *ret_error)
{
    struct pg_result *rows = NULL;
    enum err err = database_run_file(breach->session.connection, "queries/breach_totals.sql", breach->scope,
                                     2, &rows, ret_error);
    if (err == ERR_OK) {
        breach->readers = strtoull(PQgetvalue(rows, 0, 1), NULL, 10);
        breach->unlisted = strtoull(PQgetvalue(rows, 0, 2), NULL, 10);
        breach->exact = strtoull(PQgetvalue(rows, 0, 3), NULL, 10);
    }
    PQclear(rows);
    return err;
}

/* What Decree 13/2023 article 23 asks of a notice, as far as the program knows it; the rest is for people to fill in. */
static void write_notice(const struct breach *breach, FILE *out)
{
    bool is_vi = breach->options->language == LANGUAGE_VI;
    (void)fputs(
        is_vi ? "THÔNG BÁO VI PHẠM DỮ LIỆU CÁ NHÂN (bản nháp)\n"
                "Gửi Bộ Công an (A05) chậm nhất 72 giờ sau khi phát hiện; chưa đủ thì gửi từng phần. Nghị "
                "định 13/2023/NĐ-CP Điều 23; "
                "từ 1/1/2026: Luật 91/2025/QH15, Nghị định 356/2025/NĐ-CP. Đối chiếu văn bản đang có hiệu "
                "lực.\n\n"
                "1. Phát hiện lúc: ............  Xảy ra lúc, ở đâu, thế nào: ............\n2. Phạm vi:\n"
              : "NOTICE OF A BREACH OF PERSONAL DATA (draft)\n"
                "To the Ministry of Public Security (A05) within 72 hours of finding it; in stages where not "
                "all is known. Decree "
                "13/2023/ND-CP art. 23; from 1/1/2026: Law 91/2025/QH15, Decree 356/2025/ND-CP. Compare with "
                "the texts in force.\n\n"
                "1. Found at: ............  Happened when, where, how: ............\n2. Extent:\n",
        out);
    write_device(breach, out);
    (void)fputs(is_vi ? "3. Dữ liệu có thể bị tiếp cận (reachable.csv, fields.csv):\n"
                      : "3. Data that were reachable (reachable.csv, fields.csv):\n",
                out);
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        if (breach->reachable[kind] > 0) {
            (void)fprintf(out, "   %s: %" PRIu64 "\n",
                          is_vi ? schema_of(kind)->label_vi : schema_of(kind)->label_en,
                          breach->reachable[kind]);
        }
    }
    (void)fputs(
        breach->reach == REACH_WHOLE
            ? (is_vi ? "   Toàn bộ nội dung các bản ghi ấy, kể cả dữ liệu nhạy cảm (dân tộc, tôn giáo).\n"
                     : "   The whole content of these records, sensitive data (ethnicity, religion) "
                       "included.\n")
            : (is_vi ? "   Chỉ số liệu tổng hợp và mã bản ghi; không có họ tên, ngày sinh.\n"
                     : "   Numbers and ids of records alone; no names, no birth dates.\n"),
        out);
    (void)fprintf(
        out,
        is_vi ? "4. Đã thực sự đọc qua máy chủ, theo sổ đọc (read.csv, looks.csv): %" PRIu64
                " lần, bởi %" PRIu64 " thiết bị; %" PRIu64 " bản ghi về người được ghi rõ, %" PRIu64
                " mã khác; ngoài ra các lần đọc lớn không ghi từng người: %" PRIu64
                " lượt người; số chính xác về dân tộc, tôn giáo: %" PRIu64 " lần.\n"
              : "4. Actually read through the server, by the log of reads (read.csv, looks.csv): %" PRIu64
                " looks by %" PRIu64 " devices; %" PRIu64 " records about persons by id, %" PRIu64
                " other subjects; in large looks that list none: %" PRIu64
                " persons; exact figures on ethnicity or religion: %" PRIu64 " times.\n",
        breach->looks, breach->readers, breach->read, breach->unknown, breach->unlisted, breach->exact);
    (void)fputs(
        is_vi ? "5. Hậu quả có thể xảy ra: ............\n6. Biện pháp đã làm (thu hồi thiết bị, đổi khoá, "
                "báo cho người liên quan): ............\n"
                "7. Đơn vị, người phụ trách bảo vệ dữ liệu cá nhân và cách liên hệ: ............\n"
              : "5. Likely consequences: ............\n6. Measures taken (device revoked, keys changed, "
                "persons informed): ............\n"
                "7. Unit and officer in charge of data protection, and how to reach them: ............\n",
        out);
}

static void write_device(const struct breach *breach, FILE *out)
{
    bool is_vi = breach->options->language == LANGUAGE_VI;
    const struct pg_result *rows = breach->device_rows;
    if (rows == NULL) {
        (void)fprintf(out, is_vi ? "   toàn máy chủ, từ %s\n" : "   the whole server, since %s\n",
                      breach->options->arguments[0]);
        return;
    }
    (void)fprintf(out,
                  is_vi ? "   thiết bị %s, đơn vị %s (%s), vai trò %s, đã nộp %s lần%s\n"
                        : "   device %s of sender %s (%s), role %s, %s submissions%s\n",
                  PQgetvalue(rows, 0, DEVICE_ID), PQgetvalue(rows, 0, DEVICE_SENDER),
                  PQgetvalue(rows, 0, DEVICE_NAME), PQgetvalue(rows, 0, DEVICE_ROLE),
                  PQgetvalue(rows, 0, DEVICE_SUBMISSIONS),
                  PQgetvalue(rows, 0, DEVICE_QUARANTINED)[0] != 't' ? ""
                  : is_vi                                           ? ", đang bị cách ly"
                                                                    : ", in quarantine");
}

static int compare_subjects(const void *left, const void *right)
{
    const struct subject *a = left;
    const struct subject *b = right;
    return memcmp(a->subject.at, b->subject.at, ID_BYTES);
}
