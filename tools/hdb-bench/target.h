/* SPDX-License-Identifier: MIT */
/*
 * target: what this project sets itself, as ratios of cases within one run, which
 * hold on any machine or on none.
 */
#ifndef HDB_BENCH_TARGET_H
#define HDB_BENCH_TARGET_H

#include <stdio.h>

#include "result.h"

enum target_state {
	TARGET_MET,
	TARGET_MISSED,
	TARGET_UNCLEAR,		/* the interval reaches to both sides, or there is none */
	TARGET_STATES,
};

extern const char *const target_states[TARGET_STATES];

/**
 * struct target - one of them
 * @what: which ratio
 * @of: a case
 * @of_transport: by this way
 * @to: is so many times this one
 * @to_transport: by this way
 * @limit: at most, or
 * @at_least: at least
 */
struct target {
	const char *what;
	const char *of;
	enum transport_kind of_transport;
	const char *to;
	enum transport_kind to_transport;
	double limit;
	bool at_least;
};

/* Ends with a NULL @what. */
extern const struct target targets[];

/* False when the run does not have both cases. */
bool target_judge(const struct target *target, const struct results *results,
		  struct rank_interval *ratio, enum target_state *state);

/*
 * The target behind @target (NULL: the first one) that the run has both cases of, judged; NULL
 * when there is none.
 */
const struct target *target_next(const struct target *target, const struct results *results,
				 struct rank_interval *ratio, enum target_state *state);

/* All that the run says something of: an array; a table; nothing when there is none. */
json_t *target_json(const struct results *results);
void target_print(const struct results *results, FILE *file);

#endif
