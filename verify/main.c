/* dantin-verify: checks an exported journal, offline: no database, no network. Prints what was checked, or the first thing
 * that is wrong. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "verify/kept.h"
#include "verify/walk.h"

enum exit_code { EXIT_RIGHT = 0, EXIT_FAULT = 1, EXIT_USAGE = 2, EXIT_UNREAD = 3 };

struct arguments {
    struct walk_options walk;
    const char *receipts[KEPT_FILES_MAX];
    const char *checkpoints[KEPT_FILES_MAX];
    uint8_t log_key[32];
    enum language language;
    bool wants_help;
    bool wants_version;
};

static bool read_arguments(int argc, char **argv, struct arguments *arguments);
static bool read_option(const char *name, const char *value, struct arguments *arguments);
static void print_help(FILE *out, enum language language);
static void print_report(const struct arguments *arguments, const struct walk_report *report,
                         int64_t elapsed_us);
static int print_fault(const struct arguments *arguments, const struct walk_report *report,
                       const struct fault *fault);

int main(int argc, char **argv)
{
    static struct arguments arguments;
    struct walk_report report;
    struct fault fault;
    const char *environment = getenv("LANG");
    arguments.language =
        environment != NULL && strncmp(environment, "en", 2) == 0 ? LANGUAGE_EN : LANGUAGE_VI;
    if (!read_arguments(argc, argv, &arguments)) {
        print_help(stderr, arguments.language);
        return EXIT_USAGE;
    }
    if (arguments.wants_help) {
        print_help(stdout, arguments.language);
        return EXIT_RIGHT;
    }
    if (arguments.wants_version) {
        (void)printf("dantin-verify %s\n", DANTIN_VERSION);
        return EXIT_RIGHT;
    }
    int64_t started_us = clock_monotonic_us();
    if (!walk_run(&arguments.walk, &report, &fault)) {
        return print_fault(&arguments, &report, &fault);
    }
    print_report(&arguments, &report, clock_monotonic_us() - started_us);
    return EXIT_RIGHT;
}

static bool read_arguments(int argc, char **argv, struct arguments *arguments)
{
    arguments->walk.receipts = arguments->receipts;
    arguments->walk.checkpoints = arguments->checkpoints;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            arguments->wants_help = true;
        } else if (strcmp(argv[i], "--version") == 0) {
            arguments->wants_version = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            if (i + 1 == argc || !read_option(argv[i], argv[i + 1], arguments)) {
                return false;
            }
            i++;
        } else if (arguments->walk.folder == NULL) {
            arguments->walk.folder = argv[i];
        } else {
            return false;
        }
    }
    return arguments->walk.folder != NULL || arguments->wants_help || arguments->wants_version;
}

static bool read_option(const char *name, const char *value, struct arguments *arguments)
{
    struct walk_options *walk = &arguments->walk;
    if (strcmp(name, "--receipt") == 0 && walk->receipt_count < KEPT_FILES_MAX) {
        arguments->receipts[walk->receipt_count++] = value;
        return true;
    }
    if (strcmp(name, "--checkpoint") == 0 && walk->checkpoint_count < KEPT_FILES_MAX) {
        arguments->checkpoints[walk->checkpoint_count++] = value;
        return true;
    }
    if (strcmp(name, "--log-key") == 0) {
        walk->log_key = arguments->log_key;
        return hex_decode(value, arguments->log_key, sizeof arguments->log_key) == ERR_OK;
    }
    if (strcmp(name, "--lang") == 0) {
        arguments->language = strcmp(value, "en") == 0 ? LANGUAGE_EN : LANGUAGE_VI;
        return strcmp(value, "vi") == 0 || strcmp(value, "en") == 0;
    }
    return false;
}

static void print_help(FILE *out, enum language language)
{
    static const char *const help[] = {
        "dantin-verify THƯ_MỤC [--receipt TỆP]... [--checkpoint TỆP]... [--log-key HEX] [--lang vi|en]\n\n"
        "Kiểm tra nhật ký đã xuất (dantind journal export THƯ_MỤC), không cần máy chủ, không cần mạng.\n"
        "  --receipt TỆP     biên nhận do một đơn vị giữ (dantin receipt show)\n"
        "  --checkpoint TỆP  điểm kiểm tra do ai đó giữ\n"
        "  --log-key HEX     khoá đầu tiên của nhật ký, 64 chữ số hexa, biết từ nguồn khác\n\n"
        "Mã kết thúc: 0 đúng, 1 có chỗ sai, 2 sai cách dùng, 3 không đọc được\n",
        "dantin-verify FOLDER [--receipt FILE]... [--checkpoint FILE]... [--log-key HEX] [--lang vi|en]\n\n"
        "Checks an exported journal (dantind journal export FOLDER); needs no server and no network.\n"
        "  --receipt FILE     a receipt that a sender kept (dantin receipt show)\n"
        "  --checkpoint FILE  a checkpoint that somebody kept\n"
        "  --log-key HEX      first key of the log, 64 hex digits, known from elsewhere\n\n"
        "Exit codes: 0 all is right, 1 something is wrong, 2 wrong usage, 3 cannot be read\n"};
    (void)fputs(help[language == LANGUAGE_EN], out);
}

static void print_report(const struct arguments *arguments, const struct walk_report *report,
                         int64_t elapsed_us)
{
    bool is_vi = arguments->language == LANGUAGE_VI;
    char key[HASH_HEX_BYTES];
    double seconds = (double)(elapsed_us > 0 ? elapsed_us : 1) / 1e6;
    hex_encode(bytes_of(report->log_key, sizeof report->log_key), key);
    const struct {
        const char *vi;
        const char *en;
        uint64_t count;
    } lines[] = {
        {"mục trong nhật ký", "entries", report->entries},
        {"bản nộp", "submissions", report->submissions},
        {"thay đổi và nội dung khác", "items", report->items},
        {"phê duyệt", "approvals", report->approvals},
        {"hành vi quản trị", "acts", report->acts},
        {"lần đổi khoá", "changes of key", report->key_changes},
        {"quyết định xoá", "erasures", report->erasures},
        {"thay đổi đã xoá, chỉ còn những gì quyết định xoá giữ lại", "items of which an erasure alone tells",
         report->items_erased},
        {"thiết bị", "devices", report->devices},
        {"thiết bị đã thu hồi", "devices revoked", report->devices_revoked},
        {"thiết bị không có người thứ hai phê duyệt", "devices enrolled without a second operator",
         report->devices_unapproved},
        {"bản ghi", "records", report->records},
        {"điểm kiểm tra", "checkpoints", report->checkpoints},
        {"chữ ký làm chứng", "cosignatures", report->cosignatures},
        {"biên nhận", "receipts", report->receipts},
        {"biên nhận của kỷ nguyên đã bỏ", "receipts of an epoch left behind", report->receipts_void},
        {"nội dung không kèm theo", "payloads withheld", report->withheld},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        (void)printf("%10" PRIu64 "  %s\n", lines[i].count, is_vi ? lines[i].vi : lines[i].en);
    }
    if (report->has_sealed) {
        (void)printf(is_vi ? "đa số đơn vị (%" PRIu64 " đơn vị làm chứng) đã chứng nhận đến cỡ %" PRIu64 "\n"
                           : "a majority of the %" PRIu64
                             " senders that are witnesses vouches for size %" PRIu64 "\n",
                     report->witnesses, report->sealed_size);
    } else {
        (void)printf(is_vi ? "chưa có đa số đơn vị (%" PRIu64 " đơn vị làm chứng) chứng nhận điểm nào\n"
                           : "no majority of the %" PRIu64
                             " senders that are witnesses vouches for any checkpoint\n",
                     report->witnesses);
    }
    if (report->withheld > 0) {
        (void)puts(is_vi ? "thiếu nội dung: trạng thái các bản ghi không được tính lại"
                         : "payloads are missing: the state of the records was not counted again");
    }
    if (report->looks_number > 0) {
        char looks[HASH_HEX_BYTES];
        hex_encode(bytes_of(report->looks_hash.at, HASH_BYTES), looks);
        (void)printf(is_vi ? "sổ đọc: mắt xích %" PRIu64 ":%s (dantind audit check)\n"
                           : "log of reads: link %" PRIu64 ":%s (dantind audit check)\n",
                     report->looks_number, looks);
    }
    (void)printf(is_vi ? "khoá đầu tiên của nhật ký: %s%s\n" : "first key of the log: %s%s\n", key,
                 arguments->walk.log_key != NULL ? ""
                 : is_vi                         ? " (hãy so với khoá đã biết)"
                                                 : " (compare it with the one you know)");
    (void)printf(is_vi ? "ĐÚNG: %.2f giây, %.0f mục/giây\n" : "RIGHT: %.2f s, %.0f entries/s\n", seconds,
                 (double)report->entries / seconds);
}

static int print_fault(const struct arguments *arguments, const struct walk_report *report,
                       const struct fault *fault)
{
    char text[FAULT_TEXT_BYTES_MAX];
    bool is_vi = arguments->language == LANGUAGE_VI;
    fault_text(fault, arguments->language, text);
    bool is_unread = fault->id == FAULT_READ || fault->id == FAULT_NO_MEMORY;
    (void)fprintf(stderr,
                  is_vi ? "%s: %s\n(đã kiểm tra %" PRIu64 " mục trước đó)\n"
                        : "%s: %s\n(%" PRIu64 " entries before it were checked)\n",
                  is_unread ? (is_vi ? "KHÔNG ĐỌC ĐƯỢC" : "NOT READ") : (is_vi ? "SAI" : "WRONG"), text,
                  report->entries);
    return is_unread ? EXIT_UNREAD : EXIT_FAULT;
}
