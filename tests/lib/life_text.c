/* A member's events for tests, written as one text. */
#include "tests/lib/life_text.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/rules/life.h"
#include "tests/lib/record_text.h"

enum { EVENTS_BYTES_MAX = 4096, PATH_BYTES_MAX = 64 };

static void add_event(struct arena *arena, Dantin__Member *member, char *text);
static void set(struct arena *arena, Dantin__Member *member, size_t number, const char *item,
                const char *value);

void life_add_events(struct arena *arena, void *member, const char *events)
{
    char text[EVENTS_BYTES_MAX];
    char *rest = NULL;
    REQUIRE(strlen(events) < sizeof text);
    memcpy(text, events, strlen(events) + 1);
    for (char *event = strtok_r(text, ",", &rest); event != NULL; event = strtok_r(NULL, ",", &rest)) {
        add_event(arena, member, event);
    }
}

static void add_event(struct arena *arena, Dantin__Member *member, char *text)
{
    char *rest = NULL;
    const char *type = strtok_r(text, " ", &rest);
    const char *date = strtok_r(NULL, " ", &rest);
    size_t number = member->n_event + 1;
    const struct life_move *move = life_move_of(type);
    REQUIRE(date != NULL);
    set(arena, member, number, "type", type);
    set(arena, member, number, "effective_date", date);
    if (move != NULL && (move->flags & LIFE_DECIDED) != 0) {
        set(arena, member, number, "decision_number", "12-QĐ/TU");
        set(arena, member, number, "decision_date", date);
        set(arena, member, number, "authority", "Huyện uỷ");
    }
    for (char *item = strtok_r(NULL, " ", &rest); item != NULL; item = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(item, '=');
        if (value == NULL) {
            REQUIRE(strcmp(item, "undecided") == 0);
            set(arena, member, number, "decision_number", "");
            set(arena, member, number, "decision_date", "");
            set(arena, member, number, "authority", "");
            continue;
        }
        *value = '\0';
        set(arena, member, number, item, value + 1);
    }
}

static void set(struct arena *arena, Dantin__Member *member, size_t number, const char *item,
                const char *value)
{
    char path[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "event.%zu.%s", number, item);
    record_set_text(schema_of(KIND_MEMBER), arena, member, path, value);
}
