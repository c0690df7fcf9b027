/* A ring; a lone node points at itself. */
#include "common/base/list.h"

#include "common/base/check.h"

void list_init(struct list *list)
{
    list->prev = list;
    list->next = list;
}

bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

bool list_is_linked(const struct list *node)
{
    return node->next != NULL && node->next != node;
}

void list_push_back(struct list *list, struct list *node)
{
    REQUIRE(!list_is_linked(node));
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

void list_remove(struct list *node)
{
    if (list_is_linked(node)) {
        node->prev->next = node->next;
        node->next->prev = node->prev;
    }
    list_init(node);
}

struct list *list_first(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->next;
}
