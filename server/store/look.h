/* Looks: a line of the log of reads for every answer that leaves the server (dantin.look), and the pseudonyms by which it names
 * whom the answer was about. Rank 4. One loop. Private to server/store, but for the pseudonym.
 *
 * A subject is the first 16 bytes of HMAC-SHA-256(key, "dantin/subject" ‖ record id). The key lies outside the database, so that
 * the log names nobody to who has the log alone, and who knows a record's id finds the looks at it. */
#ifndef SERVER_STORE_LOOK_H
#define SERVER_STORE_LOOK_H

#include <libpq-fe.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "server/store/connection.h"
#include "server/store/store.h"

enum {
    LOOK_SUBJECTS_MAX = 1024, /* listed by one look; past it the unit and the number are noted alone */
    LOOK_SUBJECT_BYTES_MAX = LOOK_SUBJECTS_MAX * 20 + 64, /* of their array */
};

/* What the line says; texts are borrowed until the unit is sent. */
struct look {
    const char *what; /* figures, exact, trace, conflict, looks */
    const char *purpose;
    const char *definition;
    struct hash definition_hash;
    struct bytes dimensions;
    struct bytes unit; /* 16 bytes; at NULL: none */
    bool has_from;
    int32_t from;
    bool has_date;
    int32_t date;
    bool has_position; /* false: the head */
    uint64_t position;
    uint64_t row_count;
    uint64_t person_count;
    struct bytes subjects; /* uuid[]; at NULL: not listed */
};

struct id look_subject(const uint8_t key[STORE_LOOK_KEY_BYTES], const struct id *record);

/* Records an answer is about, each once. look_subjects_init, add ..., then put them into a look; release. */
struct look_subjects {
    struct look_record *records; /* the heap */
    size_t count;
    size_t max;
};
void look_subjects_init(struct look_subjects *subjects);
void look_subjects_release(struct look_subjects *subjects);
MUST_CHECK enum err look_subjects_add(struct look_subjects *subjects, const struct kind_schema *kind,
                                      const struct id *record);
/* Sets person_count and subjects; `arrays` holds the array and outlives the unit's sending. */
MUST_CHECK enum err look_subjects_put(struct look_subjects *subjects, const struct store *store,
                                      struct buf *arrays, struct look *look);

/* Append the call that notes the look to a unit whose transaction has a device set. Its one row is for look_tell. */
MUST_CHECK enum err look_put(const struct store *store, struct unit *unit, struct arena *arena,
                             const struct look *look);
/* It was noted: metrics, an alarm when something is unusual, and the chain is to be made longer. */
void look_tell(struct store *store, const struct hash *device, const struct look *look,
               const PGresult *noted);

/* The chain over the looks (dantin.look_chain), made longer by and by on a connection of role ingest. */
struct look_sealer;
MUST_CHECK enum err look_sealer_start(struct uv_loop_s *loop, struct connection *connection,
                                      struct look_sealer **ret_sealer);
/* Its connection is stopped too, before or after. on_stopped: once, later. */
void look_sealer_stop(struct look_sealer *sealer, void (*on_stopped)(void *context), void *context);
/* There is a look to seal. */
void look_sealer_due(struct look_sealer *sealer);

#endif
