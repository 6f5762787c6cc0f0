// SPDX-License-Identifier: MIT
/* Results to JSON and back. Files come from anywhere, so reading believes nothing. */
#include "result.h"
#include "slope.h"
#include "target.h"
#include "version.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const result_states[RESULT_STATES] = {
	[RESULT_MEASURED] = "measured",
	[RESULT_PARTIAL] = "partial",
	[RESULT_NOT_POSSIBLE] = "not-possible",
	[RESULT_FAILED] = "failed",
};

/* ---- writing ----------------------------------------------------------- */

void result_bounds_json(const struct rank_interval *interval, json_t *object)
{
	bool bounded = interval->bounded;

	json_object_set_new(object, "low", bounded ? json_real(interval->low) : json_null());
	json_object_set_new(object, "high", bounded ? json_real(interval->high) : json_null());
}

static json_t *result_median_json(const struct result *result)
{
	struct rank_interval median;
	json_t *json;

	result_median(result, &median);
	json = json_pack("{s:f}", "value", median.value);
	result_bounds_json(&median, json);
	return json;
}

static void result_stats_json(const struct result *result, json_t *row)
{
	static const struct {
		const char *name;
		double share;
	} percentiles[] = {
		{ "p50", 0.5 }, { "p90", 0.9 }, { "p95", 0.95 }, { "p99", 0.99 },
		{ "p99_9", 0.999 },
	};
	const struct stats *stats = result->stats;
	json_t *values = json_object();
	uint64_t outliers, limit;

	outliers = result_outliers(result, &limit);
	json_object_set_new(values, "min", json_integer((json_int_t)stats->min));
	json_object_set_new(values, "mean", json_real(stats->sum / (double)stats->count));
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		json_object_set_new(values, percentiles[i].name,
				    json_integer((json_int_t)stats_quantile(stats,
									    percentiles[i].share)));
	json_object_set_new(values, "max", json_integer((json_int_t)stats->max));
	json_object_set_new(row, "count", json_integer((json_int_t)stats->count));
	json_object_set_new(row, "values", values);
	json_object_set_new(row, "outliers", json_pack("{s:I, s:I}", "above", (json_int_t)limit,
						       "count", (json_int_t)outliers));
	json_object_set_new(row, "histogram",
			    json_pack("{s:i, s:o}", "steps", (int)STATS_STEPS, "buckets",
				      stats_buckets_json(stats)));
}

static json_t *result_json(const struct result *result)
{
	json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", result->name, "transport",
				transport_names[result->transport], "unit",
				unit_info[result->unit].name, "better",
				unit_info[result->unit].higher_is_better ? "higher" : "lower",
				"state", result_states[result->state]);
	json_t *rounds;

	if (result->bytes)
		json_object_set_new(row, "bytes", json_integer((json_int_t)result->bytes));
	if (result->why[0])
		json_object_set_new(row, "why", json_string(result->why));
	if (!result->n_rounds)
		return row;
	rounds = json_array();
	for (size_t i = 0; i < result->n_rounds; i++)
		json_array_append_new(rounds, json_real(result->rounds[i]));
	json_object_set_new(row, "steady", json_boolean(result->steady));
	json_object_set_new(row, "median", result_median_json(result));
	json_object_set_new(row, "rounds", rounds);
	if (result->stats && result->stats->count)
		result_stats_json(result, row);
	return row;
}

/* What one run says of transports: by which factor the others are above hdb. */
static json_t *results_ratios_json(const struct results *results)
{
	json_t *ratios = json_array();

	for (size_t i = 0; i < results->count; i++) {
		const struct result *other = &results->row[i];
		const struct result *hdb = result_find(results, other->name, TRANSPORT_HDB);
		struct rank_interval ratio;
		json_t *entry;

		if (!hdb || hdb == other || !result_ratio(hdb, other, &ratio))
			continue;
		entry = json_pack("{s:s, s:s, s:s, s:f}", "name", other->name, "of",
				  transport_names[other->transport], "to",
				  transport_names[TRANSPORT_HDB], "value", ratio.value);
		result_bounds_json(&ratio, entry);
		json_array_append_new(ratios, entry);
	}
	return ratios;
}

json_t *results_json(const struct results *results)
{
	json_t *root = json_object(), *rows = json_array();
	time_t started = (time_t)results->started;
	struct tm utc;
	char text[32];

	gmtime_r(&started, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_object_set_new(root, "format", json_string(RESULT_FORMAT));
	json_object_set_new(root, "version", json_integer(RESULT_VERSION));
	json_object_set_new(root, "tool", json_string(HDB_VERSION));
	json_object_set_new(root, "time", json_integer(results->started));
	json_object_set_new(root, "started", json_string(text));
	json_object_set_new(root, "seconds", json_real(results->seconds));
	json_object_set_new(root, "interrupted", json_boolean(results->interrupted));
	if (results->error[0])
		json_object_set_new(root, "error", json_string(results->error));
	json_object_set(root, "environment", results->environment);
	json_object_set(root, "settings", results->settings);
	if (results->peer)
		json_object_set(root, "peer", results->peer);
	for (size_t i = 0; i < results->count; i++)
		json_array_append_new(rows, result_json(&results->row[i]));
	json_object_set_new(root, "results", rows);
	json_object_set_new(root, "ratios", results_ratios_json(results));
	json_object_set_new(root, "slopes", slope_json(results));
	json_object_set_new(root, "targets", target_json(results));
	return root;
}

int results_save(const struct results *results, const char *path, struct err *err)
{
	json_t *root = results_json(results);
	char *beside;
	FILE *file;
	bool good;

	if (asprintf(&beside, "%s.part", path) < 0) {
		json_decref(root);
		return err_errno(err, ENOMEM, "cannot write '%s'", path);
	}
	file = fopen(beside, "we");
	good = file && json_dumpf(root, file, JSON_INDENT(1)) == 0 && fputc('\n', file) != EOF &&
	       fflush(file) == 0 && fsync(fileno(file)) == 0;
	if (!good)
		err_errno(err, errno, "cannot write '%s'", path);
	if (file && fclose(file) != 0 && good) {
		err_errno(err, errno, "cannot write '%s'", path);
		good = false;
	}
	if (good && rename(beside, path) < 0) {
		err_errno(err, errno, "cannot write '%s'", path);
		good = false;
	}
	if (!good)
		unlink(beside);
	free(beside);
	json_decref(root);
	return good ? 0 : -1;
}

/* ---- reading ----------------------------------------------------------- */

static int result_index(const char *const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++)
		if (name && strcmp(names[i], name) == 0)
			break;
	return i;
}

static int result_read_rounds(struct result *row, const json_t *rounds)
{
	if (rounds && !json_is_array(rounds))
		return -1;
	for (size_t i = 0; i < json_array_size(rounds); i++) {
		const json_t *value = json_array_get(rounds, i);

		if (!json_is_number(value) || json_number_value(value) < 0 ||
		    !isfinite(json_number_value(value)) ||
		    result_add_round(row, json_number_value(value)) < 0)
			return -1;
	}
	return 0;
}

/* The histogram, and what it does not keep exactly. */
static int result_read_stats(struct result *row, const json_t *json)
{
	const json_t *histogram = json_object_get(json, "histogram");
	const json_t *values = json_object_get(json, "values");

	if (!histogram)
		return 0;
	row->stats = calloc(1, sizeof(*row->stats));
	if (!row->stats ||
	    json_integer_value(json_object_get(histogram, "steps")) != STATS_STEPS ||
	    stats_from_buckets(row->stats, json_object_get(histogram, "buckets")) < 0 ||
	    !json_is_integer(json_object_get(values, "min")) ||
	    !json_is_integer(json_object_get(values, "max")) ||
	    !json_is_number(json_object_get(values, "mean")))
		return -1;
	row->stats->min = (uint64_t)json_integer_value(json_object_get(values, "min"));
	row->stats->max = (uint64_t)json_integer_value(json_object_get(values, "max"));
	row->stats->sum = json_number_value(json_object_get(values, "mean")) *
			  (double)row->stats->count;
	return 0;
}

static int result_read(struct results *results, const json_t *json, const char *file,
		       struct err *err)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *unit_name = json_string_value(json_object_get(json, "unit"));
	const char *why = json_string_value(json_object_get(json, "why"));
	int transport = result_index(transport_names, TRANSPORTS,
				     json_string_value(json_object_get(json, "transport")));
	int state = result_index(result_states, RESULT_STATES,
				 json_string_value(json_object_get(json, "state")));
	enum unit unit = unit_name ? unit_find(unit_name) : UNITS;
	const json_t *bytes = json_object_get(json, "bytes");
	struct result *row;

	if (!name || strlen(name) >= sizeof(row->name) || transport == TRANSPORTS ||
	    state == RESULT_STATES || unit == UNITS)
		return err_set(err, EXIT_USAGE, "%s: result %zu has no known name, transport, unit "
			       "and state", file, results->count);
	if (result_find(results, name, (enum transport_kind)transport))
		return err_set(err, EXIT_USAGE, "%s: '%s' by %s is there twice", file, name,
			       transport_names[transport]);
	row = result_add(results, name, (enum transport_kind)transport, unit);
	if (!row)
		return err_errno(err, ENOMEM, "%s", file);
	row->state = (enum result_state)state;
	row->steady = json_is_true(json_object_get(json, "steady"));
	row->bytes = json_is_integer(bytes) && json_integer_value(bytes) > 0
		     ? (uint64_t)json_integer_value(bytes) : 0;
	snprintf(row->why, sizeof(row->why), "%s", why ? why : "");
	if (result_read_rounds(row, json_object_get(json, "rounds")) < 0)
		return err_set(err, EXIT_USAGE, "%s: '%s' has rounds that are no numbers", file,
			       name);
	if (result_read_stats(row, json) < 0)
		return err_set(err, EXIT_USAGE, "%s: '%s' has no valid histogram", file, name);
	if (row->state == RESULT_MEASURED && !row->n_rounds)
		return err_set(err, EXIT_USAGE, "%s: '%s' is measured and has no values", file,
			       name);
	return 0;
}

int results_from_json(struct results *results, const json_t *json, const char *name,
		      struct err *err)
{
	const char *format = json_string_value(json_object_get(json, "format"));
	const json_t *version = json_object_get(json, "version");
	const json_t *rows = json_object_get(json, "results");
	const char *error = json_string_value(json_object_get(json, "error"));

	*results = (struct results){ 0 };
	if (!format || strcmp(format, RESULT_FORMAT) != 0)
		return err_set(err, EXIT_USAGE, "%s: not a result of hdb-bench", name);
	if (json_integer_value(version) != RESULT_VERSION)
		return err_set(err, EXIT_USAGE, "%s: a result of version %lld, this program reads "
						"%d",
			       name, (long long)json_integer_value(version), RESULT_VERSION);
	if (!json_is_array(rows) || !json_is_object(json_object_get(json, "environment")))
		return err_set(err, EXIT_USAGE, "%s: no results, or no environment", name);
	results->environment = json_incref(json_object_get(json, "environment"));
	results->settings = json_incref(json_object_get(json, "settings"));
	results->peer = json_incref(json_object_get(json, "peer"));
	results->started = json_integer_value(json_object_get(json, "time"));
	results->seconds = json_number_value(json_object_get(json, "seconds"));
	results->interrupted = json_is_true(json_object_get(json, "interrupted"));
	snprintf(results->error, sizeof(results->error), "%s", error ? error : "");
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (result_read(results, json_array_get(rows, i), name, err) < 0) {
			results_free(results);
			return -1;
		}
	return 0;
}

int results_load(struct results *results, const char *path, struct err *err)
{
	json_error_t where;
	json_t *json = json_load_file(path, 0, &where);
	int status;

	*results = (struct results){ 0 };
	if (!json && where.line <= 0)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", path, where.text);
	if (!json)
		return err_set(err, EXIT_USAGE, "%s: line %d: %s", path, where.line, where.text);
	status = results_from_json(results, json, path, err);
	json_decref(json);
	return status;
}
