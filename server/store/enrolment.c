/* Keys that ask to be enrolled. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "server/store/store_internal.h"

enum { ENROLMENT_ARENA_BYTES_MAX = 4096 };

struct enrolment {
    void (*on_answer)(void *context, enum err err, enum store_enrolment answer);
    void *context;
};

static void on_enrolled(void *context, const struct unit_result *result);
static enum err read_answer(struct bytes name, enum store_enrolment *ret_answer);

void store_enrol(struct store *store, const struct store_enrolment_request *request,
                 void (*on_answer)(void *context, enum err err, enum store_enrolment answer), void *context)
{
    struct enrolment *enrolment = calloc(1, sizeof *enrolment);
    struct hash spki_hash = sign_spki_hash(request->public_key);
    struct arena arena;
    struct unit_call calls[1];
    struct unit unit;
    REQUIRE(enrolment != NULL); /* without it the callback's promise cannot be kept */
    *enrolment = (struct enrolment){on_answer, context};
    arena_init(&arena, ENROLMENT_ARENA_BYTES_MAX);
    unit_init(&unit, calls, 1);
    struct unit_call *call = unit_call(&unit, statement_of(STATEMENT_ENROL));
    enum err err = unit_put_int64(call, &arena, request->ticket);
    unit_put_hash(call, &request->code_hash);
    unit_put_bytes(call, bytes_of(request->public_key, sizeof request->public_key));
    unit_put_hash(call, &spki_hash);
    if (err == ERR_OK) {
        err = unit_put_boolean(call, &arena, request->is_known);
    }
    if (err == ERR_OK) {
        err = unit_put_int64(call, &arena, request->valid_until_s);
    }
    REQUIRE(err == ERR_OK); /* three numbers */
    connection_send(store->lookup_connection, &unit, 0, on_enrolled, enrolment);
    arena_release(&arena);
}

static void on_enrolled(void *context, const struct unit_result *result)
{
    struct enrolment enrolment = *(struct enrolment *)context;
    enum store_enrolment answer = STORE_ENROLMENT_UNKNOWN;
    enum err err = result->err == ERR_RULE ? ERR_DATABASE : result->err;
    free(context);
    if (err == ERR_OK) {
        err = read_answer(result_bytes(result->results[0], 0, 0), &answer);
    }
    enrolment.on_answer(enrolment.context, err, answer);
}

static enum err read_answer(struct bytes name, enum store_enrolment *ret_answer)
{
    static const char *const names[STORE_ENROLMENT_COUNT] = {
        [STORE_ENROLMENT_PENDING] = "pending", [STORE_ENROLMENT_APPROVED] = "approved",
        [STORE_ENROLMENT_REFUSED] = "refused", [STORE_ENROLMENT_UNKNOWN] = "unknown",
        [STORE_ENROLMENT_LOCKED] = "locked",   [STORE_ENROLMENT_EXPIRED] = "expired",
        [STORE_ENROLMENT_USED] = "used",       [STORE_ENROLMENT_KNOWN] = "known",
        [STORE_ENROLMENT_LATE] = "late",
    };
    for (size_t i = 0; i < STORE_ENROLMENT_COUNT; i++) {
        if (bytes_equal(name, bytes_of_text(names[i]))) {
            *ret_answer = (enum store_enrolment)i;
            return ERR_OK;
        }
    }
    return ERR_INTERNAL; /* the function and this list disagree */
}
