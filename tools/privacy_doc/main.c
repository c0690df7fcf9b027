/* privacy_doc: print docs/privacy.md from the tables of common/record. */
#include <stdio.h>

#include "common/record/privacy.h"
#include "common/record/schema.h"

static void print_head(void);
static void print_kind(const struct kind_schema *schema);
static void print_field(const struct kind_schema *schema, const struct list_schema *list,
                        const struct field_schema *field);
static const char *who_sees(const struct kind_schema *schema, const struct list_schema *list,
                            const struct field_schema *field);
static void print_others(void);

int main(void)
{
    print_head();
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        if (schema_is_personal(schema_of(kind))) {
            print_kind(schema_of(kind));
        }
    }
    print_others();
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}

static void print_head(void)
{
    (void)puts(
        "# Personal data\n\n"
        "Made by `privacy_doc` from `common/record/`; do not edit: purpose, basis and retention stand in "
        "`common/record/privacy.def`. "
        "Retention is\nproposed; the province decides, and a lawyer of the province confirms the basis.\n\n"
        "dantin keeps the least that the directive's indicators and the Party's statistical forms need: no "
        "family, health, property, "
        "foreign relations,\nhome address, telephone or citizen number, no text about a person's conduct or "
        "history, no opinion of "
        "anybody. It watches nobody who is neither a member\nnor holds or stands for an office.\n\n"
        "## Who sees what\n\n"
        "* **The committee** that entered a record has it whole, on its own PC, and gets the province's copy "
        "only when two of its "
        "devices disagree.\n"
        "* **The province's devices** get numbers, and behind a number the records' ids with their branch "
        "and receipt: no name, no "
        "date of a person. They must\n  say what for (`--purpose`). Who shares a card or file number is "
        "listed for mending, not the number.\n"
        "* **Sensitive** fields (ethnicity, religion: Law 91/2025/QH15, Decree 356/2025) leave the server as "
        "numbers alone, small ones "
        "hidden; exact ones go to\n  devices of the province named for them.\n"
        "* **Every answer is noted** with the read (docs/operations.md, the log of reads): who, what for, "
        "about whom. `dantind audit "
        "subject` and\n  `dantin looked` tell who looked at a person; unusual volumes raise an alarm.\n\n"
        "## What a person may ask\n\n"
        "To see what is kept: the committee's `dantin show`. To have it corrected: a change, with the "
        "earlier version kept in the "
        "journal. To have it erased: the\nprovince decides; `dantind erase` blanks it in every version, copy "
        "and proof, and keeps the "
        "coded fields that counts use, at the province and, at its next `dantin submit`, on every PC that "
        "submitted the person; "
        "spreadsheets and prints the committee\ndestroys itself. Who looked: above.\n\n"
        "## When data got out\n\n"
        "`dantind breach-report DEVICE|TIME` lists which records and fields were reachable and which were "
        "read. The notice to the "
        "Ministry of Public Security (A05) is\ndue within 72 hours (Decree 13/2023 art. 23; from 1/1/2026 "
        "Law 91/2025/QH15 and Decree "
        "356/2025); it may be made in stages.");
}

static void print_kind(const struct kind_schema *schema)
{
    const struct privacy_kind *privacy = privacy_of_kind(schema->kind);
    (void)printf("\n## %s: %s, %s\n\nPurpose: %s.\nBasis: %s.\nRetention: %s.\n\n", schema->name,
                 schema->label_vi, schema->label_en, privacy->purpose, privacy->basis, privacy->retention);
    (void)puts("| field | label | class | what for | who sees it |\n|---|---|---|---|---|");
    for (size_t i = 0; i < schema->field_count; i++) {
        print_field(schema, NULL, &schema->fields[i]);
    }
    for (size_t i = 0; i < schema->list_count; i++) {
        for (size_t j = 0; j < schema->lists[i].item_count; j++) {
            print_field(schema, &schema->lists[i], &schema->lists[i].items[j]);
        }
    }
}

static void print_field(const struct kind_schema *schema, const struct list_schema *list,
                        const struct field_schema *field)
{
    const char *purpose = privacy_of_field(schema->kind, list != NULL ? list->name : NULL, field->name);
    (void)printf("| %s%s%s | %s | %s | %s | %s |\n", list != NULL ? list->name : "", list != NULL ? "." : "",
                 field->name, field->label_vi, privacy_class(field),
                 purpose != NULL ? purpose : "the kind's purpose", who_sees(schema, list, field));
}

static const char *who_sees(const struct kind_schema *schema, const struct list_schema *list,
                            const struct field_schema *field)
{
    if ((field->flags & FIELD_SENSITIVE) != 0) {
        return "the committee; the province as numbers, small ones hidden";
    }
    if ((field->flags & FIELD_UNIQUE) != 0) {
        return field_is_blind(field)
                   ? "the committee; the province learns that two records share it; sealed in the database"
                   : "the committee; the province where two records bear it";
    }
    if (field_is_sealed(field)) {
        return "the committee; sealed in the database";
    }
    if ((field->flags & FIELD_IDENTIFYING) != 0) {
        return "the committee";
    }
    bool is_owner = list != NULL ? schema->owner.list >= 0 && &schema->lists[schema->owner.list] == list
                                 : schema->owner.field >= 0 && &schema->fields[schema->owner.field] == field;
    if (is_owner) {
        return "the committee; the province beside the record's id";
    }
    return field->type == FIELD_TEXT ? "the committee" : "the committee; the province as numbers";
}

static void print_others(void)
{
    (void)puts(
        "\n## Kinds that tell of no person by themselves\n\n| kind | label | what it holds | retention "
        "|\n|---|---|---|---|");
    for (uint32_t kind = 1; kind <= KIND_MAX; kind++) {
        const struct kind_schema *schema = schema_of(kind);
        if (!schema_is_personal(schema)) {
            const struct privacy_kind *privacy = privacy_of_kind(schema->kind);
            (void)printf("| %s | %s | %s | %s |\n", schema->name, schema->label_vi, privacy->purpose,
                         privacy->retention);
        }
    }
    (void)puts(
        "\n## Beside the records\n\n"
        "| what | whose | why | retention |\n|---|---|---|---|\n"
        "| devices: key, sender, role | users of the program, by key, without a name | who may do "
        "what; who submitted | for ever: "
        "receipts and proofs name them |\n"
        "| the journal | as the records; signed by the device | nothing accepted is changed unnoticed "
        "| for ever; what is erased "
        "is blanked in it |\n"
        "| the list of erasures | records by id, with decision and moment; coded fields sealed | who was "
        "erased stays erased after a restore "
        "| as long as a backup older than it |\n"
        "| the log of reads | devices that read; subjects as pseudonyms | who looked at a person | 10 "
        "years, exported before it is "
        "shortened |\n"
        "| the server's log | devices, addresses of peers | running the server | as the system's "
        "journal keeps it |");
}
