/* See derive.h. */
#include "common/rules/derive.h"

#include "common/rules/life.h"

enum err record_derive(const struct kind_schema *schema, void *message, struct arena *arena)
{
    return schema->kind == KIND_MEMBER ? life_fold(message, arena) : ERR_OK;
}
