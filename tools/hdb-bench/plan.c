// SPDX-License-Identifier: MIT
#include "plan.h"
#include "pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows for those series of an entry that are wanted. 1: there are some. */
static int plan_rows(const struct run_settings *settings, struct plan_entry *entry,
		     struct results *results)
{
	const struct case_series *series = entry->exercise->series;
	int any = 0;

	for (size_t i = 0; series[i].name; i++) {
		struct result *row;
		char name[64];

		case_name(&series[i], entry->size, name, sizeof(name));
		entry->row[i] = PLAN_UNWANTED;
		if (!pattern_fits(settings->cases, name))
			continue;
		row = result_add(results, name, entry->transport, series[i].unit);
		if (!row)
			return -1;
		row->state = RESULT_PARTIAL;
		row->bytes = entry->size ? entry->size->bytes : 0;
		row->steady = true;
		entry->row[i] = results->count - 1;
		any = 1;
	}
	return any;
}

/* Nothing is to do; but that, and why, is said. */
static int plan_cannot(const struct run_settings *settings, const struct case_exercise *exercise,
		       const struct case_size *size, enum transport_kind transport,
		       struct results *results)
{
	struct plan_entry entry = { .exercise = exercise, .size = size, .transport = transport };
	size_t first = results->count;

	if (!exercise->cannot[transport])
		return 0;
	if (plan_rows(settings, &entry, results) < 0)
		return -1;
	for (size_t i = first; i < results->count; i++) {
		struct result *row = &results->row[i];

		row->state = RESULT_NOT_POSSIBLE;
		snprintf(row->why, sizeof(row->why), "%s", exercise->cannot[transport]);
	}
	return 0;
}

static int plan_add(const struct run_settings *settings, struct plan *plan,
		    const struct case_exercise *exercise, const struct case_size *size,
		    enum transport_kind transport, struct results *results)
{
	struct plan_entry entry = { .exercise = exercise, .size = size, .transport = transport };
	struct plan_entry *entries;
	int any;

	if (transport != TRANSPORT_NONE && !(settings->transports & CASE_TRANSPORT(transport)))
		return 0;
	if (!(exercise->transports & CASE_TRANSPORT(transport)))
		return plan_cannot(settings, exercise, size, transport, results);
	any = plan_rows(settings, &entry, results);
	if (any <= 0)
		return any;
	entries = reallocarray(plan->entry, plan->count + 1, sizeof(*entries));
	if (!entries)
		return -1;
	plan->entry = entries;
	entries[plan->count++] = entry;
	plan->needs_peer |= exercise->flags & CASE_PEER;
	return 0;
}

int plan_make(const struct run_settings *settings, struct plan *plan, struct results *results,
	      struct err *err)
{
	static const struct case_size none[] = { { .bytes = 0 } };

	*plan = (struct plan){ 0 };
	for (size_t i = 0; case_exercises[i]; i++) {
		const struct case_exercise *exercise = case_exercises[i];
		const struct case_size *size = exercise->sizes ? exercise->sizes : none;

		do {
			for (enum transport_kind t = 0; t < TRANSPORTS; t++)
				if (plan_add(settings, plan, exercise,
					     exercise->sizes ? size : NULL, t, results) < 0)
					return err_errno(err, ENOMEM, "cannot plan the run");
			size++;
		} while (exercise->sizes && size->name);
	}
	if (!results->count)
		return err_set(err, EXIT_USAGE, "--cases: '%s' is no case by such a transport (see "
			       "hdb-bench list)", settings->cases ? settings->cases : "*");
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->entry);
	*plan = (struct plan){ 0 };
}

void plan_shuffle(size_t *order, size_t count, uint32_t round)
{
	uint64_t state = round * 0x9e3779b97f4a7c15ull + 1;

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	/* The first round is in order, which is how a person reads it. */
	for (size_t i = count; round && i > 1; i--) {
		size_t other, kept = order[i - 1];

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		other = (size_t)(state % i);
		order[i - 1] = order[other];
		order[other] = kept;
	}
}
