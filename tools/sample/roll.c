/* Sheets of one sender, row by row. */
#include "tools/sample/roll.h"

#include <stdlib.h>
#include <string.h>

#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/schema.h"
#include "tools/sample/table.h"

/* Columns, in the order of the sheets; headers are the schema's labels. */
enum member_column {
    M_FILE_NUMBER,
    M_CARD_NUMBER,
    M_NAME,
    M_BIRTH_DATE,
    M_SEX,
    M_ETHNICITY,
    M_RELIGION,
    M_ADMISSION_DECISION_DATE,
    M_ADMISSION_DATE,
    M_OFFICIAL_DECISION_DATE,
    M_OFFICIAL_DATE,
    M_TEMPORARILY_EXEMPT_FROM,
    M_TEMPORARILY_EXEMPT_TO,
    M_EXEMPT_FROM,
    M_OCCUPATION,
    M_GENERAL_EDUCATION,
    M_PROFESSION,
    M_POLITICAL_THEORY,
    M_CELL,
    M_CELL_FROM,
    M_YOUTH_UNION,
    M_CELL_BEFORE,
    M_CELL_BEFORE_FROM,
    M_CELL_BEFORE_TO,
    M_CELL_TO,
    M_ENDED_DATE,
    M_ENDED_REASON,
    M_COLUMNS
};
/* A list's item with the number of the element behind it. */
static const char *const member_fields[M_COLUMNS] = {"file_number",
                                                     "card_number",
                                                     "name",
                                                     "birth_date",
                                                     "sex",
                                                     "ethnicity",
                                                     "religion",
                                                     "admission_decision_date",
                                                     "admission_date",
                                                     "official_decision_date",
                                                     "official_date",
                                                     "temporarily_exempt_from",
                                                     "temporarily_exempt_to",
                                                     "exempt_from",
                                                     "occupation",
                                                     "general_education",
                                                     "profession",
                                                     "political_theory",
                                                     "branch.branch",
                                                     "branch.from",
                                                     "was_youth_union_member",
                                                     "branch.branch 2",
                                                     "branch.from 2",
                                                     "branch.to 2",
                                                     "branch.to",
                                                     "ended_date",
                                                     "ended_reason"};
enum { M_COLUMNS_OF_MEMBERS = M_CELL_TO, HEADER_BYTES = 96 };

struct roll {
    const char *folder;
    const struct committee *committee;
    const struct faults *faults;
    struct prng fault_prng; /* of its own: the rows without fault stay as they are without any */
    char header_texts[M_COLUMNS][HEADER_BYTES];
    const char *headers[M_COLUMNS];
    char card_before[SAMPLE_TEXT_BYTES];
};

static void write_branches(const struct roll *roll);
static void write_branch(struct table *table, struct prng *prng, const struct committee *committee,
                         const struct planned_branch *branch);
static void write_members(struct roll *roll);
static void write_others(const struct roll *roll, enum enrolled_sheet which, const char *name);
static void write_events(const struct roll *roll);
static void write_event(struct table *table, const struct committee *committee,
                        const struct enrolled *enrolled, const struct life_event *event);
static void fill_row(const struct committee *committee, const struct enrolled *enrolled,
                     struct sheet_row *row);
static void fill_cells(const struct committee *committee, const struct enrolled *enrolled,
                       struct sheet_row *row);
static void set_date(char cell[SAMPLE_TEXT_BYTES], int32_t days);
static void set_code(char cell[SAMPLE_TEXT_BYTES], const char *list, const char *code);
static void set_text(char cell[SAMPLE_TEXT_BYTES], const char *text);
static void find_headers(struct roll *roll);

void roll_write(const char *folder, const struct committee *committee, const struct faults *faults)
{
    static struct roll roll;
    roll = (struct roll){.folder = folder, .committee = committee, .faults = faults};
    prng_init(&roll.fault_prng, ~committee->seed);
    find_headers(&roll);
    write_branches(&roll);
    write_members(&roll);
    write_others(&roll, SHEET_FORMER, "former");
    write_others(&roll, SHEET_LATER, "later");
    write_events(&roll);
}

static void write_branches(const struct roll *roll)
{
    const struct committee *committee = roll->committee;
    struct prng prng = prng_for(committee->seed, SALT_BRANCHES);
    struct table table;
    table_open_of(
        &table, roll->folder, committee->sender, "branches", KIND_BRANCH,
        "code name kind unit_type parent locality established_date term_from term_to committee_seats "
        "dissolved_date dissolved_decision dissolved_authority "
        "successor*2{branch,date,type}");
    for (size_t i = 0; i < 2 * committee->plan.count; i++) {
        /* Those that others succeed at the end. */
        const struct planned_branch *branch = &committee->plan.branches[i % committee->plan.count];
        if ((branch->succession != NULL) == (i >= committee->plan.count)) {
            write_branch(&table, &prng, committee, branch);
        }
    }
    table_close(&table);
}

static void write_branch(struct table *table, struct prng *prng, const struct committee *committee,
                         const struct planned_branch *branch)
{
    enum {
        FIRST_YEAR_DAY = 2254 /* 04/03/1976 */,
        LAST_YEAR_DAY = 17897 /* 01/01/2019 */,
        SEATS_MEMBERS_MIN = 9, /* fewer official members elect a secretary only */
        MEMBERS_PER_SEAT = 6,
        SEATS_MAX = 7,
        COMMITTEE_SEATS = 15,
    };
    bool is_cell = plan_is_cell(branch);
    unsigned seats = branch->members < SEATS_MEMBERS_MIN ? 0 : 3 + branch->members / MEMBERS_PER_SEAT / 2 * 2;
    seats = is_cell ? (seats > SEATS_MAX ? SEATS_MAX : seats) : COMMITTEE_SEATS;
    int32_t established = chance(prng, 800) ? (int32_t)pick(prng, FIRST_YEAR_DAY, LAST_YEAR_DAY) : NO_DATE;
    int32_t term_from = is_cell ? day_of(2022, 6, 15) : day_of(2020, 6, 15);
    bool is_new = branch->established_date != NO_DATE;
    table_text(table, branch->code);
    table_text(table, branch->name);
    table_code(table, branch->kind);
    table_code(table, branch->unit_type);
    table_text(table, branch->parent);
    table_text(table, branch->locality);
    table_date(table, is_new ? branch->established_date : established);
    table_date(table, is_new ? branch->established_date : term_from);
    table_date(table, is_cell ? day_of(2025, 1, 15) : day_of(2025, 6, 15));
    if (seats > 0) {
        table_number(table, (long)seats);
    } else {
        table_blank(table, 1);
    }
    if (branch->succession != NULL) {
        table_date(table, branch->dissolved_date);
        table_text(table, "118-QĐ/CU");
        table_format(table, "Ban Thường vụ cấp uỷ %s", committee->sender->name);
    }
    for (size_t i = 0; i < branch->successor_count; i++) {
        table_text(table, committee->plan.branches[branch->successors[i]].code);
        table_date(table, branch->dissolved_date);
        table_code(table, branch->succession);
    }
    table_end(table);
}

static void write_members(struct roll *roll)
{
    static const struct fault_columns columns = {.name = M_NAME,
                                                 .card_number = M_CARD_NUMBER,
                                                 .birth_date = M_BIRTH_DATE,
                                                 .admission_date = M_ADMISSION_DATE,
                                                 .official_date = M_OFFICIAL_DATE,
                                                 .ethnicity = M_ETHNICITY,
                                                 .religion = M_RELIGION,
                                                 .occupation = M_OCCUPATION,
                                                 .sex = M_SEX};
    static const char *const fault_headers[] = {"row", "fault", "column", "expected"};
    const struct faults *faults = roll->faults;
    const struct committee *committee = roll->committee;
    char name[64];
    (void)snprintf(name, sizeof(name), "%s-members.csv", committee->sender->code);
    struct sheet sheet;
    sheet_open(&sheet, roll->folder, name, faults->format, roll->headers, M_COLUMNS_OF_MEMBERS);
    struct sheet fault_sheet = {.file = NULL};
    if (faults_any(faults)) {
        (void)snprintf(name, sizeof(name), "%s-members.csv.faults.csv", committee->sender->code);
        sheet_open(&fault_sheet, roll->folder, name, (struct sheet_format){.delimiter = ','}, fault_headers,
                   4);
    }
    unsigned row_number = 1; /* as a spreadsheet shows it: the headers are row 1 */
    static struct sheet_row row;
    for (size_t i = 0; i < committee->member_count; i++) {
        fill_row(committee, &committee->people[i], &row);
        row_number++;
        char card[SAMPLE_TEXT_BYTES];
        memcpy(card, row.cells[M_CARD_NUMBER], sizeof(card));
        struct fault_applied applied;
        if (fault_sheet.file != NULL && faults_apply(&roll->fault_prng, faults, &columns, roll->headers,
                                                     roll->card_before, &row, &applied)) {
            static struct sheet_row fault_row;
            (void)snprintf(fault_row.cells[0], SAMPLE_TEXT_BYTES, "%u", row_number);
            (void)snprintf(fault_row.cells[1], SAMPLE_TEXT_BYTES, "%s", applied.fault);
            (void)snprintf(fault_row.cells[2], SAMPLE_TEXT_BYTES, "%s", applied.column);
            (void)snprintf(fault_row.cells[3], SAMPLE_TEXT_BYTES, "%s", applied.expected);
            sheet_write(&fault_sheet, &fault_row);
        } else if (card[0] != '\0') {
            memcpy(roll->card_before, card, sizeof(card)); /* of a sound row, which will be taken */
        }
        sheet_write(&sheet, &row);
    }
    if (fault_sheet.file != NULL) {
        sheet_close(&fault_sheet);
    }
    sheet_close(&sheet);
}

/* Those gone before, or come since. */
static void write_others(const struct roll *roll, enum enrolled_sheet which, const char *name)
{
    const struct committee *committee = roll->committee;
    char file[64];
    (void)snprintf(file, sizeof(file), "%s-%s.csv", committee->sender->code, name);
    struct sheet sheet;
    sheet_open(&sheet, roll->folder, file, roll->faults->format, roll->headers, M_COLUMNS);
    static struct sheet_row row;
    for (size_t i = committee->member_count; i < committee->count; i++) {
        if (committee->people[i].sheet == which) {
            fill_row(committee, &committee->people[i], &row);
            sheet_write(&sheet, &row);
        }
    }
    sheet_close(&sheet);
}

/* One row per event: the import adds it to the member and works out the member's dates from it. */
static void write_events(const struct roll *roll)
{
    const struct committee *committee = roll->committee;
    struct table table;
    table_open_of(&table, roll->folder, committee->sender, "events", KIND_MEMBER,
                  "file_number event.type event.effective_date event.to_date event.decision_number "
                  "event.decision_date event.authority event.branch event.place event.detail event.number");
    for (size_t i = 0; i < committee->count; i++) {
        for (size_t j = 0; j < committee->people[i].event_count; j++) {
            write_event(&table, committee, &committee->people[i], &committee->people[i].events[j]);
        }
    }
    table_close(&table);
}

static void write_event(struct table *table, const struct committee *committee,
                        const struct enrolled *enrolled, const struct life_event *event)
{
    table_text(table, enrolled->file_number);
    table_code(table, event->type);
    table_date(table, event->date);
    table_date(table, event->to_date);
    if (event->decision_date != NO_DATE) {
        table_format(table, "%d-QĐ/CU", (int)(event->decision_date * 7 % 900) + 1);
        table_date(table, event->decision_date);
        table_format(table, "Ban Thường vụ cấp uỷ %s", committee->sender->name);
    } else {
        table_blank(table, 3);
    }
    table_text(table, event->branch == NULL ? "" : event->branch);
    table_code(table, event->place);
    table_code(table, event->detail);
    if (event->number > 0) {
        table_format(table, strcmp(event->type, "badge") == 0 ? "%u" : "%08u", event->number);
    }
    table_end(table);
}

static void fill_row(const struct committee *committee, const struct enrolled *enrolled,
                     struct sheet_row *row)
{
    const struct person *person = &enrolled->person;
    bool is_final = enrolled->sheet != SHEET_MEMBERS;
    memset(row, 0, sizeof(*row));
    set_text(row->cells[M_FILE_NUMBER], enrolled->file_number);
    if (enrolled->has_card_stated || (is_final && enrolled->card > 0)) {
        (void)snprintf(row->cells[M_CARD_NUMBER], SAMPLE_TEXT_BYTES, "%08u", enrolled->card);
    }
    set_text(row->cells[M_NAME], person->name);
    set_date(row->cells[M_BIRTH_DATE], person->birth_date);
    set_code(row->cells[M_SEX], "sex", person->is_woman ? "nu" : "nam");
    /* These two as codes, with their zeros; the others as names: both are usual. */
    set_text(row->cells[M_ETHNICITY], person->ethnicity);
    set_text(row->cells[M_RELIGION], person->religion);
    set_date(row->cells[M_ADMISSION_DECISION_DATE], person->admission_decision_date);
    set_date(row->cells[M_ADMISSION_DATE], person->admission_date);
    set_date(row->cells[M_OFFICIAL_DECISION_DATE],
             is_final ? enrolled->official_decision_date : person->official_decision_date);
    set_date(row->cells[M_OFFICIAL_DATE], is_final ? enrolled->official_date : person->official_date);
    set_date(row->cells[M_TEMPORARILY_EXEMPT_FROM], person->temporarily_exempt_from);
    set_date(row->cells[M_TEMPORARILY_EXEMPT_TO], person->temporarily_exempt_to);
    set_date(row->cells[M_EXEMPT_FROM], person->exempt_from);
    set_code(row->cells[M_OCCUPATION], "occupation", person->occupation);
    set_code(row->cells[M_GENERAL_EDUCATION], "general_education", person->general_education);
    set_code(row->cells[M_PROFESSION], "profession", person->profession);
    set_code(row->cells[M_POLITICAL_THEORY], "political_theory", person->political_theory);
    set_text(row->cells[M_YOUTH_UNION], person->was_youth_union_member ? "có" : "");
    if (is_final) {
        set_date(row->cells[M_ENDED_DATE], enrolled->ended_date);
        set_code(row->cells[M_ENDED_REASON], "ended_reason", enrolled->ended_reason);
    }
    fill_cells(committee, enrolled, row);
}

/* The last stay that the sheet states, and the one before it. */
static void fill_cells(const struct committee *committee, const struct enrolled *enrolled,
                       struct sheet_row *row)
{
    const struct stay *stay = &enrolled->stays[enrolled->stay_count_stated - 1];
    set_text(row->cells[M_CELL], committee->plan.branches[stay->cell].code);
    set_date(row->cells[M_CELL_FROM], stay->from);
    if (enrolled->sheet != SHEET_MEMBERS) {
        set_date(row->cells[M_CELL_TO], stay->to);
    }
    if (enrolled->stay_count_stated > 1) {
        const struct stay *before = stay - 1;
        set_text(row->cells[M_CELL_BEFORE], committee->plan.branches[before->cell].code);
        set_date(row->cells[M_CELL_BEFORE_FROM], before->from);
        set_date(row->cells[M_CELL_BEFORE_TO], before->to);
    }
}

static void set_text(char cell[SAMPLE_TEXT_BYTES], const char *text)
{
    (void)snprintf(cell, SAMPLE_TEXT_BYTES, "%s", text);
}

static void set_date(char cell[SAMPLE_TEXT_BYTES], int32_t days)
{
    cell[0] = '\0';
    if (days != NO_DATE) {
        char text[DATE_TEXT_BYTES];
        date_format_vi(days, text);
        (void)snprintf(cell, SAMPLE_TEXT_BYTES, "%s", text);
    }
}

/* The code's Vietnamese name. */
static void set_code(char cell[SAMPLE_TEXT_BYTES], const char *list, const char *code)
{
    cell[0] = '\0';
    if (code != NULL) {
        const struct code_item *item = codes_find(list, bytes_of_text(code));
        if (item == NULL) {
            sample_fail("no code %s in %s", code, list);
            return; /* for tools that do not know sample_fail ends the program */
        }
        (void)snprintf(cell, SAMPLE_TEXT_BYTES, "%s", item->name_vi);
    }
}

static void find_headers(struct roll *roll)
{
    const struct kind_schema *schema = schema_of(KIND_MEMBER);
    for (size_t i = 0; i < M_COLUMNS; i++) {
        char name[64];
        const char *dot = strchr(member_fields[i], '.');
        int len = (int)strcspn(member_fields[i], ".");
        (void)snprintf(name, sizeof(name), "%.*s", len, member_fields[i]);
        int field = schema_field_index(schema, name);
        int list = schema_list_index(schema, name);
        const char *number = strchr(member_fields[i], ' ');
        const char *label = field >= 0 ? schema->fields[field].label_vi : "";
        for (size_t j = 0; list >= 0 && dot != NULL && j < schema->lists[list].item_count; j++) {
            const struct field_schema *item = &schema->lists[list].items[j];
            label = strncmp(dot + 1, item->name, strcspn(dot + 1, " ")) == 0 ? item->label_vi : label;
        }
        (void)snprintf(roll->header_texts[i], HEADER_BYTES, "%s%s", label, number == NULL ? "" : number);
        roll->headers[i] = roll->header_texts[i];
    }
}
