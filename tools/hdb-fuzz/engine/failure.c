// SPDX-License-Identifier: MIT
#include "failure.h"
#include "report.h"
#include "stop.h"

#include <stdio.h>

void failure_set(struct failure *failure, const char *what, uint64_t started, uint64_t runs)
{
	if (failure->failed)
		return;
	failure->failed = true;
	snprintf(failure->what, sizeof(failure->what), "%.299s", what);
	if (!failure->after) {
		failure->after = stop_now() - started;
		failure->after_runs = runs;
	}
}

void failure_report(const struct failure *failure, const char *unit, json_t *root)
{
	json_t *object;

	if (!failure->failed)
		return;
	object = json_pack("{s:s, s:b, s:I, s:I}", "what", failure->what, "again", failure->again,
			   "after_ns", (json_int_t)failure->after, "after_runs",
			   (json_int_t)failure->after_runs);
	report_set(root, "failure", object);
	if (!failure->input[0])
		return;
	report_set(object, "input", json_string(failure->input));
	report_set(object, unit, json_integer((json_int_t)failure->size));
	if (failure->report[0])
		report_set(object, "report", json_string(failure->report));
}
