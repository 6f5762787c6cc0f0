/* SPDX-License-Identifier: MIT */
/*
 * compare: did something get slower? Two runs, row by row.
 *
 * A change counts when the Mann-Whitney test, corrected for asking about many
 * rows, finds it, and when it is larger than both a threshold and what two runs
 * of the same code differ by. Counts are compared exactly. A maximum is never
 * looked at.
 */
#ifndef HDB_BENCH_COMPARE_H
#define HDB_BENCH_COMPARE_H

#include <stdio.h>

#include "limits.h"
#include "result.h"

enum verdict {
	VERDICT_SAME,		/* surely within the threshold */
	VERDICT_BETTER,
	VERDICT_WORSE,
	VERDICT_INCONCLUSIVE,	/* it may be either; or it was not measured both times */
	VERDICTS,
};

extern const char *const verdict_names[VERDICTS];

/* What compare and gate exit with; EXIT_OK is "all the same". */
#define EXIT_WORSE		1
#define EXIT_BETTER		3
#define EXIT_INCONCLUSIVE	4

struct comparison {
	const struct result *base, *new;	/* new is NULL where it is not in there */
	struct rank_interval change;	/* as a factor; of counts without interval */
	double p;			/* corrected; 1 where nothing was tested */
	double limit;			/* change that counts, as a share: 0.05 is 5 % */
	enum verdict verdict;
	char why[200];			/* of INCONCLUSIVE, may be empty */
};

struct comparisons {
	struct comparison *row;
	size_t count;
	size_t verdicts[VERDICTS];
	char warning[400];	/* the runs were made in different places; or empty */
};

struct compare_settings {
	double threshold;		/* share of the base */
	struct limits limits;		/* of single cases, in place of that */
	double level;			/* probability of any false alarm */
	/* Two runs of the same code, whose difference is noise; or NULL. */
	const struct results *noise[2];
};

/* The comparison points into both runs, which must outlive it. */
int compare_results(const struct results *base, const struct results *new,
		    const struct compare_settings *settings, struct comparisons *comparisons,
		    struct err *err);
void comparisons_free(struct comparisons *comparisons);

/* EXIT_OK or one of the above: worse goes before inconclusive, that before better. */
int compare_exit(const struct comparisons *comparisons);

void compare_print(const struct comparisons *comparisons, FILE *file);
json_t *compare_json(const struct comparisons *comparisons);

#endif
