/* dantind check-config: say what the configuration means, or print a sample. */
#include "server/commands/command.h"

#include <stdio.h>

#include "server/config.h"

enum err command_check_config(const struct options *options, struct error *ret_error)
{
    if (options->wants_sample) {
        config_print_sample(stdout, options->language);
        return ERR_OK;
    }
    struct config config;
    enum err err = command_config(options, &config, ret_error);
    if (err == ERR_OK) {
        config_print(stdout, &config);
    }
    return err;
}
