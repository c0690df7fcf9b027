/* Intrusive doubly linked list; the node lives in its owner. Rank 0. */
#ifndef COMMON_BASE_LIST_H
#define COMMON_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *prev;
    struct list *next;
};

#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

void list_init(struct list *list);
bool list_is_empty(const struct list *list);
/* Is this node on a list? (A removed or initialised node is alone.) */
bool list_is_linked(const struct list *node);
void list_push_back(struct list *list, struct list *node);
/* Safe on a node that is on no list. */
void list_remove(struct list *node);
/* The first node, or NULL. */
struct list *list_first(const struct list *list);

#endif
