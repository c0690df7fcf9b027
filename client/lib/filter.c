#include "client/lib/filter.h"

#include <string.h>

enum { FILTERS_MAX = 16, FILTER_VALUES_MAX = 64 };

static enum err parse_one(struct bytes text, struct arena *arena, Dantin__Filter **ret_filter);
static enum err take_operator(struct bytes *rest, struct arena *arena, Dantin__Filter *filter);
static enum err parse_values(struct bytes text, struct arena *arena, Dantin__Filter *filter);
static struct bytes take_until(struct bytes *rest, char separator);
static struct bytes trim(struct bytes text);

enum err filter_parse(const char *text, struct arena *arena, Dantin__Query *query)
{
    struct bytes rest = bytes_of_text(text);
    Dantin__Filter **filters = arena_zalloc(arena, FILTERS_MAX, sizeof(Dantin__Filter *));
    size_t count = 0;
    enum err err = filters != NULL ? ERR_OK : ERR_TOO_BIG;
    while (err == ERR_OK && rest.len > 0) {
        struct bytes one = trim(take_until(&rest, ';'));
        if (one.len == 0) {
            continue; /* a ; at the end */
        }
        err = count < FILTERS_MAX ? parse_one(one, arena, &filters[count]) : ERR_MALFORMED;
        count++;
    }
    if (err == ERR_OK) {
        query->where = filters;
        query->n_where = count;
    }
    return err;
}

static enum err parse_one(struct bytes text, struct arena *arena, Dantin__Filter **ret_filter)
{
    Dantin__Filter *filter = arena_zalloc(arena, 1, sizeof *filter);
    size_t len = 0;
    if (filter == NULL) {
        return ERR_TOO_BIG;
    }
    dantin__filter__init(filter);
    while (len < text.len && (text.at[len] == '_' || (text.at[len] >= 'a' && text.at[len] <= 'z'))) {
        len++;
    }
    if (len == 0) {
        return ERR_MALFORMED;
    }
    filter->field = arena_text(arena, bytes_of(text.at, len));
    struct bytes rest = trim(bytes_of(text.at + len, text.len - len));
    enum err err = filter->field != NULL ? take_operator(&rest, arena, filter) : ERR_TOO_BIG;
    if (err == ERR_OK) {
        err = parse_values(rest, arena, filter);
    }
    if (err == ERR_OK) {
        *ret_filter = filter;
    }
    return err;
}

/* `in (…)` is = with several values. */
static enum err take_operator(struct bytes *rest, struct arena *arena, Dantin__Filter *filter)
{
    static const char *const operators[] = {"!=", ">=", "=", "<"};
    static const char in[] = "in";
    if (rest->len > sizeof in && memcmp(rest->at, in, sizeof in - 1) == 0) {
        struct bytes list = trim(bytes_of(rest->at + 2, rest->len - 2));
        if (list.len < 2 || list.at[0] != '(' || list.at[list.len - 1] != ')') {
            return ERR_MALFORMED;
        }
        *rest = bytes_of(list.at + 1, list.len - 2);
        filter->comparison = arena_text(arena, bytes_of_text("="));
        return filter->comparison != NULL ? ERR_OK : ERR_TOO_BIG;
    }
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t len = strlen(operators[i]);
        if (rest->len >= len && memcmp(rest->at, operators[i], len) == 0) {
            *rest = trim(bytes_of(rest->at + len, rest->len - len));
            filter->comparison = arena_text(arena, bytes_of_text(operators[i]));
            return filter->comparison != NULL ? ERR_OK : ERR_TOO_BIG;
        }
    }
    return ERR_MALFORMED;
}

/* Values with commas between; none at all is one empty value. */
static enum err parse_values(struct bytes text, struct arena *arena, Dantin__Filter *filter)
{
    filter->value = arena_zalloc(arena, FILTER_VALUES_MAX, sizeof(char *));
    if (filter->value == NULL) {
        return ERR_TOO_BIG;
    }
    do {
        if (filter->n_value == FILTER_VALUES_MAX) {
            return ERR_MALFORMED;
        }
        char *value = arena_text(arena, trim(take_until(&text, ',')));
        if (value == NULL) {
            return ERR_TOO_BIG;
        }
        filter->value[filter->n_value++] = value;
    } while (text.len > 0);
    return ERR_OK;
}

static struct bytes take_until(struct bytes *rest, char separator)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->at) : rest->len;
    struct bytes part = bytes_of(rest->at, len);
    size_t taken = end != NULL ? len + 1 : len;
    *rest = bytes_of(rest->at + taken, rest->len - taken);
    return part;
}

static struct bytes trim(struct bytes text)
{
    while (text.len > 0 && text.at[0] == ' ') {
        text = bytes_of(text.at + 1, text.len - 1);
    }
    while (text.len > 0 && text.at[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}
