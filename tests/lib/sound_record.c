/* See sound_record.h: a few lines per kind. */
#include "tests/lib/sound_record.h"

#include <string.h>

#include "common/base/check.h"
#include "common/record/codes.h"
#include "tests/lib/record_text.h"

#define SOUND(kind, ...) static const char *const sound_##kind[][2] = {__VA_ARGS__, {NULL, NULL}}
SOUND(code, {"list", "sex"}, {"code", "nam"}, {"name", "Nam"});
SOUND(locality, {"code_list", "gso-2022"}, {"code", "522"}, {"name", "Thành phố Quảng Ngãi"},
      {"kind", "provincial_city"}, {"parent.1.locality", "p"});
SOUND(branch, {"code", "12"}, {"name", "Chi bộ thôn 1"}, {"kind", "cell"}, {"established_date", "03/02/2010"},
      {"parent.1.branch", "p"});
SOUND(member, {"file_number", "5100000012"}, {"card_number", "01234567"}, {"name", "Phạm Thị Bé"},
      {"birth_date", "15/06/2000"}, {"sex", "nu"}, {"ethnicity", "19"}, {"religion", "00"},
      {"admission_decision_date", "20/08/2021"}, {"admission_date", "02/09/2021"},
      {"official_decision_date", "20/09/2022"}, {"official_date", "02/09/2022"}, {"branch.1.branch", "a"},
      {"branch.1.from", "02/09/2021"});
SOUND(office, {"branch", "a"}, {"position", "secretary"}, {"member", "m"}, {"from_date", "01/06/2022"});
SOUND(training, {"branch", "a"}, {"member", "m"}, {"course", "cell_secretary"}, {"from_date", "01/06/2023"},
      {"completed_date", "10/06/2023"});
SOUND(task, {"branch", "a"}, {"member", "m"}, {"content", "Vận động làm đường"},
      {"assigned_date", "01/03/2024"}, {"due_date", "01/06/2024"}, {"completed_date", "01/06/2024"},
      {"result", "on_time"});
SOUND(evaluation, {"branch", "a"}, {"year", "2023"}, {"period", "year"}, {"class", "good"},
      {"cell.1.branch", "b"}, {"cell.1.class", "good"}, {"cell.1.members", "7"}, {"cell.1.excellent", "1"},
      {"cell.1.good", "5"}, {"cell.1.completed", "0"}, {"cell.1.not_completed", "0"},
      {"cell.1.not_evaluated", "1"});
SOUND(meeting, {"branch", "a"}, {"date", "03/09/2024"}, {"type", "monthly"}, {"members_due", "10"},
      {"present", "9"});
SOUND(supervision, {"branch", "a"}, {"level", "direct"}, {"member", "m"}, {"from_date", "01/01/2022"},
      {"visit.1.date", "03/02/2023"}, {"visit.1.type", "monthly"});
SOUND(dialogue, {"branch", "a"}, {"audience", "people"}, {"planned_date", "01/06/2024"},
      {"held_date", "05/06/2024"}, {"participants", "40"}, {"matters_raised", "7"}, {"matters_settled", "5"});
SOUND(inspection, {"branch", "a"}, {"subject", "b"}, {"type", "supervision"}, {"planned_date", "01/03/2024"},
      {"done_date", "01/04/2024"}, {"published_date", "15/04/2024"}, {"conclusion", "good"});
SOUND(competition, {"branch", "a"}, {"type", "contest"}, {"name", "Hội thi bí thư giỏi"},
      {"from_date", "01/07/2024"}, {"to_date", "03/07/2024"}, {"participants", "31"});
SOUND(planning, {"branch", "a"}, {"member", "m"}, {"position", "secretary"}, {"from_date", "01/01/2023"},
      {"to_date", "01/01/2028"}, {"decision_date", "15/12/2022"});
SOUND(target, {"assigned_to", "a"}, {"year", "2024"}, {"measure", "member_ratio"}, {"value", "4,41"},
      {"decision_date", "15/01/2024"});
SOUND(obligation, {"assigned_to", "a"}, {"type", "report"}, {"title", "Báo cáo quý III"},
      {"as_of", "30/09/2024"}, {"due_date", "15/10/2024"}, {"has_counts", "1"});
SOUND(fulfilment, {"branch", "a"}, {"obligation", "o"}, {"as_of", "30/09/2024"},
      {"figure.1.measure", "members"}, {"figure.1.count", "12"}, {"figure.2.measure", "official"},
      {"figure.2.count", "10"}, {"figure.3.measure", "probationary"}, {"figure.3.count", "2"});
SOUND(private_unit, {"branch", "a"}, {"name", "Công ty An Phát"}, {"type", "company"},
      {"established_date", "01/06/2015"}, {"organisation", "b"}, {"organisation_from", "01/06/2020"},
      {"headcount.1.as_of", "31/12/2023"}, {"headcount.1.workers", "50"}, {"headcount.1.members", "4"},
      {"headcount.1.worker_members", "3"});
SOUND(election, {"branch", "b"}, {"locality", "l"}, {"term_from", "15/12/2023"}, {"term_to", "15/06/2026"},
      {"stage.1.type", "hold_decision"}, {"stage.1.date", "06/11/2023"});
SOUND(tally, {"branch", "b"}, {"locality", "l"}, {"date", "03/12/2023"}, {"round", "1"},
      {"electorate", "households"}, {"mode", "meeting"}, {"method", "show_of_hands"}, {"electors", "100"},
      {"attending", "80"}, {"minutes_number", "02/BB"}, {"candidate.1.name", "Hồ Văn Rê"},
      {"candidate.1.votes", "70"}, {"candidate.1.against", "10"});
SOUND(congress_ballot, {"branch", "b"}, {"date", "03/12/2023"}, {"ballot", "secretary"}, {"round", "1"},
      {"seats", "1"}, {"official_members", "8"}, {"present", "8"}, {"issued", "8"}, {"collected", "8"},
      {"valid", "8"}, {"invalid", "0"}, {"minutes_number", "03/BB"}, {"candidate.1.name", "Hồ Văn Rê"},
      {"candidate.1.votes", "7"}, {"candidate.1.is_elected", "1"});
#undef SOUND

static const char *const (*const texts[KIND_MAX + 1])[2] = {
    [KIND_CODE] = sound_code,
    [KIND_LOCALITY] = sound_locality,
    [KIND_BRANCH] = sound_branch,
    [KIND_MEMBER] = sound_member,
    [KIND_OFFICE] = sound_office,
    [KIND_TRAINING] = sound_training,
    [KIND_TASK] = sound_task,
    [KIND_EVALUATION] = sound_evaluation,
    [KIND_MEETING] = sound_meeting,
    [KIND_SUPERVISION] = sound_supervision,
    [KIND_DIALOGUE] = sound_dialogue,
    [KIND_INSPECTION] = sound_inspection,
    [KIND_COMPETITION] = sound_competition,
    [KIND_PLANNING] = sound_planning,
    [KIND_TARGET] = sound_target,
    [KIND_OBLIGATION] = sound_obligation,
    [KIND_FULFILMENT] = sound_fulfilment,
    [KIND_PRIVATE_UNIT] = sound_private_unit,
    [KIND_ELECTION] = sound_election,
    [KIND_TALLY] = sound_tally,
    [KIND_CONGRESS_BALLOT] = sound_congress_ballot,
};

static void *least_record(const struct kind_schema *schema, struct arena *arena);

void *sound_record(enum record_kind kind, struct arena *arena)
{
    const struct kind_schema *schema = schema_of(kind);
    return texts[kind] != NULL ? record_from_texts(schema, arena, texts[kind]) : least_record(schema, arena);
}

/* The least that a record of the kind must state. */
static void *least_record(const struct kind_schema *schema, struct arena *arena)
{
    void *message = NULL;
    uint8_t id[ID_BYTES] = {1};
    REQUIRE(record_new(schema, arena, &message) == ERR_OK);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct field_schema *field = &schema->fields[i];
        struct value value = {.is_stated = (field->flags & FIELD_REQUIRED) != 0, .number = SOUND_TODAY};
        if (field->type == FIELD_REFERENCE) {
            value.text = bytes_of(id, sizeof id);
        } else if (field->type == FIELD_CODE) {
            size_t item = 0;
            while (strcmp(codes_at(item)->list, field->list) != 0) {
                item++;
            }
            value.text = bytes_of_text(codes_at(item)->code);
        } else if (field->type == FIELD_TEXT) {
            value.text = bytes_of_text("x");
        } else if (field->type != FIELD_DATE) {
            value.number = 1;
        }
        REQUIRE(record_set_field(schema, arena, message, i, value) == ERR_OK);
    }
    return message;
}
