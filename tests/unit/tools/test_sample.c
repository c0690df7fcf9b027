/* The sample generator from outside: same bytes for the same seed, totals, every record sound, every fault as
 * written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/crypto/hash.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/name.h"
#include "common/rules/rules.h"
#include "proto/records.pb-c.h"

enum {
    MEMBERS = 55310,
    POPULATION = 1254184,
    FILE_BYTES_MAX = 8 << 20,
    COLUMNS_MAX = 64,
    ROWS_MAX = 16000,
    CELLS_MAX = 4096,
    PATH_MAX_BYTES = 512,
    ARENA_BYTES_MAX = 1 << 20,
    SAMPLE_DAY = 19173,
    TODAY = 20454, /* 01/01/2026 */
};

static const char *const senders[] = {"522", "524", "525", "527", "528",  "529", "530", "531", "532",
                                      "533", "534", "535", "536", "CQDN", "QS",  "CA",  "BP"};
enum { SENDERS = sizeof(senders) / sizeof(senders[0]) };

/* A sheet cut into cells in place; quotes removed. */
struct sheet {
    char *text;
    size_t column_count, row_count; /* headers not counted */
    char *headers[COLUMNS_MAX];
    char *(*rows)[COLUMNS_MAX];
};

static char folder[PATH_MAX_BYTES];

static void run_sample(const char *name, const char *const *arguments)
{
    char program[PATH_MAX_BYTES];
    char out[PATH_MAX_BYTES * 2];
    const char *build = getenv("DANTIN_BINARY_DIR");
    (void)snprintf(program, sizeof(program), "%.400s/sample", build == NULL ? "." : build);
    (void)snprintf(out, sizeof(out), "%s/%s", folder, name);
    const char *argv[12] = {program, "--out", out};
    for (size_t i = 0; arguments[i] != NULL; i++) {
        argv[i + 3] = arguments[i];
    }
    pid_t child = fork();
    if (child == 0) {
        (void)execv(program, (char *const *)(const void *)argv);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static char *read_text(const char *name, const char *file_name, size_t *ret_len)
{
    char path[PATH_MAX_BYTES * 2];
    (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file_name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(FILE_BYTES_MAX);
    assert_non_null(text);
    *ret_len = fread(text, 1, FILE_BYTES_MAX - 1, file);
    assert_true(*ret_len < FILE_BYTES_MAX - 1);
    text[*ret_len] = '\0';
    (void)fclose(file);
    return text;
}

/* Cut off the first cell of *at; *at moves past its delimiter or line end. Returns false at a line's last
 * cell. */
static bool take_cell(char **at, char delimiter, char **ret_cell)
{
    char *in = *at;
    bool is_quoted = *in == '"';
    in += is_quoted ? 1 : 0;
    *ret_cell = in;
    char *out = in;
    while (*in != '\0' && (is_quoted || (*in != delimiter && *in != '\n' && *in != '\r'))) {
        if (is_quoted && *in == '"') {
            in++;
            if (*in != '"') {
                is_quoted = false;
                continue;
            }
        }
        *out++ = *in++;
    }
    bool has_more = *in == delimiter;
    in += *in == '\r' ? 1 : 0;
    *at = in + (*in != '\0' ? 1 : 0);
    *out = '\0';
    return has_more;
}

static void sheet_read(const char *name, const char *sender, const char *suffix, char delimiter,
                       struct sheet *sheet)
{
    char file_name[64];
    (void)snprintf(file_name, sizeof(file_name), "%s-%s.csv", sender, suffix);
    size_t len = 0;
    *sheet = (struct sheet){.text = read_text(name, file_name, &len)};
    sheet->rows = calloc(ROWS_MAX, sizeof(*sheet->rows));
    char *at = sheet->text;
    at += strncmp(at, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (take_cell(&at, delimiter, &sheet->headers[sheet->column_count++])) {
    }
    while (*at != '\0') {
        size_t column = 0;
        while (take_cell(&at, delimiter, &sheet->rows[sheet->row_count][column++])) {
        }
        assert_int_equal(column, sheet->column_count);
        sheet->row_count++;
        assert_true(sheet->row_count < ROWS_MAX);
    }
}

static void sheet_free(struct sheet *sheet)
{
    free(sheet->text);
    free(sheet->rows);
}

static size_t column_of(const struct sheet *sheet, const char *header)
{
    for (size_t i = 0; i < sheet->column_count; i++) {
        if (strcmp(sheet->headers[i], header) == 0) {
            return i;
        }
    }
    fail_msg("no column %s", header);
    return 0;
}

static int32_t date_of(const char *cell, int32_t otherwise)
{
    int32_t days = otherwise;
    assert_true(cell[0] == '\0' || date_parse(bytes_of_text(cell), &days) == ERR_OK);
    return days;
}

/* As an import reads a cell. false: it cannot. */
static bool value_of(const struct field_schema *field, const char *cell, struct arena *arena,
                     struct value *ret_value)
{
    struct value value = {.is_stated = cell[0] != '\0'};
    int32_t days = 0;
    if (!value.is_stated) {
        *ret_value = value;
        return true;
    }
    if (field->type == FIELD_DATE) {
        if (date_parse(bytes_of_text(cell), &days) != ERR_OK) {
            return false;
        }
        value.number = days;
    } else if (field->type == FIELD_CODE) {
        const struct code_item *item = codes_find_typed(field->list, bytes_of_text(cell));
        if (item == NULL) {
            return false;
        }
        value.text = bytes_of_text(item->code);
    } else if (field->type == FIELD_BOOLEAN) {
        value.number = strcmp(cell, "có") == 0;
    } else if (field->type == FIELD_INTEGER) {
        value.number = strtol(cell, NULL, 10);
    } else if (name_normalise(bytes_of_text(cell), arena, &value.text) != ERR_OK) {
        return false;
    }
    *ret_value = value;
    return true;
}

/* A row as a record with its one edge; any reference will do. NULL: a cell cannot be read. */
static void *record_of(const struct kind_schema *schema, const struct sheet *sheet, char *const *row,
                       const char *edge, struct arena *arena)
{
    static const uint8_t some_id[ID_BYTES] = {1};
    void *message = NULL;
    assert_int_equal(record_new(schema, arena, &message), ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        for (size_t j = 0; j < sheet->column_count; j++) {
            if (strcmp(sheet->headers[j], schema->fields[i].label_vi) != 0) {
                continue;
            }
            struct value value;
            if (!value_of(&schema->fields[i], row[j], arena, &value)) {
                return NULL;
            }
            assert_int_equal(record_set_field(schema, arena, message, i, value), ERR_OK);
        }
    }
    int list_index = schema_list_index(schema, edge);
    const struct list_schema *list = &schema->lists[list_index];
    assert_true(row[column_of(sheet, list->label_vi)][0] != '\0');
    struct value items[EDGE_ITEMS] = {{.is_stated = true, .text = bytes_of(some_id, sizeof(some_id))}};
    for (size_t j = 0; j < sheet->column_count; j++) {
        if (strcmp(sheet->headers[j], list->items[EDGE_FROM].label_vi) == 0) {
            assert_true(value_of(&list->items[EDGE_FROM], row[j], arena, &items[EDGE_FROM]));
        }
    }
    assert_int_equal(record_append(schema, arena, message, (size_t)list_index, items), ERR_OK);
    return message;
}

/* The first finding's id; NULL: sound. */
static const char *judge(const struct kind_schema *schema, const void *message)
{
    struct rule_context context = {.schema = schema, .message = message, .today = TODAY};
    struct rule_finding findings[RULE_FINDINGS_MAX];
    return rules_check(&context, findings) == 0 ? NULL : findings[0].rule->id;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_unique(char **texts, size_t count)
{
    qsort(texts, count, sizeof(*texts), compare_texts);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(texts[i - 1], texts[i]);
    }
}

static size_t find_text(char **texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return i;
        }
    }
    fail_msg("no branch %s", text);
    return 0;
}

/* One sender's sheets: sound records, unique numbers, every cell known and of three official members at least, but for those
 * established later and a few of hamlets that have lost all. Returns the members; adds the cells, and the empty ones. */
static size_t check_sender(const char *sender, size_t *cells, size_t *empty)
{
    const struct kind_schema *branch_schema = schema_of(KIND_BRANCH);
    const struct kind_schema *member_schema = schema_of(KIND_MEMBER);
    struct sheet branches;
    struct sheet members;
    sheet_read("default", sender, "branches", ',', &branches);
    sheet_read("default", sender, "members", ',', &members);
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    static char *codes[CELLS_MAX];
    static size_t official[CELLS_MAX];
    memset(official, 0, sizeof(official));
    size_t code = column_of(&branches, "Mã tổ chức");
    for (size_t i = 0; i < branches.row_count; i++) {
        codes[i] = branches.rows[i][code];
        void *branch = record_of(branch_schema, &branches, branches.rows[i], "parent", &arena);
        assert_non_null(branch);
        assert_null(judge(branch_schema, branch));
        arena_clear(&arena);
    }
    size_t cell = column_of(&members, "Chi bộ");
    size_t in_cell = 0;
    static char *files[ROWS_MAX];
    for (size_t i = 0; i < members.row_count; i++) {
        Dantin__Member *member = record_of(member_schema, &members, members.rows[i], "branch", &arena);
        assert_non_null(member);
        const char *rule = judge(member_schema, member);
        if (rule != NULL) {
            fail_msg("%s, row %zu breaks %s", sender, i + 2, rule);
        }
        /* Rows of a cell stand together. */
        if (i == 0 || strcmp(members.rows[i][cell], members.rows[i - 1][cell]) != 0) {
            in_cell = find_text(codes, branches.row_count, members.rows[i][cell]);
            ++*cells;
        }
        official[in_cell] += strcmp(rules_member_status(member, SAMPLE_DAY), "official") == 0;
        files[i] = members.rows[i][column_of(&members, "Số lý lịch")];
        arena_clear(&arena);
    }
    assert_unique(files, members.row_count);
    size_t kind = column_of(&branches, "Loại tổ chức đảng");
    size_t unit = column_of(&branches, "Loại hình đơn vị");
    size_t established = column_of(&branches, "Ngày thành lập");
    for (size_t i = 0; i < branches.row_count; i++) {
        bool is_later = date_of(branches.rows[i][established], INT32_MIN) > SAMPLE_DAY;
        if (strcmp(branches.rows[i][kind], "Đảng bộ cơ sở") != 0 && official[i] == 0 && !is_later) {
            assert_string_equal(branches.rows[i][unit], "Xã, phường, thị trấn");
            ++*empty;
        } else if (strcmp(branches.rows[i][kind], "Đảng bộ cơ sở") != 0 && !is_later) {
            assert_false(rules_cell_is_below_minimum(official[i], SAMPLE_DAY));
        } else {
            assert_int_equal(official[i], 0);
        }
    }
    arena_release(&arena);
    size_t count = members.row_count;
    sheet_free(&branches);
    sheet_free(&members);
    return count;
}

/* The figures of the directive: 55,310 members, 4.41 % of the people, in 2,000 to 3,400 cells; each record
 * keeps each rule. */
static void sample__default__totals_and_sound_records(void **state)
{
    (void)state;
    const char *const none[] = {NULL};
    run_sample("default", none);
    size_t members = 0;
    size_t cells = 0;
    size_t empty = 0;
    for (size_t i = 0; i < SENDERS; i++) {
        members += check_sender(senders[i], &cells, &empty);
    }
    assert_int_equal(members, MEMBERS);
    assert_int_equal((MEMBERS * 10000 + POPULATION / 2) / POPULATION, 441);
    assert_in_range(cells, 2000, 3400);
    assert_in_range(empty, 2, 30);
}

/* Card numbers are unique over all senders, former members included, but for those who moved to another sender; former
 * members' records are sound. */
static void sample__former_members__sound_with_numbers_of_their_own(void **state)
{
    (void)state;
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    char **cards = calloc(MEMBERS * 2, sizeof(*cards));
    struct sheet sheets[SENDERS * 2];
    size_t card_count = 0;
    size_t former = 0;
    size_t moved = 0;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    for (size_t i = 0; i < SENDERS * 2; i++) {
        bool is_former = i >= SENDERS;
        sheet_read("default", senders[i % SENDERS], is_former ? "former" : "members", ',', &sheets[i]);
        size_t card = column_of(&sheets[i], "Số thẻ đảng viên");
        for (size_t j = 0; j < sheets[i].row_count; j++) {
            bool has_moved = is_former &&
                             sheets[i].rows[j][column_of(&sheets[i], "Sinh hoạt đến ngày")][0] != '\0' &&
                             sheets[i].rows[j][column_of(&sheets[i], "Ngày ra khỏi Đảng")][0] == '\0';
            moved += has_moved;
            if (sheets[i].rows[j][card][0] != '\0' && !has_moved) {
                cards[card_count++] = sheets[i].rows[j][card];
            }
            if (is_former) {
                Dantin__Member *member = record_of(schema, &sheets[i], sheets[i].rows[j], "branch", &arena);
                assert_non_null(member);
                assert_null(judge(schema, member));
                assert_string_equal(rules_member_status(member, SAMPLE_DAY),
                                    has_moved ? "official" : "ended");
                arena_clear(&arena);
                former++;
            }
        }
    }
    assert_unique(cards, card_count);
    assert_in_range(former - moved, MEMBERS / 100, MEMBERS / 50);
    assert_in_range(moved, 200, 500);
    for (size_t i = 0; i < SENDERS * 2; i++) {
        sheet_free(&sheets[i]);
    }
    arena_release(&arena);
    free(cards);
}

static struct hash hash_folder(const char *name)
{
    struct hash sum = {{0}};
    static const char *const suffixes[] = {"branches",    "members",          "former",       "later",
                                           "events",      "offices",          "trainings",    "tasks",
                                           "evaluations", "evaluation-cells", "meetings",     "supervisions",
                                           "dialogues",   "inspections",      "competitions", "plannings",
                                           "fulfilments"};
    enum { SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]) };
    for (size_t i = 0; i < SENDERS * SUFFIXES; i++) {
        char file_name[64];
        (void)snprintf(file_name, sizeof(file_name), "%s-%s.csv", senders[i / SUFFIXES],
                       suffixes[i % SUFFIXES]);
        size_t len = 0;
        char *text = read_text(name, file_name, &len);
        const struct bytes parts[] = {bytes_of(sum.at, sizeof(sum.at)), bytes_of(text, len)};
        sum = hash_of(parts, 2);
        free(text);
    }
    return sum;
}

/* The day a person ceases to be counted at a sender, by its events. */
struct end {
    const char *file_number;
    int32_t date;
};

static int compare_ends(const void *a, const void *b)
{
    return strcmp(((const struct end *)a)->file_number, ((const struct end *)b)->file_number);
}

static size_t read_ends(const struct sheet *events, struct end *ends)
{
    static const char *const types[] = {
        "Chuyển sinh hoạt chính thức đi", "Từ trần", "Xoá tên", "Xin ra khỏi Đảng", "Khai trừ",
        "Không công nhận chính thức"};
    size_t type = column_of(events, "Biến động");
    size_t date = column_of(events, "Hiệu lực từ ngày");
    size_t count = 0;
    for (size_t i = 0; i < events->row_count; i++) {
        for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
            if (strcmp(events->rows[i][type], types[j]) == 0) {
                ends[count++] = (struct end){events->rows[i][0], date_of(events->rows[i][date], 0)};
            }
        }
    }
    qsort(ends, count, sizeof(*ends), compare_ends);
    return count;
}

/* Members of a sender on a date, from its rows. */
static size_t count_members(const struct sheet *sheet, bool has_end, const struct end *ends, size_t end_count,
                            int32_t date)
{
    size_t admission = column_of(sheet, "Ngày vào Đảng");
    size_t from = column_of(sheet, "Sinh hoạt từ ngày");
    size_t before = column_of(sheet, "Chi bộ 2");
    size_t before_from = column_of(sheet, "Sinh hoạt từ ngày 2");
    size_t count = 0;
    for (size_t i = 0; i < sheet->row_count; i++) {
        char *const *row = sheet->rows[i];
        struct end key = {row[0], 0};
        const struct end *end = bsearch(&key, ends, end_count, sizeof(*ends), compare_ends);
        int32_t start = date_of(row[row[before][0] != '\0' ? before_from : from], INT32_MIN);
        int32_t stop = end == NULL ? INT32_MAX : end->date;
        if (has_end) {
            int32_t ended = date_of(row[column_of(sheet, "Ngày ra khỏi Đảng")], INT32_MAX);
            stop = ended < stop ? ended : stop;
        }
        count += date_of(row[admission], 0) <= date && start <= date && date < stop;
    }
    return count;
}

/* Who had gone before the history begins and was admitted once more by a date. */
static size_t count_readmitted(const struct sheet *events, int32_t date)
{
    size_t type = column_of(events, "Biến động");
    size_t from = column_of(events, "Hiệu lực từ ngày");
    size_t count = 0;
    for (size_t i = 0; i < events->row_count; i++) {
        count +=
            strcmp(events->rows[i][type], "Kết nạp lại") == 0 && date_of(events->rows[i][from], 0) <= date;
    }
    return count;
}

/* "measure,unit,period,value" of manifest.csv. */
static size_t manifest_value(const char *manifest, const char *measure, const char *unit, const char *period)
{
    char line[128];
    (void)snprintf(line, sizeof(line), "\n%s,%s,%s,", measure, unit, period);
    const char *at = strstr(manifest, line);
    assert_non_null(at);
    return strtoul(at + strlen(line), NULL, 10);
}

/* A little of everything the indicators tell apart, in every year it is told of. */
static void check_what_happened(const char *manifest)
{
    static const char *const successions[] = {"merged", "split", "renamed"};
    assert_in_range(manifest_value(manifest, "readmitted", "51", "2023") +
                        manifest_value(manifest, "readmitted", "51", "2024"),
                    3, 40);
    for (size_t i = 0; i < sizeof(successions) / sizeof(successions[0]); i++) {
        assert_in_range(manifest_value(manifest, successions[i], "51", "2023"), 1, 20);
        assert_in_range(manifest_value(manifest, successions[i], "51", "2024"), 1, 20);
    }
    size_t visits = manifest_value(manifest, "visits", "51", "all");
    assert_in_range(manifest_value(manifest, "visits", "51", "2024"), visits / 5, visits / 3);
    size_t planned = manifest_value(manifest, "planned", "51", "2024-12-31");
    assert_in_range(manifest_value(manifest, "planned_trained", "51", "2024-12-31"), planned * 2 / 3,
                    planned - 1);
}

/* The figures that consolidated ones are compared with are those of the rows; ends, moves and the pilot are in bounds. */
static void sample__manifest__as_counted_from_the_rows(void **state)
{
    (void)state;
    static const char *const names[] = {"members", "former", "later"};
    static const char *const days[] = {"2020-12-31", "2022-06-30", "2024-12-31"};
    static struct end ends[ROWS_MAX];
    size_t len = 0;
    char *manifest = read_text("default", "manifest.csv", &len);
    for (size_t i = 0; i < SENDERS; i++) {
        struct sheet events;
        size_t counts[3] = {0};
        sheet_read("default", senders[i], "events", ',', &events);
        size_t end_count = read_ends(&events, ends);
        for (size_t j = 0; j < 3; j++) {
            struct sheet sheet;
            sheet_read("default", senders[i], names[j], ',', &sheet);
            for (size_t k = 0; k < 3; k++) {
                counts[k] += count_members(&sheet, j > 0, ends, end_count, date_of(days[k], 0));
            }
            sheet_free(&sheet);
        }
        for (size_t k = 0; k < 3; k++) {
            counts[k] += count_readmitted(&events, date_of(days[k], 0));
            assert_int_equal(counts[k], manifest_value(manifest, "members", senders[i], days[k]));
        }
        sheet_free(&events);
    }
    assert_int_equal(manifest_value(manifest, "members", "51", "2022-06-30"), MEMBERS);
    for (int year = 2021; year <= 2024; year++) {
        char period[12];
        (void)snprintf(period, sizeof(period), "%d", year);
        assert_in_range(manifest_value(manifest, "admitted", "51", period), 2001, 2500);
        assert_in_range(manifest_value(manifest, "died", "51", period), 150, 900);
    }
    size_t cases = manifest_value(manifest, "pilot_cases", "51", "2022");
    size_t reruns = manifest_value(manifest, "pilot_reruns", "51", "2022");
    assert_in_range(cases, 100, 400);
    assert_in_range(reruns, 2, cases / 10);
    assert_int_equal(manifest_value(manifest, "pilot_elected_first", "51", "2022") + reruns, cases);
    assert_in_range(manifest_value(manifest, "pilot_winner_members", "51", "2022"), cases * 8 / 10,
                    cases - 1);
    size_t winners = manifest_value(manifest, "pilot_winner_members", "51", "2022");
    assert_in_range(manifest_value(manifest, "pilot_on_committee", "51", "2022"), winners / 2, winners - 1);
    assert_in_range(manifest_value(manifest, "pilot_secretaries", "51", "2022"), winners / 2, winners - 1);
    size_t bare = manifest_value(manifest, "hamlets_without_cell", "51", "2024-12-31");
    assert_in_range(bare, 20, 150);
    assert_in_range(manifest_value(manifest, "hamlets_without_member", "51", "2024-12-31"), bare + 2,
                    bare + 30);
    check_what_happened(manifest);
    free(manifest);
}

/* A hamlet's code stands for one hamlet; one that was merged keeps its own. */
static void sample__hamlets__each_code_once(void **state)
{
    (void)state;
    const char *const arguments[] = {"--seed", "2", "--since", "2024-12-01", NULL};
    struct sheet sheet;
    run_sample("hamlets", arguments);
    sheet_read("hamlets", "province", "localities", ',', &sheet);
    char **codes = calloc(sheet.row_count, sizeof(*codes));
    assert_non_null(codes);
    for (size_t i = 0; i < sheet.row_count; i++) {
        codes[i] = sheet.rows[i][column_of(&sheet, "Mã đơn vị")];
    }
    assert_in_range(sheet.row_count, 1000, 2500);
    assert_unique(codes, sheet.row_count);
    free(codes);
    sheet_free(&sheet);
}

/* Same seed, same bytes; another seed, other bytes: figures of different runs can be compared. */
static void sample__seed__decides_every_byte(void **state)
{
    (void)state;
    const char *const seven[] = {"--seed", "7", "--members", "3000", NULL};
    const char *const eight[] = {"--seed", "8", "--members", "3000", NULL};
    run_sample("a", seven);
    run_sample("b", seven);
    run_sample("c", eight);

    struct hash a = hash_folder("a");
    struct hash b = hash_folder("b");
    struct hash c = hash_folder("c");
    assert_true(hash_equal(&a, &b));
    assert_false(hash_equal(&a, &c));
}

/* Each row written down as failing fails, each one repaired is taken, and no other row suffers. */
static void sample__faults__as_written_down(void **state)
{
    (void)state;
    const char *const arguments[] = {"--members", "6000", "--faults",
                                     "dates=3%,nfd=3%,cards=2%,codes=3%,zeros=3%,semicolon,bom,crlf", NULL};
    run_sample("faults", arguments);
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    size_t counts[3] = {0};
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    for (size_t i = 0; i < SENDERS; i++) {
        struct sheet members;
        struct sheet faults;
        sheet_read("faults", senders[i], "members", ';', &members);
        sheet_read("faults", senders[i], "members.csv.faults", ',', &faults);
        size_t next = 0;
        size_t card = column_of(&members, "Số thẻ đảng viên");
        for (size_t j = 0; j < members.row_count; j++) {
            const char *expected = "";
            if (next < faults.row_count && strtoul(faults.rows[next][0], NULL, 10) == j + 2) {
                expected = faults.rows[next++][3];
            }
            Dantin__Member *member = record_of(schema, &members, members.rows[j], "branch", &arena);
            bool is_sound = member != NULL && judge(schema, member) == NULL;
            assert_int_equal(is_sound, strcmp(expected, "fails") != 0);
            if (strcmp(expected, "duplicate") == 0) {
                size_t before = 0;
                while (strcmp(members.rows[before][card], members.rows[j][card]) != 0) {
                    before++;
                }
                assert_true(before < j);
            }
            counts[0] += strcmp(expected, "fails") == 0;
            counts[1] += strcmp(expected, "repaired") == 0;
            counts[2] += strcmp(expected, "duplicate") == 0;
            arena_clear(&arena);
        }
        assert_int_equal(next, faults.row_count);
        sheet_free(&members);
        sheet_free(&faults);
    }
    assert_in_range(counts[0], 240, 480);
    assert_in_range(counts[1], 240, 480);
    assert_in_range(counts[2], 70, 170);
    arena_release(&arena);
}

static void remove_folder(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char inner[PATH_MAX_BYTES * 2];
        (void)snprintf(inner, sizeof(inner), "%.500s/%.255s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && remove(inner) != 0) {
            remove_folder(inner);
        }
    }
    (void)closedir(directory);
    (void)remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/dantin-sample-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample__default__totals_and_sound_records),
        cmocka_unit_test(sample__former_members__sound_with_numbers_of_their_own),
        cmocka_unit_test(sample__manifest__as_counted_from_the_rows),
        cmocka_unit_test(sample__hamlets__each_code_once),
        cmocka_unit_test(sample__seed__decides_every_byte),
        cmocka_unit_test(sample__faults__as_written_down),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
