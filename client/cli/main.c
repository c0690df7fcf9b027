/* dantin: the clerk's program. The table below is the parser and the help. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/parse.h"
#include "common/base/process.h"

/* Hidden, and it warns: a key whose passphrase is guessed in no time. */
#define KDF_COST                            \
    {                                       \
        "kdf-cost", "for-tests", NULL, NULL \
    }
/* Of which unit, day and position an answer is. */
// clang-format off
#define ANSWER_OPTIONS \
    {"unit", "UNIT", "mã hoặc tên tổ chức đảng, hoặc địa phương (mặc định: đơn vị mình)", \
     "code or name of a branch, else of a locality (default: own sender)"}, \
    {"date", "DATE", "tại ngày (mặc định hôm nay)", "on this date (default today)"}, \
    {"from", "DATE", "kỳ từ ngày này đến hết ngày --date", "the period from this day to --date"}, \
    {"position", "N", "tại vị trí sổ cái (mặc định mới nhất)", "at this journal position (default: newest)"}, \
    {"purpose", "TEXT", "để làm gì; tỉnh ghi vào sổ đọc", "what for; the province notes it in its log of reads"}
// clang-format on

static void tell_alarms(struct cli *cli);

static const struct cli_command commands[] = {
    {"init",
     "",
     0,
     0,
     "Thiết lập máy này: tạo khoá của thiết bị và tệp đề nghị cấp chứng thư.",
     "Set this PC up: make the device's key and a certificate request.",
     {{"server", "HOST:PORT", "địa chỉ máy chủ của tỉnh (bắt buộc)",
       "address of the province's server (required)"},
      {"csr", "FILE", "nơi ghi tệp đề nghị (mặc định dantin.csr)",
       "where to write the request (default dantin.csr)"},
      KDF_COST},
     false,
     command_init,
     NULL},
    {"enrol",
     "TICKET",
     1,
     1,
     "Ghi danh máy này bằng phiếu của tỉnh: tạo khoá (nếu chưa có), đọc tám từ cho tỉnh nghe, chờ duyệt, "
     "nhận chứng thư.",
     "Enrol this PC with a ticket of the province: make the key (if there is none), read eight words out, "
     "wait, get the certificate.",
     {{"wait", "SECONDS", "chờ duyệt tối đa (mặc định 600); sau đó chạy lại lệnh này với cùng phiếu",
       "wait this long for approval (default 600); afterwards run it again with the same ticket"},
      KDF_COST},
     false,
     command_enrol,
     check_enrol},
    {"install",
     "CERTIFICATE AUTHORITY",
     2,
     2,
     "Cài chứng thư thiết bị và chứng thư gốc do tỉnh cấp.",
     "Install the device's certificate and the authority's, as returned by the province.",
     {{0}},
     true,
     command_install,
     NULL},
    {"person",
     "list|add [NAME]",
     1,
     2,
     "Những người dùng của máy này; hoặc thêm một người, với khoá và mật khẩu riêng.",
     "The persons of this PC; or add one, with a key and a passphrase of their own.",
     {{"csr", "FILE", "nơi ghi tệp đề nghị (mặc định TÊN.csr)",
       "where to write the request (default NAME.csr)"},
      {"new-passphrase-file", "FILE", "đọc mật khẩu của người mới từ tệp này thay vì hỏi",
       "read the new person's passphrase from this file instead of asking"},
      KDF_COST},
     false,
     command_person,
     check_person},
    {"passphrase",
     "change|new-code",
     1,
     1,
     "Đổi mật khẩu, hoặc lấy mã khôi phục mới (mã cũ hết hiệu lực).",
     "Change the passphrase, or draw a new recovery code (the old one is worth nothing then).",
     {{"new-passphrase-file", "FILE", "đọc mật khẩu mới từ tệp này (-: đầu vào chuẩn) thay vì hỏi",
       "read the new passphrase from this file (-: standard input) instead of asking"},
      KDF_COST},
     false,
     command_passphrase,
     check_passphrase},
    {"recover",
     "",
     0,
     0,
     "Quên mật khẩu: đặt mật khẩu mới bằng mã khôi phục.",
     "The passphrase is forgotten: set another with the recovery code.",
     {{"code", "FILE", "đọc mã khôi phục từ tệp này (-: đầu vào chuẩn) thay vì hỏi",
       "read the recovery code from this file (-: standard input) instead of asking"},
      {"new-passphrase-file", "FILE", "đọc mật khẩu mới từ tệp này thay vì hỏi",
       "read the new passphrase from this file instead of asking"},
      KDF_COST},
     false,
     command_recover,
     NULL},
    {"unlock",
     "",
     0,
     0,
     "Gõ mật khẩu một lần; các lệnh sau không hỏi nữa cho đến khi hết giờ.",
     "Type the passphrase once; later commands ask nothing until the time is over.",
     {{"minutes", "N", "số phút (mặc định 60, nhiều nhất 600)", "minutes (default 60, at most 600)"}},
     false,
     command_unlock,
     NULL},
    {"lock",
     "",
     0,
     0,
     "Khoá lại ngay (mọi người dùng của máy, hoặc --person).",
     "Lock again at once (every person of this PC, or --person).",
     {{0}},
     false,
     command_lock,
     NULL},
    {"import",
     "[FILE...]",
     0,
     CLI_ARGUMENTS_MAX,
     "Nhập bảng tính CSV vào kho trên máy này. Hàng lỗi được ghi ra tệp lỗi bên cạnh.",
     "Import CSV spreadsheets into the store on this PC. Rows that fail go to an error file beside the "
     "input.",
     {{"dry-run", NULL, "chỉ kiểm tra, không thay đổi kho (tệp lỗi vẫn được ghi)",
       "only check, leave the store as it is (the error file is written)"},
      {"first-load", NULL, "dữ liệu cũ nhập lần đầu: cảnh báo không cần lý do",
       "old data: warnings ask for no reason"},
      {"kind", "KIND", "loại bản ghi, xem dantin list (mặc định: nhận theo tiêu đề)",
       "kind of record, see dantin list (default: by the headers)"},
      {"complete", NULL, "tệp chứa đủ mọi bản ghi: liệt kê bản ghi còn thiếu",
       "the file holds everything of its kind: list what is missing"},
      {"reason", "TEXT", "cùng --complete: xoá các bản ghi thiếu với lý do này",
       "with --complete: remove what is missing, for this reason"},
      {"reference", NULL,
       "dữ liệu gốc của tỉnh (chỉ máy của tỉnh); có FILE: dữ liệu tỉnh quản lý, chỉ để tra, không nộp",
       "the province's reference data (the province's device only); with FILE: what the province keeps, to "
       "be "
       "referred to, not submitted"}},
     true,
     command_import,
     check_import},
    {"status",
     "",
     0,
     0,
     "Tình trạng kho, bản nộp và biên nhận.",
     "State of the store, submissions and receipts.",
     {{0}},
     true,
     command_status,
     NULL},
    {"submit",
     "",
     0,
     0,
     "Đóng gói các thay đổi và nộp lên tỉnh, chờ biên nhận.",
     "Seal the changes and submit them to the province, wait for receipts.",
     {{"wait", "SECONDS", "chờ và thử lại tối đa chừng ấy giây (mặc định 120; 0: không giới hạn)",
       "wait and try again for so many seconds at most (default 120; 0: no limit)"},
      {"seal-only", NULL, "chỉ đóng gói, chưa nộp", "only seal, send nothing"}},
     true,
     command_submit,
     check_submit},
    {"waiting",
     "",
     0,
     0,
     "Những gì của đơn vị mình đang chờ người thứ hai duyệt ở tỉnh.",
     "What waits at the province for a second person of one's own sender.",
     {{0}},
     true,
     command_waiting,
     NULL},
    {"approve",
     "[ID...]",
     0,
     CLI_ARGUMENTS_MAX,
     "Duyệt, với tư cách người thứ hai: nội dung hiện ra là nội dung được ký; sau đó chạy submit.",
     "Approve as the second person: what is shown is what is signed; then submit.",
     {{"all", NULL, "mọi thay đổi đang chờ, trừ của chính mình", "everything that waits but one's own"}},
     true,
     command_approve,
     check_decision},
    {"reject",
     "[ID...]",
     0,
     CLI_ARGUMENTS_MAX,
     "Trả lại, với tư cách người thứ hai, kèm lý do; sau đó chạy submit.",
     "Turn down as the second person, with a reason; then submit.",
     {{"all", NULL, "mọi thay đổi đang chờ, trừ của chính mình", "everything that waits but one's own"},
      {"reason", "TEXT", "lý do (bắt buộc)", "why (required)"}},
     true,
     command_reject,
     check_rejection},
    {"receipts",
     "",
     0,
     0,
     "Các biên nhận đã có; hoặc ghi các thay đổi bị từ chối ra tệp để sửa.",
     "The receipts held; or write the refused changes to a file for mending.",
     {{"refused", "FILE", "ghi các thay đổi bị từ chối và xung đột ra tệp CSV này",
       "write refusals and conflicts to this CSV file"}},
     true,
     command_receipts,
     NULL},
    {"receipt",
     "show|verify|print N|FILE",
     2,
     2,
     "Bằng chứng của bản nộp số N: in ra (show), kiểm tra một tệp bằng chứng (verify, không cần mạng), ghi "
     "trang để in và lưu (print).",
     "The proof of submission N: show it, verify a file that holds one (no network needed), print a page for "
     "the file.",
     {{"out", "FILE", "print: tên tệp (mặc định bien-nhan-N.html)",
       "print: name of the file (default bien-nhan-N.html)"}},
     true,
     command_receipt,
     check_receipt},
    {"alarm",
     "show|acknowledge",
     1,
     1,
     "Báo động khi máy chủ mâu thuẫn với sổ của chính nó: xem, hoặc xác nhận đã xem.",
     "Alarms when the server contradicts its own journal: look at them, or acknowledge that you did.",
     {{0}},
     true,
     command_alarm,
     check_alarm},
    {"notices",
     "",
     0,
     0,
     "Thiết bị nói thay đơn vị: mới, đổi khoá, đổi vai trò, hết hiệu lực; theo sổ tỉnh đã kiểm chứng.",
     "The devices that speak for the committee: new, with another key or role, revoked; by checked entries "
     "of the journal.",
     {{"seen", NULL, "xác nhận đã xem", "acknowledge that you looked"}},
     true,
     command_notices,
     NULL},
    {"report",
     "[ID]",
     0,
     1,
     "Bảng tổng hợp từ tỉnh; --list: có những bảng nào.",
     "A consolidated table from the province; --list: which there are.",
     {ANSWER_OPTIONS,
      {"by", "A,B", "chia theo các chiều", "by these dimensions"},
      {"list", NULL, "liệt kê các chỉ tiêu", "list the indicators"},
      {"csv", NULL, "in ra dạng CSV", "print CSV"}},
     true,
     command_report,
     check_report},
    {"trace",
     "ID",
     1,
     1,
     "Các bản ghi đứng sau con số của một bảng và biên nhận đã mang chúng tới.",
     "The records behind the figures of a table and the receipts that brought them.",
     {ANSWER_OPTIONS, {"csv", NULL, "in ra dạng CSV", "print CSV"}},
     true,
     command_trace,
     check_report},
    {"pivot",
     "KIND",
     1,
     1,
     "Đếm các bản ghi một loại theo các chiều tự chọn.",
     "Count the records of a kind by dimensions of your choice.",
     {{"unit", "UNIT", "mã hoặc tên tổ chức đảng, hoặc địa phương (mặc định: đơn vị mình)",
       "code or name of a branch, else of a locality (default: own sender)"},
      {"date", "DATE", "tại ngày (mặc định hôm nay)", "on this date (default today)"},
      {"position", "N", "tại vị trí sổ cái (mặc định mới nhất)",
       "at this journal position (default: newest)"},
      {"by", "A,B", "chia theo các chiều", "by these dimensions"},
      {"purpose", "TEXT", "để làm gì; tỉnh ghi vào sổ đọc",
       "what for; the province notes it in its log of reads"},
      {"where", "CONDITIONS",
       "điều kiện: status=official; sex!=nu; occupation in (a, b); from_date>=1/1/2024",
       "conditions: status=official; sex!=nu; occupation in (a, b); from_date>=1/1/2024"},
      {"sum", "FIELD", "cộng thêm một trường số nguyên", "also sum a field of whole numbers"},
      {"trace", NULL, "liệt kê chính các bản ghi được đếm và biên nhận đã mang chúng tới",
       "list the records counted and the receipts that brought them instead"},
      {"csv", NULL, "in ra dạng CSV", "print CSV"}},
     true,
     command_pivot,
     check_report},
    {"looked",
     "KIND KEY",
     2,
     2,
     "Ai đã xem một bản ghi về người, để làm gì.",
     "Who looked at a record about a person, and what for.",
     {{"purpose", "TEXT", "để làm gì; tỉnh ghi vào sổ đọc",
       "what for; the province notes it in its log of reads"},
      {"csv", NULL, "in ra dạng CSV", "print CSV"}},
     true,
     command_looked,
     check_kind_argument},
    {"search",
     "NAME",
     1,
     CLI_ARGUMENTS_MAX,
     "Tìm đảng viên, tổ chức theo tên trong kho trên máy này, gõ dấu hay không đều được.",
     "Search members and branches by name in the store on this PC, with or without tone marks.",
     {{"limit", "N", "số dòng tối đa (mặc định 20)", "lines at most (default 20)"}},
     true,
     command_search,
     check_search},
    {"list",
     "[KIND]",
     0,
     1,
     "Các bản ghi một loại trong kho trên máy này; không ghi loại: các loại bản ghi.",
     "The records of a kind in the store on this PC; without a kind: the kinds.",
     {{"match", "TEXT", "chỉ những hàng có các chữ này, gõ dấu hay không đều được",
       "only rows with these words, with or without tone marks"},
      {"limit", "N", "số dòng tối đa (mặc định 50)", "lines at most (default 50)"}},
     true,
     command_list,
     check_list},
    {"show",
     "KIND KEY",
     2,
     2,
     "Một bản ghi, tìm theo mã, tên, số, khoá (như lệnh list in ra) hoặc mã bản ghi.",
     "One record, by code, name, number, key (as list prints it) or record id.",
     {{0}},
     true,
     command_show,
     check_kind_argument},
    {"put",
     "KIND NAME=VALUE...",
     2,
     CLI_ARGUMENTS_MAX,
     "Nhập hoặc sửa một bản ghi như một hàng của bảng tính: name=... branch.1.from=...",
     "Enter or change one record as a row of a spreadsheet: name=... branch.1.from=...",
     {{"reason", "TEXT", "lý do giải trình khi có cảnh báo", "the reason, where a rule warns"}},
     true,
     command_put,
     check_put},
    {"remove",
     "KIND KEY",
     2,
     2,
     "Xoá một bản ghi nhập nhầm. Cái đã có thật và đã hết thì ghi ngày kết thúc.",
     "Remove a record entered by mistake. What existed and ended gets an end date.",
     {{"reason", "TEXT", "lý do xoá (bắt buộc)", "why (required)"}},
     true,
     command_remove,
     check_remove},
    {"election",
     "KEY",
     1,
     1,
     "Diễn biến một cuộc bầu trưởng thôn (Dân tin – Đảng cử): các bước, biên bản, cảnh báo, việc tiếp theo.",
     "The time line of an election of a hamlet's head: stages, tally sheets, warnings, what is due next.",
     {{"date", "DATE", "cuộc bầu có bước vào ngày này, hoặc nhiệm kỳ đã bắt đầu (mặc định: mới nhất)",
       "the case with a stage on this day, or whose term had begun (default: the newest)"}},
     true,
     command_election,
     check_election},
    {"export",
     "KIND [FILE]",
     1,
     2,
     "Ghi mọi bản ghi một loại (member, branch, election ..., xem dantin list) ra tệp CSV.",
     "Write all records of a kind (member, branch, election ..., see dantin list) to a CSV file.",
     {{0}},
     true,
     command_export,
     check_kind_argument},
    {"rules",
     "[KIND]",
     0,
     1,
     "Các quy tắc kiểm tra bản ghi, nguồn văn bản và hiệu lực.",
     "The rules that records are judged by, their sources and when they are in force.",
     {{"csv", NULL, "in ra dạng CSV", "print CSV"}},
     false,
     command_rules,
     check_rules},
    {"doctor",
     "",
     0,
     0,
     "Kiểm tra kho, khoá, chứng thư, đồng hồ, ổ đĩa và máy chủ.",
     "Check the store, keys, certificate, clock, disk and server.",
     {{0}},
     true,
     command_doctor,
     NULL},
    {0},
};
#undef ANSWER_OPTIONS
#undef KDF_COST

/* After every command, until somebody has looked. */
static void tell_alarms(struct cli *cli)
{
    uint64_t count = 0;

    if (dantin_alarms_open(cli->dantin, &count) == 0 && count > 0) {
        (void)fprintf(stderr, "dantin: ");
        (void)fprintf(stderr, cli_text(cli, TEXT_CLI_ALARM_OPEN), (unsigned long long)count);
        (void)fprintf(stderr, "\n");
    }
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    enum cli_exit exit_code = CLI_OK;
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    process_keep_private();
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* only for libraries; our own texts are UTF-8 whatever it says */
    (void)sigaction(SIGPIPE, &ignore,
                    NULL); /* a closed pager ends a report by a failed write, not by a signal */
    if (!cli_parse(&cli, commands, argc, argv, &exit_code)) {
        return (int)exit_code;
    }
    if (cli.command->check != NULL) {
        exit_code = cli.command->check(&cli);
        if (exit_code != CLI_OK) {
            return (int)exit_code;
        }
    }
    if (cli.command->needs_home) {
        struct dantin_options options = cli_options(&cli);
        int status = dantin_open(&options, &cli.dantin);

        if (status != 0) {
            return (int)cli_fail(&cli, status);
        }
        dantin_set_progress(cli.dantin, cli_progress, &cli);
    }
    exit_code = cli.command->run(&cli);
    if (cli.dantin != NULL) {
        tell_alarms(&cli);
        cli_tell_notices(&cli);
    }
    dantin_close(cli.dantin);
    if (fflush(stdout) != 0 && exit_code == CLI_OK) {
        exit_code = CLI_FAILED;
    }
    return (int)exit_code;
}
