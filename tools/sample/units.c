/* Names of units: offices, enterprises, barracks; communes from the reference data; hamlets. */
#include "tools/sample/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit district_units[] = {
    {"Cơ quan Đảng", "agency", MILIEU_AGENCY, 12},
    {"Cơ quan Chính quyền", "agency", MILIEU_AGENCY, 24},
    {"Công an", "police", MILIEU_POLICE, 22},
    {"Quân sự", "army", MILIEU_ARMY, 12},
    {"Trung tâm Y tế", "health", MILIEU_HEALTH, 20},
    {"Trường Trung học phổ thông số 1", "school", MILIEU_SCHOOL, 14},
    {"Trường Trung học phổ thông số 2", "school", MILIEU_SCHOOL, 11},
    {"Trường Phổ thông Dân tộc nội trú", "school", MILIEU_SCHOOL, 8},
    {"Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên", "school", MILIEU_SCHOOL, 6},
    {"Toà án nhân dân", "agency", MILIEU_AGENCY, 5},
    {"Viện kiểm sát nhân dân", "agency", MILIEU_AGENCY, 5},
    {"Chi cục Thuế", "agency", MILIEU_AGENCY, 7},
    {"Chi cục Thi hành án dân sự", "agency", MILIEU_AGENCY, 4},
    {"Bảo hiểm xã hội", "agency", MILIEU_AGENCY, 4},
    {"Kho bạc Nhà nước", "agency", MILIEU_AGENCY, 4},
    {"Hạt Kiểm lâm", "agency", MILIEU_AGENCY, 5},
    {"Ngân hàng Nông nghiệp và Phát triển nông thôn", "soe", MILIEU_ENTERPRISE, 8},
    {"Ngân hàng Chính sách xã hội", "public_service", MILIEU_AGENCY, 4},
    {"Điện lực", "soe", MILIEU_ENTERPRISE, 7},
    {"Trung tâm Dịch vụ nông nghiệp", "public_service", MILIEU_AGENCY, 6},
    {"Công ty TNHH Hoàng Long", "private", MILIEU_ENTERPRISE, 4},
    {"Công ty Cổ phần Xây dựng Thiên Ấn", "equitised", MILIEU_ENTERPRISE, 5},
    {"Doanh nghiệp tư nhân Minh Tâm", "private", MILIEU_ENTERPRISE, 3},
    {"Công ty TNHH Thành Phát", "private", MILIEU_ENTERPRISE, 3},
    {"Công ty TNHH Điện tử Sao Biển", "fdi", MILIEU_ENTERPRISE, 3},
    {"Hợp tác xã Nông nghiệp", "cooperative", MILIEU_ENTERPRISE, 4},
};

static const struct unit province_offices[] = {
    {"Văn phòng Tỉnh uỷ", "agency", MILIEU_AGENCY, 60},
    {"Ban Tổ chức Tỉnh uỷ", "agency", MILIEU_AGENCY, 35},
    {"Văn phòng Uỷ ban nhân dân tỉnh", "agency", MILIEU_AGENCY, 70},
    {"Sở Nội vụ", "agency", MILIEU_AGENCY, 60},
    {"Sở Tài chính", "agency", MILIEU_AGENCY, 65},
    {"Sở Kế hoạch và Đầu tư", "agency", MILIEU_AGENCY, 55},
    {"Sở Nông nghiệp và Phát triển nông thôn", "agency", MILIEU_AGENCY, 190},
    {"Sở Giáo dục và Đào tạo", "agency", MILIEU_AGENCY, 60},
    {"Sở Y tế", "agency", MILIEU_HEALTH, 55},
    {"Sở Giao thông vận tải", "agency", MILIEU_AGENCY, 60},
    {"Sở Tài nguyên và Môi trường", "agency", MILIEU_AGENCY, 110},
    {"Sở Lao động - Thương binh và Xã hội", "agency", MILIEU_AGENCY, 95},
    {"Sở Văn hoá, Thể thao và Du lịch", "agency", MILIEU_AGENCY, 90},
    {"Sở Tư pháp", "agency", MILIEU_AGENCY, 40},
    {"Sở Công Thương", "agency", MILIEU_AGENCY, 50},
    {"Toà án nhân dân tỉnh", "agency", MILIEU_AGENCY, 45},
    {"Viện kiểm sát nhân dân tỉnh", "agency", MILIEU_AGENCY, 45},
    {"Cục Thuế tỉnh", "agency", MILIEU_AGENCY, 90},
    {"Báo Quảng Ngãi", "public_service", MILIEU_AGENCY, 35},
    {"Trường Đại học Phạm Văn Đồng", "school", MILIEU_SCHOOL, 130},
    {"Trường Chính trị tỉnh", "school", MILIEU_SCHOOL, 35},
    {"Trường Cao đẳng Y tế Đặng Thuỳ Trâm", "school", MILIEU_SCHOOL, 60},
    {"Bệnh viện Đa khoa tỉnh", "health", MILIEU_HEALTH, 230},
    {"Bệnh viện Sản - Nhi tỉnh", "health", MILIEU_HEALTH, 90},
    {"Công ty Cổ phần Đường Quảng Ngãi", "equitised", MILIEU_ENTERPRISE, 260},
    {"Công ty Điện lực Quảng Ngãi", "soe", MILIEU_ENTERPRISE, 150},
    {"Viễn thông Quảng Ngãi", "soe", MILIEU_ENTERPRISE, 110},
    {"Ngân hàng Nông nghiệp và Phát triển nông thôn tỉnh", "soe", MILIEU_ENTERPRISE, 120},
    {"Công ty TNHH Một thành viên Khai thác công trình thuỷ lợi", "soe", MILIEU_ENTERPRISE, 90},
    {"Công ty Cổ phần Môi trường Đô thị", "equitised", MILIEU_ENTERPRISE, 60},
    {"Công ty Cổ phần Cấp thoát nước", "equitised", MILIEU_ENTERPRISE, 45},
    {"Công ty TNHH Vạn Tường", "private", MILIEU_ENTERPRISE, 25},
    {"Công ty TNHH Công nghiệp nặng Dung Quất", "fdi", MILIEU_ENTERPRISE, 40},
    {"Công ty Cổ phần May Đông Thành", "private", MILIEU_ENTERPRISE, 25},
    {"Liên minh Hợp tác xã tỉnh", "cooperative", MILIEU_ENTERPRISE, 18},
};

static const struct unit army_units[] = {
    {"Phòng Tham mưu", "army", MILIEU_ARMY, 130},      {"Phòng Chính trị", "army", MILIEU_ARMY, 80},
    {"Phòng Hậu cần", "army", MILIEU_ARMY, 90},        {"Phòng Kỹ thuật", "army", MILIEU_ARMY, 90},
    {"Trung đoàn 887", "army", MILIEU_ARMY, 210},      {"Trường Quân sự tỉnh", "army", MILIEU_ARMY, 80},
    {"Đại đội Trinh sát 20", "army", MILIEU_ARMY, 40}, {"Đại đội Công binh 17", "army", MILIEU_ARMY, 40},
    {"Đại đội Thông tin 18", "army", MILIEU_ARMY, 40}, {"Kho Vũ khí đạn", "army", MILIEU_ARMY, 45},
};

static const struct unit police_units[] = {
    {"Phòng Tham mưu", "police", MILIEU_POLICE, 60},
    {"Phòng Tổ chức cán bộ", "police", MILIEU_POLICE, 50},
    {"Phòng Cảnh sát giao thông", "police", MILIEU_POLICE, 120},
    {"Phòng Cảnh sát hình sự", "police", MILIEU_POLICE, 90},
    {"Phòng Cảnh sát quản lý hành chính về trật tự xã hội", "police", MILIEU_POLICE, 80},
    {"Phòng Cảnh sát phòng cháy, chữa cháy và cứu nạn, cứu hộ", "police", MILIEU_POLICE, 110},
    {"Phòng Quản lý xuất nhập cảnh", "police", MILIEU_POLICE, 40},
    {"Phòng Hậu cần", "police", MILIEU_POLICE, 50},
    {"Phòng Cảnh sát cơ động", "police", MILIEU_POLICE, 110},
    {"Trại tạm giam", "police", MILIEU_POLICE, 70},
};

static const struct unit border_units[] = {
    {"Cơ quan Bộ Chỉ huy", "border_guard", MILIEU_BORDER, 120},
    {"Đồn Biên phòng Bình Thạnh", "border_guard", MILIEU_BORDER, 45},
    {"Đồn Biên phòng Bình Hải", "border_guard", MILIEU_BORDER, 45},
    {"Đồn Biên phòng Sa Kỳ", "border_guard", MILIEU_BORDER, 40},
    {"Đồn Biên phòng Đức Minh", "border_guard", MILIEU_BORDER, 40},
    {"Đồn Biên phòng Sa Huỳnh", "border_guard", MILIEU_BORDER, 45},
    {"Đồn Biên phòng Lý Sơn", "border_guard", MILIEU_BORDER, 50},
    {"Hải đội 2", "border_guard", MILIEU_BORDER, 50},
};

/* Two of these make the name of a hamlet. */
static const char *const first_words[] = {"An",   "Phú",   "Bình",  "Mỹ",   "Vĩnh", "Tân",
                                          "Long", "Phước", "Thạch", "Xuân", "Hoà",  "Đông"};
static const char *const second_words[] = {"Lộc", "Thọ",   "Hội",   "Quang", "Điền",
                                           "Yên", "Khánh", "Thành", "Sơn",   "Phong"};
enum {
    FIRST_WORDS = sizeof(first_words) / sizeof(first_words[0]),
    SECOND_WORDS = sizeof(second_words) / sizeof(second_words[0]),
};
_Static_assert(FIRST_WORDS *SECOND_WORDS > HAMLETS_MAX, "a name for each hamlet of a commune");

static bool read_commune(const char *line, const char *district, struct commune *commune);
static bool find_known_hamlet(const char *commune_code, size_t index, char ret_hamlet[SAMPLE_TEXT_BYTES]);

const struct unit *units_of(enum sender_type type, size_t *ret_count)
{
    static const struct {
        const struct unit *units;
        size_t count;
    } tables[] = {
        [SENDER_TERRITORY] = {district_units, sizeof(district_units) / sizeof(district_units[0])},
        [SENDER_OFFICES] = {province_offices, sizeof(province_offices) / sizeof(province_offices[0])},
        [SENDER_ARMY] = {army_units, sizeof(army_units) / sizeof(army_units[0])},
        [SENDER_POLICE] = {police_units, sizeof(police_units) / sizeof(police_units[0])},
        [SENDER_BORDER] = {border_units, sizeof(border_units) / sizeof(border_units[0])},
    };
    *ret_count = tables[type].count;
    return tables[type].units;
}

size_t communes_of(const char *district, struct commune ret_communes[COMMUNES_MAX])
{
    static const char *const ly_son[] = {"Tây An Vĩnh", "Đông An Vĩnh", "Tây An Hải",
                                         "Đông An Hải", "Đồng Hộ",      "Bắc An Bình"};
    size_t count = 0;
    const char *at = sample_file(embedded_reference, "localities.csv");
    for (; at != NULL && *at != '\0' && count < COMMUNES_MAX; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        if (read_commune(at, district, &ret_communes[count])) {
            count++;
        }
    }
    for (size_t i = 0; count < sizeof(ly_son) / sizeof(ly_son[0]) && strcmp(district, "536") == 0;
         i++, count++) {
        struct commune *commune = &ret_communes[count];
        *commune = (struct commune){.is_urban = false};
        (void)snprintf(commune->code, sizeof(commune->code), "%s", district);
        (void)snprintf(commune->name, sizeof(commune->name), "thôn %s", ly_son[i]);
    }
    return count;
}

void hamlet_name(const struct commune *commune, size_t index, char ret_name[SAMPLE_TEXT_BYTES])
{
    char known[SAMPLE_TEXT_BYTES];
    if (find_known_hamlet(commune->code, index, known)) {
        if (strncmp(known, "Thôn ", strlen("Thôn ")) == 0) {
            (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "thôn %.100s", known + strlen("Thôn "));
        } else if (strncmp(known, "Tổ ", strlen("Tổ ")) == 0) {
            (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "tổ %.100s", known + strlen("Tổ "));
        } else {
            (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "thôn %.100s", known);
        }
        return;
    }
    if (commune->is_urban) {
        (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "tổ dân phố số %zu", index + 1);
        return;
    }
    if (strncmp(commune->name, "thôn ", strlen("thôn ")) == 0) {
        (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "khu dân cư số %zu %.100s", index + 1, commune->name);
        return;
    }
    /* 7 and the number of pairs have no common factor, so no two hamlets of a commune share a pair. */
    size_t turn = strlen(commune->name) + (size_t)commune->code[strlen(commune->code) - 1] + index * 7;
    (void)snprintf(ret_name, SAMPLE_TEXT_BYTES, "thôn %s %s", first_words[turn % FIRST_WORDS],
                   second_words[(turn / FIRST_WORDS) % SECOND_WORDS]);
}

unsigned population_of(const char *district)
{
    enum { PEOPLE_FIELD = 6 };
    const char *at = sample_file(embedded_reference, "localities.csv");
    size_t code_len = strlen(district);
    for (; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        const char *code = strchr(at, ',');
        if (code == NULL || strncmp(code + 1, district, code_len) != 0 || code[1 + code_len] != ',') {
            continue;
        }
        for (size_t i = 0; at != NULL && i < PEOPLE_FIELD; i++) {
            at = strchr(at, ',');
            at += at == NULL ? 0 : 1;
        }
        return at == NULL ? 0 : (unsigned)strtoul(at, NULL, 10);
    }
    return 0;
}

/* A line of localities.csv: list, code, name, kind, parent, ... without quotes up to there. */
static bool read_commune(const char *line, const char *district, struct commune *commune)
{
    enum { CODE = 1, NAME = 2, PARENT = 4, FIELDS = 5 };
    char fields[FIELDS][SAMPLE_TEXT_BYTES];
    for (size_t i = 0; i < FIELDS; i++) {
        size_t len = strcspn(line, ",\n");
        if (line[len] != ',' || len >= SAMPLE_TEXT_BYTES) {
            return false;
        }
        memcpy(fields[i], line, len);
        fields[i][len] = '\0';
        line += len + 1;
    }
    if (strcmp(fields[PARENT], district) != 0) {
        return false;
    }
    /* "Xã Ba Vì" stands inside other names as "xã Ba Vì"; all three kinds begin with an ASCII letter but are
     * cut at it. */
    static const char *const kinds[][2] = {
        {"Xã ", "xã "}, {"Phường ", "phường "}, {"Thị trấn ", "thị trấn "}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i][0]);
        if (strncmp(fields[NAME], kinds[i][0], len) == 0) {
            *commune = (struct commune){.is_urban = i > 0};
            (void)snprintf(commune->code, sizeof(commune->code), "%.7s", fields[CODE]);
            (void)snprintf(commune->name, sizeof(commune->name), "%s%.150s", kinds[i][1], fields[NAME] + len);
            return true;
        }
    }
    return false;
}

static bool find_known_hamlet(const char *commune_code, size_t index, char ret_hamlet[SAMPLE_TEXT_BYTES])
{
    size_t code_len = strlen(commune_code);
    const char *at = sample_file(embedded_sample, "hamlets.csv");
    while ((at = strchr(at, '\n')) != NULL && at[1] != '\0') {
        at++;
        if (strncmp(at, commune_code, code_len) == 0 && at[code_len] == ',' && index-- == 0) {
            const char *name = at + code_len + 1;
            (void)snprintf(ret_hamlet, SAMPLE_TEXT_BYTES, "%.*s", (int)strcspn(name, "\n"), name);
            return true;
        }
    }
    return false;
}
