/* dantind: one table of commands and one of options are parser and help. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/process.h"
#include "server/commands/command.h"

static const struct command commands[] = {
    {"serve", "[--listen HOST:PORT] [--metrics HOST:PORT] [--log-level LEVEL]",
     "chạy máy chủ; không có database = thì tự dựng PostgreSQL riêng trong thư mục",
     "run the server; without database = it keeps a private PostgreSQL in its folder", command_serve},
    {"migrate", "", "nâng cấp cơ sở dữ liệu lên phiên bản của chương trình này",
     "bring the database to this program's version", command_migrate},
    {"ca init", "[--names NAME,NAME]", "tạo nơi cấp chứng thư, khoá máy chủ và khoá ký biên nhận",
     "make the certificate authority, the server's key and the receipt key", command_ca_init},
    {"device sign",
     "CSR --sender CODE|--province --role clerk|approver|viewer|administrator|auditor [--exact] [--days N]",
     "cấp (hoặc gia hạn) chứng thư cho một thiết bị; in chứng thư ra màn hình",
     "certify (or renew) a device; the certificate is printed", command_device_sign},
    {"operator add", "NAME", "thêm một cán bộ cấp phiếu và duyệt khoá, có khoá riêng dưới mật khẩu",
     "add a person who makes tickets and approves keys, with a key of their own", command_operator_add},
    {"operator end", "NAME", "cán bộ thôi cấp phiếu và duyệt khoá", "the person does so no more",
     command_operator_end},
    {"ticket create",
     "--sender CODE|--province --role clerk|approver|viewer|administrator|auditor [--exact] [--address "
     "HOST:PORT] --operator NAME",
     "cấp một phiếu dùng một lần cho một người (dantin enrol); in phiếu ra màn hình",
     "make a ticket, for one person and one time (dantin enrol); the ticket is printed",
     command_ticket_create},
    {"device pending", "",
     "các khoá đã đến cùng phiếu và đang chờ duyệt, với tám từ của mỗi khoá; các vai trò đang chờ đổi",
     "keys that came with a ticket and wait, with the eight words of each; roles that wait to be changed",
     command_device_pending},
    {"device approve", "ID|WORDS|DEVICE --operator NAME",
     "duyệt một khoá (người khác với người cấp phiếu), sau khi so tám từ qua điện thoại; hoặc duyệt vai trò "
     "mới (người khác với người đề nghị)",
     "say yes to a key (another operator than the ticket's), once the words agree; or to a device's new role "
     "(another operator than proposed it)",
     command_device_approve},
    {"device refuse", "ID|WORDS|DEVICE --operator NAME", "từ chối một khoá, hoặc một vai trò mới",
     "turn a key down, or a new role", command_device_refuse},
    {"device list", "", "mọi thiết bị: khoá, đơn vị, vai trò, lần cuối, hạn chứng thư",
     "every device: key, sender, role, last seen, certificate", command_device_list},
    {"device role", "DEVICE [--role ROLE] [--exact|--no-exact] --operator NAME",
     "đề nghị đổi vai trò của một thiết bị; một cán bộ khác duyệt",
     "propose another role for a device; another operator agrees", command_device_role},
    {"device revoke", "DEVICE [--reason TEXT]", "thu hồi một thiết bị, vĩnh viễn; phiên đang mở bị cắt ngay",
     "revoke a device for good; its open session ends at once", command_device_revoke},
    {"device release", "DEVICE", "chấm dứt cách ly một thiết bị bị sao chép, sau khi đã xử lý bản sao",
     "end the quarantine of a copied device, once the copy is dealt with", command_device_release},
    {"witnesses", "CODE,CODE,...|all", "đơn vị nào tính khi niêm phong nhật ký (luôn cần quá nửa)",
     "whose devices count when the journal is sealed (always more than half)", command_witnesses},
    {"erase", "RECORD|KIND/RECORD --decision TEXT",
     "xoá dữ liệu của một người theo quyết định; giữ lại các mã dùng để thống kê",
     "forget a person by a decision; the codes that counts use stay", command_erase},
    {"epoch new", "", "mở kỷ nguyên mới sau khi khôi phục từ bản sao lưu; các đơn vị nộp lại phần thiếu",
     "open a new epoch after restoring a backup; clients offer again what it lacks", command_epoch_new},
    {"epoch close", "", "kết thúc giai đoạn nộp lại của kỷ nguyên mới", "end the refill of a new epoch",
     command_epoch_close},
    {"audit list", "[--device HEX] [--from DATE] [--to DATE] [--subject RECORD] [--alarms]",
     "sổ đọc: ai đã xem gì, để làm gì", "the log of reads: who looked at what, and what for",
     command_audit_list},
    {"audit subject", "RECORD", "ai đã xem bản ghi này", "who looked at this record", command_audit_subject},
    {"audit export", "FILE [--device HEX] [--from DATE] [--to DATE] [--subject RECORD] [--alarms]",
     "ghi sổ đọc ra tệp CSV để kiểm tra", "write the log of reads to a CSV file", command_audit_export},
    {"audit check", "[NUMBER:HASH]",
     "kiểm tra sổ đọc chưa bị xoá, sửa, chèn; và vẫn chứa mắt xích đã ghi nhận",
     "check that nothing of the log of reads was removed, changed or slipped in; and that it holds a link "
     "noted earlier",
     command_audit_check},
    {"audit seal", "[--due]", "ghi nhận sổ đọc vào sổ cái: từ đó không ai sửa được mà không bị phát hiện",
     "put the end of the log of reads into the journal: from then on nobody changes it unnoticed",
     command_audit_seal},
    {"audit replay", "", "dựng lại các bảng từ nhật ký và nêu bản ghi đầu tiên khác",
     "rebuild the tables from the journal and name the first record that differs", command_audit_replay},
    {"journal export", "DIR [--without-payloads] [--purpose TEXT]",
     "xuất nhật ký thành tệp để kiểm tra bằng dantin-verify",
     "export the journal as files that dantin-verify checks", command_journal_export},
    {"backup", "FILE|- --to KEY.pub,KEY.pub [--purpose TEXT]",
     "sao lưu cơ sở dữ liệu và khoá, niêm phong cho người giữ khoá; máy chủ vẫn chạy",
     "back up database and keys, sealed to who holds a key; beside the running server", command_backup},
    {"restore", "FILE|- --identity KEY [--log-key HEX] [--erasures FILE]",
     "khôi phục vào thư mục trống, kiểm tra, mở kỷ nguyên mới",
     "restore into an empty folder, check, open a new epoch", command_restore},
    {"key recipient", "FILE", "tạo cặp khoá nhận bản sao lưu: FILE và FILE.pub",
     "make a pair of keys for backups: FILE and FILE.pub", command_key_recipient},
    {"key rotate", "[--master|--receipt]",
     "đổi khoá niêm phong dữ liệu, hoặc (--receipt) khoá ký của nhật ký; dở dang thì chạy lại để làm tiếp",
     "new keys for what is sealed, or (--receipt) for the journal; run again to go on where it was "
     "interrupted",
     command_key_rotate},
    {"breach-report", "DEVICE|TIME FOLDER",
     "lộ dữ liệu: thiết bị có thể tiếp cận và đã đọc những gì, hoặc những gì đã bị đọc từ thời điểm ấy; nháp "
     "thông báo",
     "a breach: what the device could reach and has read, or what was read since the time; a draft of the "
     "notice",
     command_breach_report},
    {"check-config", "[--sample]", "đọc cấu hình và in giá trị đang có hiệu lực; --sample in tệp mẫu",
     "read the configuration and print the values in force; --sample prints a sample file",
     command_check_config},
};

struct option {
    const char *name;
    size_t offset; /* of a const char * or, for flags, a bool in struct options */
    bool is_flag;
    const char *value; /* what the value is called in the help */
    const char *help_vi;
    const char *help_en;
};

static const struct option option_table[] = {
    {"--data", offsetof(struct options, data), false, "DIR", "thư mục của máy chủ", "folder of the server"},
    {"--config", offsetof(struct options, config), false, "FILE", "tệp cấu hình thay cho DIR/dantind.ini",
     "configuration file instead of DIR/dantind.ini"},
    {"--user", offsetof(struct options, user), false, "NAME", "người dùng để chạy khi khởi động bằng root",
     "user to run as when started as root"},
    {"--listen", offsetof(struct options, listen), false, "HOST:PORT", "địa chỉ nhận kết nối",
     "address for clients"},
    {"--metrics", offsetof(struct options, metrics), false, "HOST:PORT", "địa chỉ số đo",
     "address of metrics"},
    {"--log-level", offsetof(struct options, log_level), false, "LEVEL", "mức nhật ký", "log level"},
    {"--names", offsetof(struct options, names), false, "NAME,...", "tên máy chủ trong chứng thư",
     "names in the server's certificate"},
    {"--sender", offsetof(struct options, sender), false, "CODE", "mã đơn vị nộp trực tiếp",
     "code of a sender"},
    {"--province", offsetof(struct options, is_province), true, "", "thiết bị của chính tỉnh",
     "the device belongs to the province"},
    {"--exact", offsetof(struct options, is_exact), true, "",
     "xem số chính xác về dân tộc, tôn giáo; mỗi lần xem được ghi lại",
     "sees exact figures on ethnicity and religion; each look is noted"},
    {"--erasures", offsetof(struct options, erasures), false, "FILE",
     "danh sách xoá của máy chủ được khôi phục", "the list of erasures of the server restored"},
    {"--decision", offsetof(struct options, decision), false, "TEXT", "số và ngày của quyết định xoá",
     "number and date of the decision to erase"},
    {"--role", offsetof(struct options, role), false, "ROLE",
     "vai trò: clerk, approver, viewer, administrator, auditor",
     "role: clerk, approver, viewer, administrator, auditor"},
    {"--identity", offsetof(struct options, identity), false, "FILE", "khoá riêng mở bản sao lưu",
     "private key that opens a backup"},
    {"--log-key", offsetof(struct options, log_key), false, "HEX",
     "khoá nhật ký mà backup đã in: bản sao lưu của máy chủ khác thì không khôi phục",
     "the log key that backup printed: a backup of another server is not restored"},
    {"--master", offsetof(struct options, is_master), true, "", "đổi cả khoá chủ", "the master key too"},
    {"--receipt", offsetof(struct options, is_receipt), true, "", "đổi khoá ký nhật ký và biên nhận",
     "the key that signs journal and receipts"},
    {"--no-exact", offsetof(struct options, is_not_exact), true, "", "thôi xem số chính xác",
     "sees them no more"},
    {"--operator", offsetof(struct options, operator_name), false, "NAME", "cán bộ làm việc này",
     "who does it"},
    {"--passphrase-file", offsetof(struct options, passphrase_file), false, "FILE",
     "đọc mật khẩu từ tệp thay vì hỏi", "read the passphrase instead of asking"},
    {"--address", offsetof(struct options, address), false, "HOST:PORT", "địa chỉ máy chủ ghi trên phiếu",
     "where clients find the server, for a ticket"},
    {"--reason", offsetof(struct options, reason), false, "TEXT", "lý do thu hồi", "why a device is revoked"},
    {"--days", offsetof(struct options, days), false, "N", "số ngày hiệu lực của chứng thư",
     "days a certificate is valid"},
    {"--device", offsetof(struct options, device), false, "HEX", "các chữ số đầu của mã thiết bị",
     "first digits of a device"},
    {"--from", offsetof(struct options, from), false, "DATE", "từ ngày", "from this day"},
    {"--to", offsetof(struct options, to), false, "DATE|KEY.pub",
     "đến hết ngày; sao lưu: khoá công khai của người nhận",
     "to this day; of a backup: public keys of its recipients"},
    {"--subject", offsetof(struct options, subject), false, "RECORD", "chỉ về bản ghi này",
     "about this record alone"},
    {"--purpose", offsetof(struct options, purpose), false, "TEXT", "để làm gì; được ghi vào sổ đọc",
     "what for; it is noted in the log of reads"},
    {"--alarms", offsetof(struct options, wants_alarms), true, "", "chỉ những lần đọc bất thường",
     "unusual reads alone"},
    {"--due", offsetof(struct options, is_due), true, "",
     "chỉ khi một lần đọc đã chờ quá một ngày; máy chủ tự làm mỗi giờ",
     "only if a look has waited for a day; the server does so every hour"},
    {"--without-payloads", offsetof(struct options, wants_no_payloads), true, "", "chỉ xuất phần chứng minh",
     "export what proves, without what was submitted"},
    {"--sample", offsetof(struct options, wants_sample), true, "", "in tệp cấu hình mẫu",
     "print a sample configuration"},
    {"--lang", 0, false, "vi|en", "ngôn ngữ", "language"},
    {"--help", offsetof(struct options, wants_help), true, "", "trợ giúp", "help"},
    {"--version", offsetof(struct options, wants_version), true, "", "phiên bản", "version"},
};

enum {
    COMMAND_COUNT = sizeof commands / sizeof commands[0],
    OPTION_COUNT = sizeof option_table / sizeof option_table[0]
};

static enum err read_arguments(int argc, char **argv, struct options *options, struct error *ret_error);
static enum err read_option(int argc, char **argv, int *index, struct options *options,
                            struct error *ret_error);
static enum err choose_language(const char *name, enum language *ret_language);
static const struct command *find_command(struct options *options);
static void print_help(FILE *out, enum language language);
static int exit_code_of(enum err err);

int main(int argc, char **argv)
{
    struct options options = {0};
    struct error error = {0};
    const char *environment = getenv("LANG");
    process_keep_private();
    options.language = environment != NULL && strncmp(environment, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
    enum err err = read_arguments(argc, argv, &options, &error);
    if (err == ERR_OK && options.wants_version) {
        (void)printf("dantind %s\n", DANTIN_VERSION);
        return COMMAND_EXIT_DONE;
    }
    if (err == ERR_OK && options.wants_help) {
        print_help(stdout, options.language);
        return COMMAND_EXIT_DONE;
    }
    log_set_level(LOG_WARN); /* for commands; serve sets what the configuration says */
    if (err == ERR_OK) {
        const struct command *command = find_command(&options);
        bool is_vi = options.language == LANGUAGE_VI;
        err = command != NULL ? command->run(&options, &error)
                              : error_set(&error, ERR_USAGE,
                                          is_vi ? "không có lệnh này; xem dantind --help"
                                                : "no such command; see dantind --help");
    }
    if (err != ERR_OK) {
        (void)fprintf(stderr, "dantind: %s\n",
                      error.text[0] != 0 ? error.text : err_text(err, options.language));
    }
    return exit_code_of(err);
}

static enum err read_arguments(int argc, char **argv, struct options *options, struct error *ret_error)
{
    for (int i = 1; i < argc; i++) {
        enum err err = ERR_OK;
        if (strncmp(argv[i], "--", 2) == 0) {
            err = read_option(argc, argv, &i, options, ret_error);
        } else if (options->argument_count < COMMAND_ARGUMENTS_MAX) {
            options->arguments[options->argument_count++] = argv[i];
        } else {
            err = error_set(ret_error, ERR_USAGE, "%s", err_text(ERR_USAGE, options->language));
        }
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

/* "--name value" or "--name=value"; *index moves over the value. */
static enum err read_option(int argc, char **argv, int *index, struct options *options,
                            struct error *ret_error)
{
    bool is_vi = options->language == LANGUAGE_VI;
    const char *word = argv[*index];
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const struct option *option = NULL;
    for (size_t i = 0; i < OPTION_COUNT && option == NULL; i++) {
        bool is_it = strlen(option_table[i].name) == len && memcmp(option_table[i].name, word, len) == 0;
        option = is_it ? &option_table[i] : NULL;
    }
    if (option == NULL || (option->is_flag && equals != NULL)) {
        return error_set(ret_error, ERR_USAGE, is_vi ? "không có tuỳ chọn %s" : "no option %s", word);
    }
    if (option->is_flag) {
        *(bool *)(void *)((char *)options + option->offset) = true;
        return ERR_OK;
    }
    const char *value = equals != NULL ? equals + 1 : *index + 1 < argc ? argv[++*index] : NULL;
    if (value == NULL) {
        return error_set(ret_error, ERR_USAGE, is_vi ? "%s cần một giá trị" : "%s needs a value", word);
    }
    if (strcmp(option->name, "--lang") == 0) {
        return choose_language(value, &options->language) == ERR_OK
                   ? ERR_OK
                   : error_set(ret_error, ERR_USAGE, "--lang vi|en");
    }
    *(const char **)(void *)((char *)options + option->offset) = value;
    return ERR_OK;
}

static enum err choose_language(const char *name, enum language *ret_language)
{
    if (strcmp(name, "vi") != 0 && strcmp(name, "en") != 0) {
        return ERR_USAGE;
    }
    *ret_language = name[0] == 'v' ? LANGUAGE_VI : LANGUAGE_EN;
    return ERR_OK;
}

/* Finds the command its first words name and takes them off the arguments. */
static const struct command *find_command(struct options *options)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const char *name = commands[i].name;
        const char *space = strchr(name, ' ');
        int words = space != NULL ? 2 : 1;
        size_t first_len = space != NULL ? (size_t)(space - name) : strlen(name);
        bool is_it = options->argument_count >= words && strlen(options->arguments[0]) == first_len &&
                     memcmp(options->arguments[0], name, first_len) == 0 &&
                     (space == NULL || strcmp(options->arguments[1], space + 1) == 0);
        if (is_it) {
            options->argument_count -= words;
            memmove(options->arguments, options->arguments + words,
                    (size_t)options->argument_count * sizeof options->arguments[0]);
            return &commands[i];
        }
    }
    return NULL;
}

static void print_help(FILE *out, enum language language)
{
    bool is_vi = language == LANGUAGE_VI;
    (void)fprintf(out,
                  is_vi ? "dantind %s: máy chủ của tỉnh\n\ndantind LỆNH --data DIR ...\n\n"
                        : "dantind %s: the province's server\n\ndantind COMMAND --data DIR ...\n\n",
                  DANTIN_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].usage,
                      is_vi ? commands[i].help_vi : commands[i].help_en);
    }
    (void)fprintf(out, is_vi ? "\nTuỳ chọn:\n" : "\nOptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        (void)fprintf(out, "  %-11s %-10s %s\n", option_table[i].name, option_table[i].value,
                      is_vi ? option_table[i].help_vi : option_table[i].help_en);
    }
    (void)fprintf(out, is_vi ? "\nMã kết thúc: 0 xong, 1 lỗi, 2 sai cách dùng, 3 sai cấu hình\n"
                             : "\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration\n");
}

static int exit_code_of(enum err err)
{
    switch (err) {
    case ERR_OK:
        return COMMAND_EXIT_DONE;
    case ERR_USAGE:
        return COMMAND_EXIT_USAGE;
    case ERR_CONFIG:
        return COMMAND_EXIT_CONFIG;
    default:
        return COMMAND_EXIT_FAILED;
    }
}
