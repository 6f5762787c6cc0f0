// SPDX-License-Identifier: MIT
#include "pattern.h"
#include "run.h"

#include <stdio.h>

static json_t *list_entry(const struct case_exercise *exercise, const struct case_series *series)
{
	json_t *sizes = json_array(), *transports = json_array(), *cannot = json_object();
	json_t *entry;

	for (const struct case_size *size = exercise->sizes; size && size->name; size++)
		json_array_append_new(sizes, json_string(size->name));
	for (enum transport_kind t = 0; t < TRANSPORTS; t++)
		if (exercise->transports & CASE_TRANSPORT(t))
			json_array_append_new(transports, json_string(transport_names[t]));
		else if (exercise->cannot[t])
			json_object_set_new(cannot, transport_names[t],
					    json_string(exercise->cannot[t]));
	entry = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "name", series->name, "unit",
			  unit_info[series->unit].name, "what", series->what, "depends",
			  exercise->depends, "peer", exercise->flags & CASE_PEER, "paced",
			  exercise->flags & CASE_PACED);
	json_object_set_new(entry, "sizes", sizes);
	json_object_set_new(entry, "transports", transports);
	json_object_set_new(entry, "not_possible", cannot);
	return entry;
}

/* Words of @text, from @column on, in lines of at most 78 characters. */
static void list_wrap(const char *text, int column)
{
	int at = column;

	printf("%*s", column, "");
	while (*text) {
		int length = 0;

		while (text[length] && text[length] != ' ')
			length++;
		if (at > column && at + 1 + length > 78) {
			printf("\n%*s", column, "");
			at = column;
		}
		at += printf("%s%.*s", at > column ? " " : "", length, text);
		text += length;
		text += *text == ' ';
	}
	putchar('\n');
}

static void list_print(json_t *entry)
{
	static const char *const arrays[] = { "sizes", "transports" };
	const char *transport;
	json_t *why;

	printf("%s (%s)\n", json_string_value(json_object_get(entry, "name")),
	       json_string_value(json_object_get(entry, "unit")));
	list_wrap(json_string_value(json_object_get(entry, "what")), 4);
	for (size_t a = 0; a < 2; a++) {
		const json_t *array = json_object_get(entry, arrays[a]);

		if (!json_array_size(array))
			continue;
		printf("    %s:", arrays[a]);
		for (size_t i = 0; i < json_array_size(array); i++)
			printf(" %s", json_string_value(json_array_get(array, i)));
		putchar('\n');
	}
	json_object_foreach(json_object_get(entry, "not_possible"), transport, why) {
		char line[300];

		snprintf(line, sizeof(line), "not possible by %s: %s", transport,
			 json_string_value(why));
		list_wrap(line, 4);
	}
	printf("    depends on: %s\n", json_string_value(json_object_get(entry, "depends")));
}

void run_list(const char *cases, bool json)
{
	json_t *list = json_array();

	for (size_t i = 0; case_exercises[i]; i++) {
		const struct case_exercise *exercise = case_exercises[i];

		for (const struct case_series *series = exercise->series; series->name; series++) {
			const struct case_size *size = exercise->sizes;
			bool wanted = false;
			char name[64];

			do {
				case_name(series, size, name, sizeof(name));
				wanted |= pattern_fits(cases, name);
			} while (size && (++size)->name);
			if (wanted)
				json_array_append_new(list, list_entry(exercise, series));
		}
	}
	for (size_t i = 0; !json && i < json_array_size(list); i++)
		list_print(json_array_get(list, i));
	if (json) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(list);
}
