/* Configuration of dantind: the table of keys and what is done with it. */
#include "server/config.h"

#include <ini.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "server/store/database.h"

enum key_type { KEY_TEXT, KEY_CONNINFO /* text that may hold a password */, KEY_NUMBER };

struct key {
    const char *name;
    enum key_type type;
    size_t offset; /* of the value in struct config */
    const char *preset;
    unsigned min; /* numbers only */
    unsigned max;
    const char *help_vi;
    const char *help_en;
};

static const struct key keys[] = {
    {"user", KEY_TEXT, offsetof(struct config, user), "dantin", 0, 0,
     "Người dùng hệ thống mà máy chủ chạy dưới tên, khi được khởi động bằng root",
     "System user the server runs as when started as root"},
    {"listen", KEY_TEXT, offsetof(struct config, listen), "0.0.0.0:7443", 0, 0,
     "Địa chỉ và cổng nhận kết nối TLS của các đơn vị; cổng 0: tự chọn",
     "Address and port for the senders' TLS connections; port 0: any free one"},
    {"metrics", KEY_TEXT, offsetof(struct config, metrics), "127.0.0.1:9443", 0, 0,
     "Địa chỉ và cổng số đo (Prometheus), /healthz, /readyz; để trống: tắt",
     "Address and port of metrics (Prometheus), /healthz, /readyz; empty: off"},
    {"log_level", KEY_TEXT, offsetof(struct config, log_level), "info", 0, 0,
     "Mức nhật ký: error, warn, info, debug", "Log level: error, warn, info, debug"},
    {"names", KEY_TEXT, offsetof(struct config, names), "", 0, 0,
     "Tên và địa chỉ ghi trong chứng thư máy chủ, cách nhau bằng dấu phẩy; để trống: localhost, 127.0.0.1 và "
     "tên máy",
     "Names and addresses in the server's certificate, comma between; empty: localhost, 127.0.0.1 and the "
     "host's name"},
    {"database", KEY_CONNINFO, offsetof(struct config, database), "", 0, 0,
     "Chuỗi kết nối PostgreSQL (không ghi user); để trống: cụm riêng trong thư mục dữ liệu",
     "PostgreSQL connection string (without user); empty: a private cluster in the data folder"},
    {"database_admin", KEY_TEXT, offsetof(struct config, database_admin), "dantin_admin", 0, 0,
     "Vai trò đăng nhập dùng để nâng cấp cơ sở dữ liệu nêu trên (thành viên của dantin_owner)",
     "Login role that migrates the database named above (a member of dantin_owner)"},
    {"master_key", KEY_TEXT, offsetof(struct config, master_key), "", 0, 0,
     "Tệp khoá chủ niêm phong dữ liệu, nên để trên phương tiện khác; để trống: master.key trong thư mục dữ "
     "liệu",
     "File of the master key that seals data, best on another medium; empty: master.key in the data folder"},
    {"postgres_bin", KEY_TEXT, offsetof(struct config, postgres_bin), "", 0, 0,
     "Thư mục chứa initdb và postgres; để trống: tự tìm bản mới nhất từ 15 trở lên",
     "Folder of initdb and postgres; empty: the newest one from 15 on is found"},
    {"branch_list", KEY_TEXT, offsetof(struct config, branch_list), "tinh-uy-quang-ngai", 0, 0,
     "Danh mục mã tổ chức đảng của tỉnh", "Code list of the province's branches"},
    {"province_code", KEY_TEXT, offsetof(struct config, province_code), "51", 0, 0,
     "Mã của Tỉnh uỷ trong danh mục đó", "Code of the province's own branch in it"},
    {"read_connections", KEY_NUMBER, offsetof(struct config, read_connections), "4", 1, 16,
     "Số kết nối cơ sở dữ liệu dành cho tra cứu, tổng hợp", "Database connections for queries"},
    {"statement_timeout_ms", KEY_NUMBER, offsetof(struct config, statement_timeout_ms), "30000", 100, 3600000,
     "Thời gian tối đa của một câu tổng hợp (mili giây)",
     "Longest time of one consolidated query (milliseconds)"},
    {"small_cell_min", KEY_NUMBER, offsetof(struct config, small_cell_min), "5", 2, 100,
     "Số nhỏ nhất về dân tộc, tôn giáo được hiện cho người không được xem số chính xác",
     "Smallest figure on ethnicity or religion shown to who may not see exact ones"},
    {"look_hour_persons", KEY_NUMBER, offsetof(struct config, look_hour_persons), "5000", 1, 100000000,
     "Một thiết bị xem bản ghi của hơn số người này trong một giờ thì báo động",
     "A device that reads records of more persons than this in an hour raises an alarm"},
    {"look_day_persons", KEY_NUMBER, offsetof(struct config, look_day_persons), "20000", 1, 100000000,
     "... trong 24 giờ", "... in 24 hours"},
    {"look_usual_times", KEY_NUMBER, offsetof(struct config, look_usual_times), "10", 2, 1000,
     "... hoặc gấp chừng này lần mức bình quân ngày của chính nó trong bốn tuần",
     "... or this many times its own mean day over four weeks"},
    {"connections_max", KEY_NUMBER, offsetof(struct config, connections_max), "4096", 1, 100000,
     "Số kết nối TLS tối đa cùng lúc", "TLS connections at once"},
    {"idle_timeout_ms", KEY_NUMBER, offsetof(struct config, idle_timeout_ms), "60000", 1000, 3600000,
     "Thời gian im lặng trước khi hỏi thăm; gấp đôi thì ngắt (mili giây)",
     "Silence before a ping; twice that cuts (milliseconds)"},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0], CONFIG_SHOWN_BYTES_MAX = 4096 };

static const char *const log_level_names[] = {"error", "warn", "info", "debug"};

struct reading {
    struct config config;
    enum language language;
    struct error error;
};

static const struct key *key_find(const char *name);
static void print_conninfo(FILE *out, const char *name, const char *conninfo);
static int on_value(void *context, const char *section, const char *name, const char *value);
static enum err number_parse(const char *text, unsigned min, unsigned max, unsigned *ret_number);
static bool log_level_find(const char *name, enum log_level *ret_level);

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (size_t i = 0; i < KEY_COUNT; i++) {
        enum err err = config_set(config, keys[i].name, keys[i].preset, LANGUAGE_EN, NULL);
        ENSURE(err == ERR_OK);
    }
}

enum err config_set(struct config *config, const char *name, const char *value, enum language language,
                    struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    const struct key *key = key_find(name);
    if (key == NULL) {
        return error_set(ret_error, ERR_CONFIG, is_vi ? "không có khoá cấu hình \"%s\"" : "no key \"%s\"",
                         name);
    }
    void *at = (char *)config + key->offset;
    if (key->type == KEY_NUMBER) {
        unsigned number;
        if (number_parse(value, key->min, key->max, &number) != ERR_OK) {
            return error_set(ret_error, ERR_CONFIG,
                             is_vi ? "%s phải là số từ %u đến %u" : "%s must be a number from %u to %u", name,
                             key->min, key->max);
        }
        memcpy(at, &number, sizeof number);
        return ERR_OK;
    }
    size_t len = strlen(value);
    if (len >= CONFIG_TEXT_BYTES_MAX) {
        return error_set(ret_error, ERR_CONFIG,
                         is_vi ? "giá trị của %s quá dài" : "the value of %s is too long", name);
    }
    memcpy(at, value, len + 1);
    return ERR_OK;
}

enum err config_read(struct config *config, const char *path, enum language language, struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    struct reading reading = {.config = *config, .language = language};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(ret_error, ERR_NOT_FOUND, is_vi ? "không mở được tệp cấu hình %s" : "cannot open %s",
                         path);
    }

    int line = ini_parse_file(file, on_value, &reading);

    (void)fclose(file); /* it was only read */
    if (line != 0) {
        const char *reason = reading.error.text[0] != 0 ? reading.error.text
                             : is_vi                    ? "cần dạng khoá = giá trị"
                                                        : "expected key = value";
        return error_set(ret_error, ERR_CONFIG, is_vi ? "%s, dòng %d: %s" : "%s, line %d: %s", path, line,
                         reason);
    }
    *config = reading.config;
    return ERR_OK;
}

enum err config_check(const struct config *config, enum language language, struct error *ret_error)
{
    bool is_vi = language == LANGUAGE_VI;
    char host[CONFIG_TEXT_BYTES_MAX];
    unsigned port;
    enum log_level level;
    if (config_address(config->listen, host, &port) != ERR_OK) {
        return error_set(ret_error, ERR_CONFIG,
                         is_vi ? "listen cần dạng HOST:PORT" : "listen must be HOST:PORT");
    }
    if (config->metrics[0] != 0 && config_address(config->metrics, host, &port) != ERR_OK) {
        return error_set(ret_error, ERR_CONFIG,
                         is_vi ? "metrics cần dạng HOST:PORT" : "metrics must be HOST:PORT");
    }
    if (!log_level_find(config->log_level, &level)) {
        return error_set(ret_error, ERR_CONFIG,
                         is_vi ? "log_level phải là error, warn, info hoặc debug"
                               : "log_level must be error, warn, info or debug");
    }
    return ERR_OK;
}

enum err config_address(const char *text, char ret_host[CONFIG_TEXT_BYTES_MAX], unsigned *ret_port)
{
    const char *colon = strrchr(text, ':');
    unsigned port;
    if (colon == NULL || number_parse(colon + 1, 0, UINT16_MAX, &port) != ERR_OK) {
        return ERR_CONFIG;
    }
    const char *from = text;
    size_t len = (size_t)(colon - text);
    bool is_bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    if (is_bracketed) {
        from++;
        len -= 2;
    }
    if (len == 0 || len >= CONFIG_TEXT_BYTES_MAX || (!is_bracketed && memchr(from, ':', len) != NULL)) {
        return ERR_CONFIG;
    }
    memcpy(ret_host, from, len);
    ret_host[len] = 0;
    *ret_port = port;
    return ERR_OK;
}

enum log_level config_log_level(const struct config *config)
{
    enum log_level level = LOG_INFO;
    (void)log_level_find(config->log_level, &level); /* unknown: stays info; config_check has said so */
    return level;
}

void config_print_sample(FILE *out, enum language language)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct key *key = &keys[i];
        (void)fprintf(out, "# %s\n", language == LANGUAGE_VI ? key->help_vi : key->help_en);
        if (key->type == KEY_NUMBER) {
            (void)fprintf(out, "# %u..%u\n", key->min, key->max);
        }
        (void)fprintf(out, "%s = %s\n\n", key->name, key->preset);
    }
}

void config_print(FILE *out, const struct config *config)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const void *at = (const char *)config + keys[i].offset;
        if (keys[i].type == KEY_TEXT) {
            (void)fprintf(out, "%s = %s\n", keys[i].name, (const char *)at);
        } else if (keys[i].type == KEY_CONNINFO) {
            print_conninfo(out, keys[i].name, at);
        } else {
            unsigned number;
            memcpy(&number, at, sizeof number);
            (void)fprintf(out, "%s = %u\n", keys[i].name, number);
        }
    }
}

/* A string that cannot be read may hold a password anywhere. */
static void print_conninfo(FILE *out, const char *name, const char *conninfo)
{
    char shown[CONFIG_SHOWN_BYTES_MAX] = "";
    if (conninfo[0] != 0 && database_conninfo_shown(conninfo, shown, sizeof shown) != ERR_OK) {
        memcpy(shown, "***", sizeof "***");
    }
    (void)fprintf(out, "%s = %s\n", name, shown);
}

static const struct key *key_find(const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

/* inih's handler: 0 is an error; the line of the first one is what ini_parse_file returns. */
static int on_value(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;
    struct error error = {0};
    if (section[0] != 0) {
        if (reading->error.text[0] == 0) {
            bool is_vi = reading->language == LANGUAGE_VI;
            reading->error.code =
                error_set(&reading->error, ERR_CONFIG,
                          is_vi ? "không dùng mục [%s]" : "no section [%s] is known", section);
        }
        return 0;
    }
    if (config_set(&reading->config, name, value, reading->language, &error) == ERR_OK) {
        return 1;
    }
    if (reading->error.text[0] == 0) {
        reading->error = error;
    }
    return 0;
}

static enum err number_parse(const char *text, unsigned min, unsigned max, unsigned *ret_number)
{
    if (text[0] < '0' || text[0] > '9') {
        return ERR_CONFIG;
    }
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end != 0 || number < min || number > max) {
        return ERR_CONFIG;
    }
    *ret_number = (unsigned)number;
    return ERR_OK;
}

static bool log_level_find(const char *name, enum log_level *ret_level)
{
    for (size_t i = 0; i < sizeof log_level_names / sizeof log_level_names[0]; i++) {
        if (strcmp(log_level_names[i], name) == 0) {
            *ret_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}
