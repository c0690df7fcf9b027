/* Sheets of one sender, row by row. */
#include "tools/sample/roll.h"

#include <stdlib.h>
#include <string.h>

#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/schema.h"
#include "tools/sample/person.h"
#include "tools/sample/plan.h"

enum {
    FORMER_PER_MILLE = 15,    /* of the members, in a sheet of their own */
    CARD_NUMBERS = 100000000, /* eight digits */
    CARD_STEP = 72559067,     /* has no factor in common with CARD_NUMBERS: no card number comes twice */
};

/* Columns, in the order of the sheets; headers are the schema's labels. */
enum branch_column { B_CODE, B_NAME, B_KIND, B_UNIT_TYPE, B_PARENT, B_LOCALITY, B_ESTABLISHED, B_COLUMNS };
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
    M_ENDED_DATE,
    M_ENDED_REASON,
    M_COLUMNS
};
static const char *const branch_fields[B_COLUMNS] = {
    "code", "name", "kind", "unit_type", "parent", "locality", "established_date"};
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
                                                     "branch",
                                                     "branch.from",
                                                     "ended_date",
                                                     "ended_reason"};
enum { M_COLUMNS_OF_MEMBERS = M_ENDED_DATE };

/* The members' side of one sender. */
struct roll {
    const struct roll_order *order;
    struct prng *prng;
    struct prng fault_prng; /* of its own: the rows without fault stay as they are without any */
    const char *headers[M_COLUMNS];
    unsigned file_count;  /* file numbers given out */
    uint64_t *card_count; /* card numbers given out, over all senders */
    char card_before[SAMPLE_TEXT_BYTES];
};

static void write_branches(struct roll *roll, const struct plan *plan);
static void write_members(struct roll *roll, const struct plan *plan);
static void write_former(struct roll *roll, const struct plan *plan);
static void fill_row(struct roll *roll, const struct person *person, const char *cell_code,
                     struct sheet_row *row);
static void set_date(char cell[SAMPLE_TEXT_BYTES], int32_t days);
static void set_code(char cell[SAMPLE_TEXT_BYTES], const char *list, const char *code);
static void find_headers(enum record_kind kind, const char *const *fields, size_t count,
                         const char **ret_headers);

void roll_write(const struct roll_order *order, uint64_t *card_count)
{
    struct prng prng;
    prng_init(&prng, order->seed);
    struct roll roll = {.order = order, .prng = &prng, .card_count = card_count};
    prng_init(&roll.fault_prng, ~order->seed);
    find_headers(KIND_MEMBER, member_fields, M_COLUMNS, roll.headers);
    struct plan plan;
    plan_make(&prng, order->sender, order->members, &plan);
    write_branches(&roll, &plan);
    write_members(&roll, &plan);
    write_former(&roll, &plan);
    free(plan.branches);
}

static void write_branches(struct roll *roll, const struct plan *plan)
{
    enum { FIRST_YEAR_DAY = 2254 /* 04/03/1976 */, LAST_YEAR_DAY = 17897 /* 01/01/2019 */ };
    const char *headers[B_COLUMNS];
    find_headers(KIND_BRANCH, branch_fields, B_COLUMNS, headers);
    char name[64];
    (void)snprintf(name, sizeof(name), "%s-branches.csv", roll->order->sender->code);
    struct sheet sheet;
    sheet_open(&sheet, roll->order->folder, name, roll->order->faults->format, headers, B_COLUMNS);
    for (size_t i = 0; i < plan->count; i++) {
        const struct planned_branch *branch = &plan->branches[i];
        static struct sheet_row row;
        memset(&row, 0, sizeof(row));
        (void)snprintf(row.cells[B_CODE], SAMPLE_TEXT_BYTES, "%s", branch->code);
        (void)snprintf(row.cells[B_NAME], SAMPLE_TEXT_BYTES, "%s", branch->name);
        (void)snprintf(row.cells[B_PARENT], SAMPLE_TEXT_BYTES, "%s", branch->parent);
        (void)snprintf(row.cells[B_LOCALITY], SAMPLE_TEXT_BYTES, "%s", branch->locality);
        set_code(row.cells[B_KIND], "branch_kind", branch->kind);
        set_code(row.cells[B_UNIT_TYPE], "unit_type", branch->unit_type);
        if (chance(roll->prng, 800)) {
            set_date(row.cells[B_ESTABLISHED], (int32_t)pick(roll->prng, FIRST_YEAR_DAY, LAST_YEAR_DAY));
        }
        sheet_write(&sheet, &row);
    }
    sheet_close(&sheet);
}

static void write_members(struct roll *roll, const struct plan *plan)
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
    const struct faults *faults = roll->order->faults;
    char name[64];
    (void)snprintf(name, sizeof(name), "%s-members.csv", roll->order->sender->code);
    struct sheet sheet;
    sheet_open(&sheet, roll->order->folder, name, faults->format, roll->headers, M_COLUMNS_OF_MEMBERS);
    struct sheet fault_sheet = {.file = NULL};
    if (faults_any(faults)) {
        (void)snprintf(name, sizeof(name), "%s-members.csv.faults.csv", roll->order->sender->code);
        sheet_open(&fault_sheet, roll->order->folder, name, (struct sheet_format){.delimiter = ','},
                   fault_headers, 4);
    }
    unsigned row_number = 1; /* as a spreadsheet shows it: the headers are row 1 */
    static struct sheet_row row;
    for (size_t i = 0; i < plan->count; i++) {
        for (unsigned j = 0; j < plan->branches[i].members; j++) {
            struct person_wish wish = {.milieu = plan->branches[i].milieu,
                                       .district = roll->order->sender->code,
                                       .is_official = j < CELL_MEMBERS_MIN};
            struct person person;
            person_draw(roll->prng, &wish, &person);
            fill_row(roll, &person, plan->branches[i].code, &row);
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
    }
    if (fault_sheet.file != NULL) {
        sheet_close(&fault_sheet);
    }
    sheet_close(&sheet);
}

/* A few people per hundred whose membership has ended, in cells drawn at random. */
static void write_former(struct roll *roll, const struct plan *plan)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s-former.csv", roll->order->sender->code);
    struct sheet sheet;
    sheet_open(&sheet, roll->order->folder, name, roll->order->faults->format, roll->headers, M_COLUMNS);
    unsigned count = (roll->order->members * FORMER_PER_MILLE + 500) / 1000;
    static struct sheet_row row;
    while (count > 0) {
        const struct planned_branch *cell = &plan->branches[prng_below(roll->prng, plan->count)];
        if (cell->members == 0) {
            continue;
        }
        struct person_wish wish = {
            .milieu = cell->milieu, .district = roll->order->sender->code, .is_former = true};
        struct person person;
        person_draw(roll->prng, &wish, &person);
        fill_row(roll, &person, cell->code, &row);
        sheet_write(&sheet, &row);
        count--;
    }
    sheet_close(&sheet);
}

static void fill_row(struct roll *roll, const struct person *person, const char *cell_code,
                     struct sheet_row *row)
{
    memset(row, 0, sizeof(*row));
    roll->file_count++;
    (void)snprintf(row->cells[M_FILE_NUMBER], SAMPLE_TEXT_BYTES, "%03u%07u", roll->order->sender->file_prefix,
                   roll->file_count);
    if (person->official_date != PERSON_NO_DATE) {
        ++*roll->card_count;
        (void)snprintf(row->cells[M_CARD_NUMBER], SAMPLE_TEXT_BYTES, "%08u",
                       (unsigned)(*roll->card_count * CARD_STEP % CARD_NUMBERS));
    }
    (void)snprintf(row->cells[M_NAME], SAMPLE_TEXT_BYTES, "%s", person->name);
    set_date(row->cells[M_BIRTH_DATE], person->birth_date);
    set_code(row->cells[M_SEX], "sex", person->is_woman ? "nu" : "nam");
    /* These two as codes, with their zeros; the others as names: both are usual. */
    (void)snprintf(row->cells[M_ETHNICITY], SAMPLE_TEXT_BYTES, "%s", person->ethnicity);
    (void)snprintf(row->cells[M_RELIGION], SAMPLE_TEXT_BYTES, "%s", person->religion);
    set_date(row->cells[M_ADMISSION_DECISION_DATE], person->admission_decision_date);
    set_date(row->cells[M_ADMISSION_DATE], person->admission_date);
    set_date(row->cells[M_OFFICIAL_DECISION_DATE], person->official_decision_date);
    set_date(row->cells[M_OFFICIAL_DATE], person->official_date);
    set_date(row->cells[M_TEMPORARILY_EXEMPT_FROM], person->temporarily_exempt_from);
    set_date(row->cells[M_TEMPORARILY_EXEMPT_TO], person->temporarily_exempt_to);
    set_date(row->cells[M_EXEMPT_FROM], person->exempt_from);
    set_code(row->cells[M_OCCUPATION], "occupation", person->occupation);
    set_code(row->cells[M_GENERAL_EDUCATION], "general_education", person->general_education);
    set_code(row->cells[M_PROFESSION], "profession", person->profession);
    set_code(row->cells[M_POLITICAL_THEORY], "political_theory", person->political_theory);
    (void)snprintf(row->cells[M_CELL], SAMPLE_TEXT_BYTES, "%s", cell_code);
    set_date(row->cells[M_CELL_FROM], person->in_cell_from);
    set_date(row->cells[M_ENDED_DATE], person->ended_date);
    set_code(row->cells[M_ENDED_REASON], "ended_reason", person->ended_reason);
}

static void set_date(char cell[SAMPLE_TEXT_BYTES], int32_t days)
{
    cell[0] = '\0';
    if (days != PERSON_NO_DATE) {
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

/* Vietnamese labels of fields, of lists, or of "<list>.from". */
static void find_headers(enum record_kind kind, const char *const *fields, size_t count,
                         const char **ret_headers)
{
    const struct kind_schema *schema = schema_of(kind);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        size_t len = strcspn(fields[i], ".");
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, fields[i]);
        int field = schema_field_index(schema, name);
        int list = schema_list_index(schema, name);
        if (field >= 0) {
            ret_headers[i] = schema->fields[field].label_vi;
        } else if (list >= 0) {
            enum edge_item item = fields[i][len] == '.' ? EDGE_FROM : EDGE_REFERENCE;
            ret_headers[i] = schema->lists[list].items[item].label_vi;
        } else {
            sample_fail("no field %s", fields[i]);
        }
    }
}
