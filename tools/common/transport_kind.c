// SPDX-License-Identifier: MIT
#include "transport_kind.h"

#include <string.h>

const char *const transport_names[TRANSPORTS + 1] = {
	[TRANSPORT_NONE] = "none",
	[TRANSPORT_HDB] = "hdb",
	[TRANSPORT_GNTDEV] = "gntdev",
	[TRANSPORT_COPY] = "copy",
};

int transport_find(const char *text, size_t length, enum transport_kind *kind, struct err *err)
{
	for (*kind = TRANSPORT_HDB; *kind < TRANSPORTS; (*kind)++)
		if (strlen(transport_names[*kind]) == length &&
		    strncmp(transport_names[*kind], text, length) == 0)
			return 0;
	return err_set(err, EXIT_USAGE, "'%.*s' is not one of hdb, gntdev, copy", (int)length,
		       text);
}

int transport_option(const struct option_spec *spec, const char *text, void *into,
		     struct err *err)
{
	(void)spec;
	return transport_find(text, strlen(text), into, err);
}
