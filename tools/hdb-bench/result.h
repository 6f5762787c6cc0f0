/* SPDX-License-Identifier: MIT */
/*
 * result: what a run measured, in memory and as JSON.
 *
 * docs/bench-result.schema.json describes the JSON; RESULT_VERSION changes with
 * it. A row is named by its case and its transport. What cannot be measured
 * somewhere has a row too, which says why.
 */
#ifndef HDB_BENCH_RESULT_H
#define HDB_BENCH_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "rank.h"
#include "stats.h"
#include "transport_kind.h"
#include "unit.h"

#define RESULT_FORMAT	"hdb-bench"
#define RESULT_VERSION	1

#define RESULT_CONFIDENCE 0.95

enum result_state {
	RESULT_MEASURED,
	RESULT_PARTIAL,		/* the run ended before all rounds were through */
	RESULT_NOT_POSSIBLE,	/* here; why says the reason */
	RESULT_FAILED,		/* why says what happened; what was measured before is kept */
	RESULT_STATES,
};

/**
 * struct result - one row
 * @name: "group/what/size"
 * @transport: how
 * @unit: of all values
 * @state: has it values
 * @why: for NOT_POSSIBLE and FAILED
 * @bytes: size of the buffer, 0 where it has none
 * @steady: the warm-up ended because values had settled, not because it had
 *	lasted long enough
 * @stats: all values, where each is a whole number of nanoseconds; NULL for
 *	rates and counts
 * @rounds: one value for each round: the median of its values, or its rate;
 *	counts: the values
 * @n_rounds: how many
 */
struct result {
	char name[64];
	enum transport_kind transport;
	enum unit unit;
	enum result_state state;
	char why[300];
	uint64_t bytes;
	bool steady;
	struct stats *stats;
	double *rounds;
	size_t n_rounds;
};

/**
 * struct results - one run
 * @row: in the order of measuring
 * @count: of them
 * @environment: as env_json() gives it
 * @settings: how it was asked for
 * @peer: with whom, or NULL
 * @started: seconds since 1970
 * @seconds: it took
 * @interrupted: by a signal
 * @error: why the run as a whole ended early, or empty
 */
struct results {
	struct result *row;
	size_t count;
	json_t *environment, *settings, *peer;
	int64_t started;
	double seconds;
	bool interrupted;
	char error[400];
};

/* A new row at the end, valid until the next one is added; NULL: no memory. */
struct result *result_add(struct results *results, const char *name, enum transport_kind transport,
			  enum unit unit);

/* The value of one round. -1: no memory. */
int result_add_round(struct result *result, double value);

/* Has it values that can be compared? */
bool result_has_values(const struct result *result);

/* Why it has none, for a person: "not possible: ...", "failed: ..." or "not measured". */
void result_reason(const struct result *result, char *text, size_t size);

/* The row of that name and transport, or NULL. */
struct result *result_find(const struct results *results, const char *name,
			   enum transport_kind transport);

/* The median of the rounds, with its interval. */
void result_median(const struct result *result, struct rank_interval *median);

/* The ends of an interval into @object, as low and high; null where it has none. */
void result_bounds_json(const struct rank_interval *interval, json_t *object);

/*
 * By which factor @y is above @x, over their rounds. False when either has no
 * values above 0 to compare.
 */
bool result_ratio(const struct result *x, const struct result *y,
		  struct rank_interval *ratio);

/* Values so far out that a box plot would draw them apart: beyond Q3 + 3 (Q3 - Q1). */
uint64_t result_outliers(const struct result *result, uint64_t *limit);

/* The rows of @from are added to those of the same name, as further rounds of one run. */
int results_merge(struct results *results, const struct results *from);

/* Also for a zeroed struct. */
void results_free(struct results *results);

json_t *results_json(const struct results *results);

/* Read what results_json() wrote; @name, of the file, is for messages. */
int results_from_json(struct results *results, const json_t *json, const char *name,
		      struct err *err);
int results_load(struct results *results, const char *path, struct err *err);

/*
 * Write to @path: into a file beside it, which then takes its name, so that
 * what is there already is kept when the disk is full.
 */
int results_save(const struct results *results, const char *path, struct err *err);

#endif
