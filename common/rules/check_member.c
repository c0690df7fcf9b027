/* Rules on members, and the status that follows from a member's dates. */
#include <string.h>

#include "common/record/date.h"
#include "common/rules/calendar.h"
#include "common/rules/checks.h"
#include "common/rules/texts.h"
#include "common/rules/thresholds.h"
#include "proto/records.pb-c.h"

enum {
    CARD_DIGITS = 8,
    FILE_DIGITS_MAX = 10,
};

static int calendar_months(int32_t from, int32_t to);
static bool is_bad_period(protobuf_c_boolean has_from, int32_t from, protobuf_c_boolean has_to, int32_t to);

/* All share one signature, which lets a rule set the date of its fact, though not every rule knows one. */
// NOLINTBEGIN(readability-non-const-parameter)
bool check_member_branch_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->n_branch == 0;
}

bool check_member_birth_before_admission(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_birth_date && member->has_admission_date &&
           member->admission_date <= member->birth_date;
}

/* Judged at the ceremony, the latest day it may be looked at: the cell considered the person before. */
bool check_member_admission_age(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (!member->has_birth_date || !member->has_admission_date ||
        member->admission_date <= member->birth_date) {
        return false;
    }
    *ret_fact_date = member->admission_date;
    return calendar_months(member->birth_date, member->admission_date) <
           threshold_on(ADMISSION_MONTHS_MIN, *ret_fact_date);
}

/* Judged at the decision where it is known, which is nearer to the day the cell considered the person. */
bool check_member_admission_age_above_60(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (!member->has_birth_date || !member->has_admission_date) {
        return false;
    }
    *ret_fact_date =
        member->has_admission_decision_date ? member->admission_decision_date : member->admission_date;
    return calendar_months(member->birth_date, *ret_fact_date) >
           threshold_on(ADMISSION_MONTHS_MAX, *ret_fact_date);
}

bool check_member_decision_before_admission(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_admission_decision_date && member->has_admission_date &&
           member->admission_decision_date > member->admission_date;
}

/* When the decision came is not recorded: not before its own date. */
bool check_member_ceremony(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (!member->has_admission_decision_date || !member->has_admission_date) {
        return false;
    }
    int32_t decided = member->admission_decision_date;
    if (decided < DATE_MIN || decided > DATE_MAX) {
        return false; /* record.date_range says so */
    }
    *ret_fact_date = member->admission_date;
    int32_t days_max = threshold_on(CEREMONY_WORKING_DAYS_MAX, *ret_fact_date);
    return member->admission_date > calendar_add_working_days(decided, (unsigned)days_max);
}

bool check_member_admission_before_official(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_official_date && member->has_admission_date &&
           member->official_date <= member->admission_date;
}

bool check_member_official_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (!member->has_official_date || !member->has_admission_date ||
        member->official_date <= member->admission_date) {
        return false;
    }
    *ret_fact_date = member->official_date;
    return member->official_date !=
           date_add_months(member->admission_date, threshold_on(PROBATION_MONTHS, member->admission_date));
}

bool check_member_official_before_decision(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (!member->has_official_decision_date || !member->has_official_date) {
        return false;
    }
    *ret_fact_date = member->official_decision_date;
    return member->official_decision_date < member->official_date;
}

bool check_member_official_date_missing(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_official_decision_date && !member->has_official_date;
}

bool check_member_ended_after_admission(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_ended_date && member->has_admission_date &&
           member->ended_date <= member->admission_date;
}

bool check_member_ended_after_official(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return member->has_ended_date && member->has_official_date && member->ended_date < member->official_date;
}

bool check_member_ended_reason_and_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return is_stated(member->ended_reason) != (member->has_ended_date != 0);
}

bool check_member_probation_refused(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return is_stated(member->ended_reason) && strcmp(member->ended_reason, "probation_refused") == 0 &&
           member->has_official_date;
}

bool check_member_temporarily_exempt_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return is_bad_period(member->has_temporarily_exempt_from, member->temporarily_exempt_from,
                         member->has_temporarily_exempt_to, member->temporarily_exempt_to);
}

/* The last exemption, and each one that an event tells. */
bool check_member_temporarily_exempt_length(const struct rule_context *context, int32_t *ret_fact_date)
{
    const Dantin__Member *member = context->message;
    if (check_member_event_exemption_length(context, ret_fact_date)) {
        return true;
    }
    if (!member->has_temporarily_exempt_from || !member->has_temporarily_exempt_to) {
        return false;
    }
    *ret_fact_date = member->temporarily_exempt_from;
    return member->temporarily_exempt_to >=
           date_add_months(member->temporarily_exempt_from,
                           threshold_on(TEMPORARILY_EXEMPT_MONTHS_MAX, member->temporarily_exempt_from));
}

bool check_member_exempt_order(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return is_bad_period(member->has_exempt_from, member->exempt_from, member->has_exempt_to,
                         member->exempt_to);
}

bool check_member_future_date(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    int32_t today = context->today;
    for (size_t i = 0; i < member->n_branch; i++) {
        if (member->branch[i]->has_from && member->branch[i]->from > today) {
            return true;
        }
    }
    return (member->has_birth_date && member->birth_date > today) ||
           (member->has_admission_decision_date && member->admission_decision_date > today) ||
           (member->has_admission_date && member->admission_date > today) ||
           (member->has_official_decision_date && member->official_decision_date > today) ||
           (member->has_official_date && member->official_date > today) ||
           (member->has_ended_date && member->ended_date > today) ||
           (member->has_temporarily_exempt_from && member->temporarily_exempt_from > today) ||
           (member->has_exempt_from && member->exempt_from > today);
}

bool check_member_card_official(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    return is_stated(member->card_number) && !member->has_official_date;
}

bool check_member_card_number_format(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    if (!is_stated(member->card_number)) {
        return false;
    }
    return strspn(member->card_number, "0123456789") != CARD_DIGITS ||
           member->card_number[CARD_DIGITS] != '\0';
}

bool check_member_file_number_format(const struct rule_context *context, int32_t *ret_fact_date)
{
    (void)ret_fact_date;
    const Dantin__Member *member = context->message;
    if (!is_stated(member->file_number)) {
        return false;
    }
    size_t digits = 0;
    for (const char *at = member->file_number; *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits++;
        } else if (strchr(".-/", *at) == NULL) {
            return true;
        }
    }
    return digits == 0 || digits > FILE_DIGITS_MAX;
}

// NOLINTEND(readability-non-const-parameter)

const char *rules_member_status(const void *member_message, int32_t date)
{
    const Dantin__Member *member = member_message;
    if (!member->has_admission_date || date < member->admission_date) {
        return "none";
    }
    if (member->has_ended_date && date >= member->ended_date) {
        return "ended";
    }
    return member->has_official_date && date >= member->official_date ? "official" : "probationary";
}

/* From the month of one day to the month of the other: ages are "counted by month", days do not count. */
static int calendar_months(int32_t from, int32_t to)
{
    struct date a = date_of_days(from);
    struct date b = date_of_days(to);
    return (b.year - a.year) * 12 + (b.month - a.month);
}

static bool is_bad_period(protobuf_c_boolean has_from, int32_t from, protobuf_c_boolean has_to, int32_t to)
{
    return has_to && (!has_from || to <= from);
}
