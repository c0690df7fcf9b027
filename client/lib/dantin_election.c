/* The public interface: one election case as a time line, from the client's own store. */
#include "client/lib/handle.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/csv_references.h"
#include "common/base/clock.h"
#include "common/record/codes.h"
#include "common/record/date.h"
#include "common/record/name.h"
#include "common/rules/congress.h"
#include "common/rules/election.h"
#include "common/rules/rules.h"
#include "common/rules/tally.h"
#include "common/wire/message.h"
#include "proto/records.pb-c.h"

enum { TELL_ARENA_BYTES_MAX = 16 << 20, SCAN_ARENA_BYTES_MAX = 1 << 20, SHEETS_MAX = 64 };

/* A sheet that belongs to the case, before it is told. */
struct found_sheet {
    enum record_kind kind;
    struct id record;
    int32_t date;
    uint32_t round;
    void *message;
};

struct telling {
    struct dantin *dantin;
    struct store *store;
    struct csv_references *references;
    const struct dantin_election_listener *listener;
    struct arena arena; /* of all that is told */
    struct arena scan;  /* of one record looked at */
    int32_t today;
    struct id record;
    Dantin__Election *election;
    struct election_course course;
    struct found_sheet sheets[SHEETS_MAX];
    size_t sheet_count;
    /* while looking for the newest case of a hamlet */
    struct id locality;
    bool has_date;
    int32_t date;
    bool has_found, is_found_on_date;
    int32_t found_term;
    enum record_kind scanned;
    enum err err;
};

static enum err find_case(struct telling *telling, const char *key);
static bool on_case_scanned(void *context, const struct id *record, struct bytes body);
static enum err read_case(struct telling *telling);
static enum err find_sheets(struct telling *telling, enum record_kind kind);
static bool on_sheet_scanned(void *context, const struct id *record, struct bytes body);
static bool is_same(const struct id *id, protobuf_c_boolean is_stated, ProtobufCBinaryData stated);
static bool is_vote_on(const struct telling *telling, enum record_kind kind, int32_t date);
static void add_sheet(struct telling *telling, struct found_sheet sheet);
static enum err tell_case(struct telling *telling);
static void tell_stages(struct telling *telling);
static void tell_sheets(struct telling *telling);
static void tell_tally(struct telling *telling, const struct found_sheet *found);
static void tell_ballot(struct telling *telling, const struct found_sheet *found);
static void tell_findings(struct telling *telling, enum record_kind kind, const struct id *record,
                          const void *message);
static void tell_due(struct telling *telling);
static const char *label_of(const struct telling *telling, const char *list, const char *code);
static const char *text_or_none(const char *text);
static const char *word_of(struct telling *telling, enum record_kind kind, protobuf_c_boolean is_stated,
                           ProtobufCBinaryData stated);

int dantin_election(struct dantin *dantin, const char *key, const char *date,
                    const struct dantin_election_listener *listener)
{
    struct telling telling = {
        .dantin = dantin, .listener = listener, .today = date_of_moment(clock_now_ms())};
    if (date != NULL) {
        if (date_parse(bytes_of_text(date), &telling.date) != ERR_OK) {
            return handle_fail(dantin, ERR_USAGE, handle_text(dantin, TEXT_REPORT_DATE), date);
        }
        telling.has_date = true;
    }
    enum err err = handle_store_open(dantin, &telling.store);
    if (err != ERR_OK) {
        return (int)err;
    }
    arena_init(&telling.arena, TELL_ARENA_BYTES_MAX);
    arena_init(&telling.scan, SCAN_ARENA_BYTES_MAX);
    err = csv_references_new(telling.store, &telling.references);
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
        goto done;
    }
    err = find_case(&telling, key);
    if (err != ERR_OK) {
        goto done; /* find_case has said it */
    }
    err = tell_case(&telling);
    if (err != ERR_OK) {
        (void)handle_fail(dantin, err, NULL);
    }
done:
    csv_references_free(telling.references);
    arena_release(&telling.scan);
    arena_release(&telling.arena);
    store_close(telling.store);
    return (int)err;
}

/* ---- finding the case ---- */

static enum err find_case(struct telling *telling, const char *key)
{
    struct dantin *dantin = telling->dantin;
    struct bytes typed = {0};
    enum err err = name_normalise(bytes_of_text(key), &telling->arena, &typed);
    if (err == ERR_OK) {
        err = csv_references_find(telling->references, KIND_ELECTION, typed, &telling->record);
    }
    if (err == ERR_OK) {
        return ERR_OK;
    }
    if (err == ERR_NOT_FOUND) {
        err = csv_references_find(telling->references, KIND_LOCALITY, typed, &telling->locality);
    }
    if (err == ERR_AMBIGUOUS) {
        return (enum err)handle_fail(dantin, err, handle_text(dantin, TEXT_ELECTION_AMBIGUOUS), key);
    }
    if (err == ERR_NOT_FOUND || err == ERR_ENCODING || err == ERR_TOO_BIG) {
        return (enum err)handle_fail(dantin, ERR_NOT_FOUND, handle_text(dantin, TEXT_ELECTION_UNKNOWN), key);
    }
    if (err == ERR_OK) {
        err = store_body_each(telling->store, KIND_ELECTION, on_case_scanned, telling);
        err = err == ERR_OK ? telling->err : err;
    }
    if (err == ERR_OK && !telling->has_found) {
        return (enum err)handle_fail(dantin, ERR_NOT_FOUND, handle_text(dantin, TEXT_ELECTION_NONE_HERE),
                                     key);
    }
    return err == ERR_OK ? err : (enum err)handle_fail(dantin, err, NULL);
}

/* The newest by its term; with a date, one that has a stage on it before one whose term had begun. */
static bool on_case_scanned(void *context, const struct id *record, struct bytes body)
{
    struct telling *telling = context;
    void *message = NULL;
    arena_clear(&telling->scan);
    telling->err = message_unpack(schema_of(KIND_ELECTION)->descriptor, body, true, &telling->scan, &message);
    if (telling->err != ERR_OK) {
        return false;
    }
    const Dantin__Election *election = message;
    int32_t term = election->has_term_from ? election->term_from : INT32_MIN;
    bool is_on_date = false;
    for (size_t i = 0; i < election->n_stage; i++) {
        is_on_date |=
            telling->has_date && election->stage[i]->has_date && election->stage[i]->date == telling->date;
    }
    bool is_wanted = is_same(&telling->locality, election->has_locality, election->locality) &&
                     (!telling->has_date || is_on_date || term <= telling->date);
    bool is_better = !telling->has_found || is_on_date > telling->is_found_on_date ||
                     (is_on_date == telling->is_found_on_date && term > telling->found_term);
    if (is_wanted && is_better) {
        telling->has_found = true;
        telling->is_found_on_date = is_on_date;
        telling->found_term = term;
        telling->record = *record;
    }
    return true;
}

static enum err read_case(struct telling *telling)
{
    void *message = NULL;
    enum err err =
        csv_references_read(telling->references, KIND_ELECTION, &telling->record, &telling->arena, &message);
    if (err == ERR_OK) {
        telling->election = message;
        election_read(message, &telling->course);
    }
    return err;
}

/* ---- its sheets ---- */

static enum err find_sheets(struct telling *telling, enum record_kind kind)
{
    telling->scanned = kind;
    telling->err = ERR_OK;
    enum err err = store_body_each(telling->store, kind, on_sheet_scanned, telling);
    return err == ERR_OK ? telling->err : err;
}

static bool on_sheet_scanned(void *context, const struct id *record, struct bytes body)
{
    struct telling *telling = context;
    const Dantin__Election *election = telling->election;
    struct found_sheet sheet = {.kind = telling->scanned, .record = *record};
    bool is_named = false;
    bool names_none = false;
    bool is_of_place = false;
    void *message = NULL;
    arena_clear(&telling->scan);
    telling->err =
        message_unpack(schema_of(telling->scanned)->descriptor, body, true, &telling->scan, &message);
    if (telling->err != ERR_OK) {
        return false;
    }
    if (telling->scanned == KIND_TALLY) {
        const Dantin__Tally *tally = message;
        struct id locality = {0};
        sheet.date = tally->has_date ? tally->date : 0;
        sheet.round = tally->has_round ? tally->round : 0;
        is_named = is_same(&telling->record, tally->has_election, tally->election);
        names_none = !tally->has_election && tally->has_date;
        is_of_place =
            election->has_locality &&
            id_from_bytes(bytes_of(election->locality.data, election->locality.len), &locality) == ERR_OK &&
            is_same(&locality, tally->has_locality, tally->locality);
    } else {
        const Dantin__CongressBallot *ballot = message;
        struct id branch = {0};
        sheet.date = ballot->has_date ? ballot->date : 0;
        sheet.round = ballot->has_round ? ballot->round : 0;
        is_named = is_same(&telling->record, ballot->has_election, ballot->election);
        names_none = !ballot->has_election && ballot->has_date;
        is_of_place =
            election->has_branch &&
            id_from_bytes(bytes_of(election->branch.data, election->branch.len), &branch) == ERR_OK &&
            is_same(&branch, ballot->has_branch, ballot->branch);
    }
    if (is_named || (names_none && is_of_place && is_vote_on(telling, telling->scanned, sheet.date))) {
        add_sheet(telling, sheet);
    }
    return true;
}

static bool is_same(const struct id *id, protobuf_c_boolean is_stated, ProtobufCBinaryData stated)
{
    return is_stated && stated.len == ID_BYTES && memcmp(stated.data, id->at, ID_BYTES) == 0;
}

static bool is_vote_on(const struct telling *telling, enum record_kind kind, int32_t date)
{
    for (size_t i = 0; i < telling->course.count; i++) {
        const struct election_step *step = &telling->course.steps[i];
        bool is_vote = kind == KIND_TALLY ? step->stage == ELECTION_ELECTION
                                          : step->stage == ELECTION_COMMITTEE_ROUND ||
                                                step->stage == ELECTION_SECRETARY_ROUND;
        if (is_vote && step->date == date) {
            return true;
        }
    }
    return false;
}

/* By date and round; past SHEETS_MAX the latest found are left out. */
static void add_sheet(struct telling *telling, struct found_sheet sheet)
{
    if (telling->sheet_count == SHEETS_MAX) {
        return;
    }
    size_t place = telling->sheet_count++;
    while (place > 0 &&
           (telling->sheets[place - 1].date > sheet.date ||
            (telling->sheets[place - 1].date == sheet.date && telling->sheets[place - 1].kind == sheet.kind &&
             telling->sheets[place - 1].round > sheet.round))) {
        telling->sheets[place] = telling->sheets[place - 1];
        place--;
    }
    telling->sheets[place] = sheet;
}

/* ---- telling ---- */

static enum err tell_case(struct telling *telling)
{
    const struct dantin_election_listener *listener = telling->listener;
    char id[ID_HEX_BYTES];
    char from[DATE_TEXT_BYTES] = "";
    char to[DATE_TEXT_BYTES] = "";
    struct bytes label = {0};
    enum err err = read_case(telling);
    if (err == ERR_OK) {
        err = csv_references_label(telling->references, KIND_ELECTION, &telling->record,
                                   telling->dantin->language, &telling->arena, &label);
    }
    if (err == ERR_OK) {
        err = find_sheets(telling, KIND_TALLY);
    }
    if (err == ERR_OK) {
        err = find_sheets(telling, KIND_CONGRESS_BALLOT);
    }
    for (size_t i = 0; err == ERR_OK && i < telling->sheet_count; i++) {
        struct found_sheet *sheet = &telling->sheets[i];
        err = csv_references_read(telling->references, sheet->kind, &sheet->record, &telling->arena,
                                  &sheet->message);
    }
    if (err != ERR_OK) {
        return err;
    }
    const Dantin__Election *election = telling->election;
    hex_encode(bytes_of(telling->record.at, ID_BYTES), id);
    if (election->has_term_from) {
        date_format_iso(election->term_from, from);
    }
    if (election->has_term_to) {
        date_format_iso(election->term_to, to);
    }
    const char *key = arena_text(&telling->arena, label);
    struct dantin_election_case told = {
        .id = id,
        .key = key != NULL ? key : id,
        .locality = word_of(telling, KIND_LOCALITY, election->has_locality, election->locality),
        .branch = word_of(telling, KIND_BRANCH, election->has_branch, election->branch),
        .term_from = from,
        .term_to = to,
        .is_pilot = election->has_is_pilot && election->is_pilot};
    listener->on_case(listener->context, &told);
    tell_stages(telling);
    tell_sheets(telling);
    tell_findings(telling, KIND_ELECTION, &telling->record, election);
    for (size_t i = 0; i < telling->sheet_count; i++) {
        tell_findings(telling, telling->sheets[i].kind, &telling->sheets[i].record,
                      telling->sheets[i].message);
    }
    tell_due(telling);
    return ERR_OK;
}

static void tell_stages(struct telling *telling)
{
    const struct dantin *dantin = telling->dantin;
    for (size_t i = 0; i < telling->course.count; i++) {
        const struct election_step *step = &telling->course.steps[i];
        const Dantin__ElectionStage *stage = telling->election->stage[step->index];
        char date[DATE_TEXT_BYTES];
        char fault[256] = "";
        date_format_iso(step->date, date);
        if (step->is_out_of_order && step->first != ELECTION_NONE) {
            (void)snprintf(fault, sizeof fault, handle_text(dantin, TEXT_ELECTION_FIRST),
                           label_of(telling, "election_stage", election_stage_code(step->first))); /* fits */
        } else if (step->is_out_of_order || step->is_wrongly_skipped) {
            (void)snprintf(fault, sizeof fault, "%s",
                           handle_text(dantin, step->is_out_of_order ? TEXT_ELECTION_OUT_OF_PLACE
                                                                     : TEXT_ELECTION_NO_SKIP)); /* fits */
        }
        struct dantin_election_stage told = {.stage = election_stage_code(step->stage),
                                             .label = label_of(telling, "election_stage", stage->type),
                                             .date = date,
                                             .outcome = text_or_none(stage->outcome),
                                             .outcome_label =
                                                 label_of(telling, "stage_outcome", stage->outcome),
                                             .document = text_or_none(stage->decision_number),
                                             .authority = text_or_none(stage->authority),
                                             .round = step->round,
                                             .fault = fault};
        telling->listener->on_stage(telling->listener->context, &told);
    }
}

static void tell_sheets(struct telling *telling)
{
    for (size_t i = 0; i < telling->sheet_count; i++) {
        if (telling->sheets[i].kind == KIND_TALLY) {
            tell_tally(telling, &telling->sheets[i]);
        } else {
            tell_ballot(telling, &telling->sheets[i]);
        }
    }
}

static void tell_tally(struct telling *telling, const struct found_sheet *found)
{
    const Dantin__Tally *tally = found->message;
    char id[ID_HEX_BYTES];
    char date[DATE_TEXT_BYTES] = "";
    size_t winner = 0;
    size_t winners = tally_winners(tally, &winner);
    hex_encode(bytes_of(found->record.at, ID_BYTES), id);
    if (tally->has_date) {
        date_format_iso(tally->date, date);
    }
    struct dantin_election_sheet told = {.kind = "tally",
                                         .id = id,
                                         .label = label_of(telling, "election_stage", "election"),
                                         .date = date,
                                         .round = found->round,
                                         .denominator = tally->has_electors ? tally->electors : 0,
                                         .attending = tally->has_attending ? tally->attending : 0,
                                         .valid = tally->has_valid ? tally->valid : 0,
                                         .invalid = tally->has_invalid ? tally->invalid : 0,
                                         .elected = "",
                                         .first = ""};
    told.needed = told.denominator / 2 + 1;
    for (size_t i = 0; i < tally->n_candidate; i++) {
        const Dantin__TallyCandidate *candidate = tally->candidate[i];
        if (candidate->has_votes && (told.first[0] == '\0' || candidate->votes > told.first_votes)) {
            told.first = text_or_none(candidate->name);
            told.first_votes = candidate->votes;
        }
    }
    if (winners == 1) {
        told.elected = text_or_none(tally->candidate[winner]->name);
    }
    telling->listener->on_sheet(telling->listener->context, &told);
}

static void tell_ballot(struct telling *telling, const struct found_sheet *found)
{
    const Dantin__CongressBallot *ballot = found->message;
    char id[ID_HEX_BYTES];
    char date[DATE_TEXT_BYTES] = "";
    char elected[4096] = "";
    size_t len = 0;
    hex_encode(bytes_of(found->record.at, ID_BYTES), id);
    if (ballot->has_date) {
        date_format_iso(ballot->date, date);
    }
    struct dantin_election_sheet told = {.kind = "congress_ballot",
                                         .id = id,
                                         .label = label_of(telling, "congress_ballot_type", ballot->ballot),
                                         .date = date,
                                         .round = found->round,
                                         .denominator = congress_denominator(ballot),
                                         .attending = ballot->has_present ? ballot->present : 0,
                                         .valid = ballot->has_valid ? ballot->valid : 0,
                                         .invalid = ballot->has_invalid ? ballot->invalid : 0,
                                         .elected = elected,
                                         .first = ""};
    told.needed = told.denominator / 2 + 1;
    for (size_t i = 0; i < ballot->n_candidate; i++) {
        const Dantin__CongressCandidate *candidate = ballot->candidate[i];
        const char *name = text_or_none(candidate->name);
        if (candidate->has_votes && (told.first[0] == '\0' || candidate->votes > told.first_votes)) {
            told.first = name;
            told.first_votes = candidate->votes;
        }
        if (congress_is_elected(ballot, i) && strlen(name) + sizeof "; " <= sizeof elected - len) {
            len += (size_t)snprintf(elected + len, sizeof elected - len, "%s%s", len > 0 ? "; " : "", name);
        }
    }
    telling->listener->on_sheet(telling->listener->context, &told);
}

static void tell_findings(struct telling *telling, enum record_kind kind, const struct id *record,
                          const void *message)
{
    struct rule_finding findings[RULE_FINDINGS_MAX];
    struct rule_context context = {.schema = schema_of(kind), .message = message, .today = telling->today};
    bool is_vi = telling->dantin->language == LANGUAGE_VI;
    char id[ID_HEX_BYTES];
    size_t count = rules_check(&context, findings);
    hex_encode(bytes_of(record->at, ID_BYTES), id);
    for (size_t i = 0; i < count; i++) {
        const struct rule_info *rule = findings[i].rule;
        struct dantin_election_finding told = {.kind = schema_of(kind)->name,
                                               .id = id,
                                               .rule = rule->id,
                                               .text = is_vi ? rule->text_vi : rule->text_en,
                                               .source = rule->source,
                                               .is_error = findings[i].severity == RULE_ERROR};
        telling->listener->on_finding(telling->listener->context, &told);
    }
}

static void tell_due(struct telling *telling)
{
    struct election_due due[ELECTION_DUE_MAX];
    size_t count = election_next(telling->election, telling->today, due);
    for (size_t i = 0; i < count; i++) {
        char date[DATE_TEXT_BYTES] = "";
        if (due[i].has_date) {
            date_format_iso(due[i].date, date);
        }
        struct dantin_election_due told = {
            .stage = election_stage_code(due[i].stage),
            .label = label_of(telling, "election_stage", election_stage_code(due[i].stage)),
            .date = date,
            .rule = due[i].rule,
            .is_late = due[i].is_late};
        telling->listener->on_due(telling->listener->context, &told);
    }
}

/* The name of a code; a code that is in no list as it is. */
static const char *label_of(const struct telling *telling, const char *list, const char *code)
{
    const struct code_item *item = code != NULL ? codes_find(list, bytes_of_text(code)) : NULL;
    if (item == NULL) {
        return text_or_none(code);
    }
    return telling->dantin->language == LANGUAGE_VI ? item->name_vi : item->name_en;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

/* A record's name, else its code; "" when it is not known here. */
static const char *word_of(struct telling *telling, enum record_kind kind, protobuf_c_boolean is_stated,
                           ProtobufCBinaryData stated)
{
    struct id record = {0};
    struct bytes word = {0};
    if (!is_stated || id_from_bytes(bytes_of(stated.data, stated.len), &record) != ERR_OK ||
        csv_references_word(telling->references, kind, &record, true, &telling->arena, &word) != ERR_OK) {
        return "";
    }
    const char *text = arena_text(&telling->arena, word);
    return text != NULL ? text : "";
}
