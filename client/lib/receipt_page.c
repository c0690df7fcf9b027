/* The page of a receipt. The QR code holds the proof's text itself, byte for byte: what a telephone reads is the file that
 * `dantin receipt verify` takes. It is drawn as one SVG path, so that the page needs nothing besides itself. */
#include "client/lib/receipt_page.h"

#include <inttypes.h>
#include <string.h>

#include <qrencode.h>

#include "common/record/date.h"

enum { QR_MARGIN = 4, MOMENT_BYTES = 40 };

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Biên nhận</title>\n"
    "<style>@page{size:A4;margin:20mm}body{font-family:serif;font-size:12pt;max-width:170mm;margin:auto}"
    "h1{font-size:16pt;text-align:center}table{border-collapse:collapse;width:100%}"
    "td{border:1px solid #888;padding:2mm;vertical-align:top}td:first-child{width:45mm}"
    "code,pre{font-family:monospace;font-size:7pt;overflow-wrap:anywhere;white-space:pre-wrap}"
    "svg{width:90mm;height:90mm;display:block;margin:5mm auto}</style></head><body>\n"
    "<h1>BIÊN NHẬN BẢN NỘP DỮ LIỆU</h1>\n<table>\n";

static enum err write_table(const struct dantin_receipt *receipt, struct buf *page);
static enum err write_code(const char *proof, struct buf *page);
static enum err write_escaped(const char *text, struct buf *page);

enum err receipt_page_write(const struct dantin_receipt *receipt, const char *proof, struct buf *page)
{
    enum err err =
        strlen(proof) <= RECEIPT_PAGE_QR_BYTES_MAX ? buf_append_text(page, page_head) : ERR_TOO_BIG;
    if (err == ERR_OK) {
        err = write_table(receipt, page);
    }
    if (err == ERR_OK) {
        err = buf_append_text(
            page, "</table>\n<p>Mã dưới đây chứa nguyên văn bằng chứng (C2SP tlog-proof): mục của bản nộp "
                  "đứng đúng vị trí ghi trên trong sổ mà máy chủ của tỉnh đã ký. Đọc mã bằng điện thoại, "
                  "lưu thành tệp và kiểm tra bằng <code>dantin receipt verify TỆP</code>.</p>\n");
    }
    if (err == ERR_OK) {
        err = write_code(proof, page);
    }
    if (err == ERR_OK) {
        err = buf_append_text(page, "<pre>");
    }
    if (err == ERR_OK) {
        err = write_escaped(proof, page);
    }
    return err == ERR_OK ? buf_append_text(page, "</pre>\n</body></html>\n") : err;
}

static enum err write_table(const struct dantin_receipt *receipt, struct buf *page)
{
    const char *standing = receipt->is_left_behind
                               ? "không còn hiệu lực: kỷ nguyên mới của sổ không giữ mục này"
                           : receipt->is_sealed ? "đã niêm phong: quá nửa số đơn vị đã cùng ký"
                                                : "đã nhận";
    int64_t seconds = receipt->server_time_ms / 1000 + 7 * 3600; /* Asia/Ho_Chi_Minh */
    int64_t day_seconds = ((seconds % 86400) + 86400) % 86400;
    char date[DATE_TEXT_BYTES];
    date_format_vi(date_of_moment(receipt->server_time_ms), date);
    return buf_append_format(
        page,
        "<tr><td>Bản nộp số</td><td>%" PRIu64 "</td></tr>\n<tr><td>Vị trí trong sổ</td><td>%" PRIu64
        "</td></tr>\n"
        "<tr><td>Kỷ nguyên</td><td><code>%s</code></td></tr>\n<tr><td>Máy chủ nhận "
        "lúc</td><td>%02d:%02d:%02d ngày %s</td></tr>\n"
        "<tr><td>Thay đổi</td><td>%" PRIu64 " (áp dụng %" PRIu64 ", từ chối %" PRIu64 ", xung đột %" PRIu64
        ")</td></tr>\n"
        "<tr><td>Dấu của mục</td><td><code>%s</code></td></tr>\n<tr><td>Tình trạng</td><td>%s</td></tr>\n",
        receipt->sequence, receipt->position, receipt->epoch, (int)(day_seconds / 3600),
        (int)(day_seconds / 60 % 60), (int)(day_seconds % 60), date, receipt->changes, receipt->applied,
        receipt->refused, receipt->conflicts, receipt->leaf, standing);
}

/* One square of the path for each dark module. */
static enum err write_code(const char *proof, struct buf *page)
{
    QRcode *code = QRcode_encodeData((int)strlen(proof), (const unsigned char *)proof, 0, QR_ECLEVEL_L);
    if (code == NULL) {
        return ERR_NO_MEMORY; /* its length was looked at before */
    }
    int side = code->width + 2 * QR_MARGIN;
    enum err err = buf_append_format(page,
                                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
                                     "shape-rendering=\"crispEdges\"><path d=\"",
                                     side, side);
    for (int i = 0; err == ERR_OK && i < code->width * code->width; i++) {
        if ((code->data[i] & 1) != 0) {
            err = buf_append_format(page, "M%d,%dh1v1h-1z", i % code->width + QR_MARGIN,
                                    i / code->width + QR_MARGIN);
        }
    }
    QRcode_free(code);
    return err == ERR_OK ? buf_append_text(page, "\"/></svg>\n") : err;
}

static enum err write_escaped(const char *text, struct buf *page)
{
    enum err err = ERR_OK;
    for (; err == ERR_OK && *text != '\0'; text++) {
        err = *text == '<'   ? buf_append_text(page, "&lt;")
              : *text == '&' ? buf_append_text(page, "&amp;")
                             : buf_append(page, bytes_of(text, 1));
    }
    return err;
}
