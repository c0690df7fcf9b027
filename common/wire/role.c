/* Two short tables. */
#include "common/wire/role.h"

#include <stddef.h>
#include <string.h>

#include "common/base/check.h"
#include "common/wire/envelope.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_CLERK] = "clerk",     [ROLE_APPROVER] = "approver",
    [ROLE_VIEWER] = "viewer",   [ROLE_ADMINISTRATOR] = "administrator",
    [ROLE_AUDITOR] = "auditor", [ROLE_LOG] = "log",
};

static const struct {
    uint16_t number;
    unsigned roles;
} contents[] = {
#define CONTENT(symbol, number, item, roles) {number, ROLES_##roles},
#include "proto/contents.def"
#undef CONTENT
};

const char *role_name(enum role role)
{
    REQUIRE(role < ROLE_COUNT);
    return names[role];
}

enum role role_of_name(const char *name)
{
    for (unsigned i = 0; name != NULL && i < ROLE_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum role)i;
        }
    }
    return ROLE_COUNT;
}

bool role_is_in(enum role role, unsigned roles)
{
    return role < ROLE_COUNT && (roles & (1U << role)) != 0;
}

bool role_is_of_province(enum role role)
{
    return role == ROLE_ADMINISTRATOR || role == ROLE_AUDITOR;
}

unsigned role_of_content(uint16_t content)
{
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        if (contents[i].number == content) {
            return contents[i].roles;
        }
    }
    return ROLES_WRITER;
}
