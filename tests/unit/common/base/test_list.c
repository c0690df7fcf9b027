/* The intrusive list. */
#include "common/base/list.h"

#include "tests/lib/test.h"

struct item {
    int number;
    struct list node;
};

/* First in, first out; a node knows whether it is on a list; removing twice is safe. */
static void list__push_and_remove__in_order(void **state)
{
    (void)state;
    struct list list;
    list_init(&list);
    assert_true(list_is_empty(&list));
    assert_null(list_first(&list));
    struct item items[3];
    for (int i = 0; i < 3; i++) {
        items[i].number = i;
        list_init(&items[i].node);
        assert_false(list_is_linked(&items[i].node));
        list_push_back(&list, &items[i].node);
        assert_true(list_is_linked(&items[i].node));
    }

    list_remove(&items[1].node);
    list_remove(&items[1].node);

    assert_false(list_is_linked(&items[1].node));
    assert_int_equal(LIST_ENTRY(list_first(&list), struct item, node)->number, 0);
    list_remove(list_first(&list));
    assert_int_equal(LIST_ENTRY(list_first(&list), struct item, node)->number, 2);
    list_push_back(&list, &items[1].node);
    list_remove(&items[2].node);
    assert_ptr_equal(list_first(&list), &items[1].node);
    list_remove(&items[1].node);
    assert_true(list_is_empty(&list));
}

/* A zeroed node that was never initialised may be removed, as half-built objects are. */
static void list_remove__zeroed_node__safe(void **state)
{
    (void)state;
    struct list node = {0};
    assert_false(list_is_linked(&node));
    list_remove(&node);
    assert_false(list_is_linked(&node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list__push_and_remove__in_order),
        cmocka_unit_test(list_remove__zeroed_node__safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
