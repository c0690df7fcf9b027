#include "server/session/origins.h"

#include <string.h>

#include "common/base/check.h"

static struct origin_count *find(struct origins *origins, const struct origin *origin);

struct origin origin_of_address(const uint8_t address[ORIGIN_BYTES])
{
    static const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    bool is_mapped = memcmp(address, mapped, sizeof mapped) == 0;
    struct origin origin = {{0}};
    memcpy(origin.at, address, is_mapped ? ORIGIN_BYTES : ORIGIN_NETWORK_BYTES);
    return origin;
}

bool origins_add(struct origins *origins, const struct origin *origin, unsigned each_max, unsigned all_max)
{
    struct origin_count *found = find(origins, origin);
    bool has_room = found != NULL ? found->count < each_max : origins->origin_count < ORIGINS_MAX;

    if (!has_room || origins->count >= all_max) {
        return false;
    }
    if (found == NULL) {
        found = &origins->of[origins->origin_count++];
        *found = (struct origin_count){.origin = *origin};
    }
    found->count++;
    origins->count++;
    return true;
}

void origins_remove(struct origins *origins, const struct origin *origin)
{
    struct origin_count *found = find(origins, origin);

    REQUIRE(found != NULL);
    found->count--;
    origins->count--;
    if (found->count == 0) {
        origins->origin_count--;
        *found = origins->of[origins->origin_count];
    }
}

void origins_clear(struct origins *origins)
{
    origins->origin_count = 0;
    origins->count = 0;
}

static struct origin_count *find(struct origins *origins, const struct origin *origin)
{
    for (size_t i = 0; i < origins->origin_count; i++) {
        if (memcmp(origins->of[i].origin.at, origin->at, ORIGIN_BYTES) == 0) {
            return &origins->of[i];
        }
    }
    return NULL;
}
