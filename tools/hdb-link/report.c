// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report.h"

static json_t *report_end(const struct link_end *end)
{
	return json_pack("{s:i, s:s, s:s, s:b, s:s, s:b}", "id", end->domain.id,
			 "name", end->domain.name, "uuid", end->domain.uuid,
			 "alive", end->domain.alive, "state", link_state_name(end->state),
			 "user", end->user);
}

json_t *report_links(const char *action, const struct link *links, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:i, s:b, s:o, s:o}",
						      "devid", links[i].devid,
						      "stale", link_is_stale(&links[i]),
						      "front", report_end(&links[i].front),
						      "back", report_end(&links[i].back)));
	return json_pack("{s:s, s:o}", "action", action, "links", list);
}

static json_t *report_domain(const struct domain *domain)
{
	return json_pack("{s:i, s:s, s:s}", "id", domain->id, "name", domain->name,
			 "uuid", domain->uuid);
}

json_t *report_event(const char *event, const struct domain *a, const struct domain *b,
		     const char *text)
{
	json_t *domains = json_array();
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (a)
		json_array_append_new(domains, report_domain(a));
	if (b)
		json_array_append_new(domains, report_domain(b));
	return json_pack("{s:f, s:s, s:o, s:s}",
			 "time", (double)now.tv_sec + (double)now.tv_nsec / 1e9,
			 "event", event, "domains", domains, "text", text);
}

int report_json_line(const json_t *report, FILE *file)
{
	if (json_dumpf(report, file, JSON_COMPACT) || fputc('\n', file) == EOF || fflush(file))
		return errno ? -errno : -EIO;
	return 0;
}

static const char *report_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void report_row_end(const json_t *end)
{
	const char *name = report_string(end, "name");

	printf("%-16s %5d  %-13s  ", *name ? name : "-",
	       (int)json_integer_value(json_object_get(end, "id")), report_string(end, "state"));
}

static bool report_user(const json_t *link, const char *end)
{
	return json_is_true(json_object_get(json_object_get(link, end), "user"));
}

static void report_row(const json_t *link)
{
	report_row_end(json_object_get(link, "front"));
	report_row_end(json_object_get(link, "back"));
	printf("%5d  %s%s\n", (int)json_integer_value(json_object_get(link, "devid")),
	       json_is_true(json_object_get(link, "stale")) ? "stale " : "",
	       report_user(link, "front") ? "a program's front" :
	       report_user(link, "back") ? "a program's back" : "");
}

void report_text(const json_t *report)
{
	const json_t *links = json_object_get(report, "links");
	size_t i;
	json_t *link;

	if (!json_array_size(links)) {
		puts("no links");
		return;
	}
	printf("%-16s %5s  %-13s  %-16s %5s  %-13s  %5s\n", "FRONT", "ID", "STATE", "BACK", "ID",
	       "STATE", "DEVID");
	json_array_foreach(links, i, link)
		report_row(link);
}

int report_json(const json_t *report, FILE *file)
{
	int err = 0;

	if (json_dumpf(report, file, JSON_INDENT(2)) || fputc('\n', file) == EOF || fflush(file))
		err = errno ? -errno : -EIO;
	if (file != stdout && fclose(file) && !err)
		err = -errno;
	return err;
}
