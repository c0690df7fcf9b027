/* dantin show KIND KEY: everything one record states. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

enum { KEY_ARGUMENT = 1 };

struct showing {
    struct cli *cli;
    cJSON *document;
    cJSON *fields, *lists;
    cJSON *element; /* being filled */
    char list[64];  /* ... of this list */
    size_t element_number;
};

static bool on_record(void *context, const struct dantin_record *record);
static bool on_value(void *context, const struct dantin_record_value *value);
static void add_value(struct showing *showing, const struct dantin_record_value *value);

enum cli_exit check_kind_argument(struct cli *cli)
{
    return dantin_is_kind(cli->arguments[0]) ? CLI_OK
                                             : cli_usage(cli, TEXT_IMPORT_NO_KIND, cli->arguments[0]);
}

enum cli_exit command_show(struct cli *cli)
{
    struct showing showing = {.cli = cli, .document = cJSON_CreateObject()};
    int status = dantin_show(cli->dantin, cli->arguments[0], cli->arguments[KEY_ARGUMENT], on_record,
                             on_value, &showing);

    if (status != 0) {
        cJSON_Delete(showing.document);
        return cli_fail(cli, status);
    }
    if (cli->is_json) {
        return cli_print_json(showing.document, CLI_OK);
    }
    cJSON_Delete(showing.document);
    return CLI_OK;
}

static bool on_record(void *context, const struct dantin_record *record)
{
    struct showing *showing = context;
    cJSON *document = showing->document;

    if (showing->cli->is_json) {
        (void)cJSON_AddStringToObject(document, "id", record->id); /* NULL is seen by cli_print_json */
        (void)cJSON_AddStringToObject(document, "kind", record->kind);
        (void)cJSON_AddStringToObject(document, "key", record->key);
        (void)cJSON_AddBoolToObject(document, "is_reference", record->is_reference);
        (void)cJSON_AddBoolToObject(document, "has_open_change", record->has_open_change);
        (void)cJSON_AddBoolToObject(document, "is_refused", record->is_refused);
        showing->fields = cJSON_AddObjectToObject(document, "fields");
        showing->lists = cJSON_AddObjectToObject(document, "lists");
        return true;
    }
    (void)printf("%s: %s\n%s: %s\n", record->kind_label, record->key,
                 cli_text(showing->cli, TEXT_COLUMN_RECORD_ID),
                 record->id); /* main checks stdout at the end */
    if (record->has_open_change || record->is_refused || record->is_reference) {
        cli_say(showing->cli, record->is_refused        ? TEXT_CLI_SHOW_REFUSED
                              : record->has_open_change ? TEXT_CLI_SHOW_OPEN
                                                        : TEXT_CLI_SHOW_REFERENCE);
    }
    return true;
}

static bool on_value(void *context, const struct dantin_record_value *value)
{
    struct showing *showing = context;

    if (showing->cli->is_json) {
        add_value(showing, value);
        return true;
    }
    bool is_new_element =
        value->element != showing->element_number || strcmp(value->list, showing->list) != 0;

    if (value->list[0] == '\0') {
        (void)printf("  %s: %s\n", value->label, value->text);
        return true;
    }
    if (is_new_element) {
        (void)printf("  %s %zu\n", value->list_label, value->element);
        showing->element_number = value->element;
        (void)snprintf(showing->list, sizeof showing->list, "%s", value->list); /* names are short */
    }
    (void)printf("    %s: %s\n", value->label, value->text);
    return true;
}

/* Without memory some object is NULL, every call gives NULL, and what could not be added is left out. */
static void add_value(struct showing *showing, const struct dantin_record_value *value)
{
    if (value->list[0] == '\0') {
        (void)cJSON_AddStringToObject(showing->fields, value->name, value->text);
        return;
    }
    if (value->element != showing->element_number || strcmp(value->list, showing->list) != 0) {
        cJSON *list = cJSON_GetObjectItemCaseSensitive(showing->lists, value->list);

        if (list == NULL) {
            list = cJSON_AddArrayToObject(showing->lists, value->list);
        }
        showing->element = cJSON_CreateObject();
        showing->element_number = value->element;
        (void)snprintf(showing->list, sizeof showing->list, "%s", value->list); /* names are short */
        if (cJSON_AddItemToArray(list, showing->element) == 0) {
            cJSON_Delete(showing->element);
            showing->element = NULL;
        }
    }
    (void)cJSON_AddStringToObject(showing->element, value->name, value->text);
}
