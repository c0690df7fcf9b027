/* Who a device speaks as: its role, and what each role may do (proto/messages.def, proto/contents.def). Rank 3. Pure. */
#ifndef COMMON_WIRE_ROLE_H
#define COMMON_WIRE_ROLE_H

#include <stdbool.h>
#include <stdint.h>

enum role {
    ROLE_CLERK,         /* changes records of its sender */
    ROLE_APPROVER,      /* ... and decides on what another person of the same sender changed */
    ROLE_VIEWER,        /* asks */
    ROLE_ADMINISTRATOR, /* of the province: changes records */
    ROLE_AUDITOR,       /* of the province: asks, and sees who asked */
    ROLE_LOG,           /* the journal's own key: never connects */
    ROLE_COUNT
};

/* Sets of roles, as the tables name them. */
enum roles {
    ROLES_NONE = 0,
    ROLES_WRITER = 1 << ROLE_CLERK | 1 << ROLE_APPROVER | 1 << ROLE_ADMINISTRATOR,
    ROLES_APPROVER = 1 << ROLE_APPROVER,
    ROLES_PERSON = ROLES_WRITER | 1 << ROLE_VIEWER | 1 << ROLE_AUDITOR,
    ROLES_LOG = 1 << ROLE_LOG,
};

/* "clerk" ... */
const char *role_name(enum role role);
/* ROLE_COUNT: no such role (or NULL). */
enum role role_of_name(const char *name);
bool role_is_in(enum role role, unsigned roles);
/* Is it a role that only the province's devices have? */
bool role_is_of_province(enum role role);

/* Roles that may submit this kind of content; ROLES_WRITER for one that is not known. */
unsigned role_of_content(uint16_t content);

#endif
