// SPDX-License-Identifier: MIT
#include "bench_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct bench_options, name)

#define BENCH_DEFAULTS { \
	.run = { \
		.transports = CASE_TRANSPORT(TRANSPORT_HDB) | CASE_TRANSPORT(TRANSPORT_GNTDEV) | \
			      CASE_TRANSPORT(TRANSPORT_COPY), \
		.rounds = 12, .values = 40, .round_seconds = 0.5, .rate = 60, .wait = 30, \
	}, \
	.threshold = 5, .level = 5, .runs = 3, \
}

static const char *const bench_roles[] = {
	[BENCH_MEASURE] = "measure",
	[BENCH_ECHO] = "echo",
	NULL,
};

/* A list of transports, separated by commas. */
static int bench_transports(const struct option_spec *spec, const char *text, void *into,
			    struct err *err)
{
	unsigned int chosen = 0;

	(void)spec;
	for (;;) {
		size_t length = strcspn(text, ",");
		enum transport_kind kind;

		if (transport_find(text, length, &kind, err) < 0)
			return -1;
		chosen |= CASE_TRANSPORT(kind);
		if (!text[length])
			break;
		text += length + 1;
	}
	*(unsigned int *)into = chosen;
	return 0;
}

#define BENCH_CASES { "cases", "PATTERNS", "only these: names as list gives them, separated by\n" \
	"commas; * stands for anything, as in 'frame/*,*/4KiB'\n(default: all)", \
	options_text, FIELD(run.cases), 0, 0, NULL }
#define BENCH_QUIET OPTIONS_QUIET(FIELD(quiet))
#define BENCH_VERBOSE OPTIONS_VERBOSE(FIELD(verbose))
#define BENCH_COMPARISON { "json", "FILE|-", "write the comparison as JSON; '-' is standard " \
	"output,\nin place of the table", options_text, FIELD(json), 0, 0, NULL }
#define BENCH_THRESHOLD { "threshold", "PERCENT", "a change that is smaller is none (default 5)", \
	options_real, FIELD(threshold), 0, 1000, NULL }
#define BENCH_LIMITS { "limits", "FILE", "the same for single cases: lines of a pattern as for " \
	"--cases\nand percent, of which the first that fits counts", \
	options_text, FIELD(limits), 0, 0, NULL }
#define BENCH_LEVEL { "level", "PERCENT", "probability of any false alarm, over all cases\n" \
	"(default 5)", options_real, FIELD(level), 0.000001, 50, NULL }

/* ---- list -------------------------------------------------------------- */

static const struct option_spec list_specs[] = {
	BENCH_CASES,
	{ "json", NULL, "as JSON", options_flag, FIELD(json_list), 0, 0, NULL },
	{ 0 },
};

enum options_result bench_options_list(int argc, char **argv, struct bench_options *options,
				       struct err *err)
{
	static const struct options_program program = {
		.name = "hdb-bench list",
		.synopsis = "[--cases PATTERNS] [--json]",
		.summary = "Lists what can be measured: what is timed, from where to where, in\n"
			   "which unit, and what it depends on.",
		.specs = list_specs,
		.notes = "",
	};

	*options = (struct bench_options)BENCH_DEFAULTS;
	return options_parse(&program, argc, argv, options, err);
}

/* ---- run --------------------------------------------------------------- */

static const struct option_spec run_specs[] = {
	BENCH_CASES,
	{ "transport", "LIST", "ways to share: hdb, gntdev, copy, separated by commas\n"
	  "(default: all)",
	  bench_transports, FIELD(run.transports), 0, 0, NULL },
	{ "role", "measure|echo", "echo serves one run of the other domain (default\n"
	  "measure, which over the loopback brings its own echo)",
	  options_choice, FIELD(role), 0, 0, bench_roles },
	{ "peer", "DOMID|NAME", "the other domain (default: the only one that is linked,\n"
	  "else the loopback)",
	  options_peer, FIELD(run.peer), 0, 0, NULL },
	{ "rounds", "N", "rounds in which all cases take turns, 2 to 1000;\n"
	  "a median has an interval from 6 on (default 12)",
	  options_number, FIELD(run.rounds), 2, 1000, NULL },
	{ "values", "N", "values in each round, for each case, at most (default 40)",
	  options_number, FIELD(run.values), 1, 100000, NULL },
	{ "round-time", "SECONDS", "a case's round ends after so long (default 0.5)",
	  options_real, FIELD(run.round_seconds), 0.001, 3600, NULL },
	{ "rate", "HZ", "how often a frame is to be published, 1 to 100000; less\n"
	  "often where one takes long (default 60)",
	  options_real, FIELD(run.rate), 1, 100000, NULL },
	{ "wait", "SECONDS", "how long to wait for the other end, 1 to 86400\n(default 30)",
	  options_number, FIELD(run.wait), 1, 86400, NULL },
	{ "json", "FILE|-", "write the results as JSON; a file is written after each\n"
	  "round, '-' is standard output, in place of the table",
	  options_text, FIELD(json), 0, 0, NULL },
	{ "ktap", "FILE|-", "one KTAP line for each case, for CI systems",
	  options_text, FIELD(ktap), 0, 0, NULL },
	BENCH_QUIET,
	BENCH_VERBOSE,
	{ 0 },
};

enum options_result bench_options_run(int argc, char **argv, struct bench_options *options,
				      struct err *err)
{
	static const struct options_program program = {
		.name = "hdb-bench run",
		.synopsis = "[--cases PATTERNS] [--transport LIST] [--json FILE] [options]",
		.summary =
			"Measures. Between two domains, start \"hdb-bench run --role echo\" in\n"
			"the other one.",
		.specs = run_specs,
		.notes =
			"Exit status:\n"
			"  0   everything that is possible here was measured\n"
			"  1   a case failed, or the run was interrupted; results so far are kept\n"
			"  2   wrong usage\n"
			"  77  nothing of it can be measured here; the message says why\n\n"
			"Examples:\n"
			"  hdb-bench run --cases 'frame/*' --json frame.json\n"
			"  hdb-bench run --rounds 30 --transport hdb,copy --quiet --ktap -\n",
	};

	*options = (struct bench_options)BENCH_DEFAULTS;
	return options_parse(&program, argc, argv, options, err);
}

/* ---- compare ----------------------------------------------------------- */

static const struct option_spec compare_specs[] = {
	{ "again", "FILE", "the base measured once more: what these two differ by is\n"
	  "noise, and a smaller change is none",
	  options_text, FIELD(again), 0, 0, NULL },
	{ "same-place", NULL, "refuse results of different machines, lanes or kernels",
	  options_flag, FIELD(same_place), 0, 0, NULL },
	BENCH_THRESHOLD,
	BENCH_LIMITS,
	BENCH_LEVEL,
	BENCH_COMPARISON,
	BENCH_QUIET,
	{ 0 },
};

enum options_result bench_options_compare(int argc, char **argv, struct bench_options *options,
					  struct err *err)
{
	struct options_program program = {
		.name = "hdb-bench compare",
		.synopsis = "BASE NEW [--again BASE2] [options]",
		.summary = "Compares two results, case by case.",
		.specs = compare_specs,
		.notes =
			"Exit status:\n"
			"  0   every case is the same\n"
			"  1   at least one is worse\n"
			"  2   wrong usage, or a file that is no result\n"
			"  3   at least one is better, none is worse or inconclusive\n"
			"  4   at least one is inconclusive, none is worse\n"
			"  77  --same-place, and they were not\n",
		.operands = &options->operands,
	};

	*options = (struct bench_options)BENCH_DEFAULTS;
	options->operands = (struct options_operands){ .least = 2, .most = 2 };
	return options_parse(&program, argc, argv, options, err);
}

/* ---- report ------------------------------------------------------------ */

static const struct option_spec report_specs[] = {
	{ "html", "FILE", "one page with everything in it (default report.html)",
	  options_text, FIELD(html), 0, 0, NULL },
	{ "plots", "DIR", "the plots as SVG and PNG files too, into DIR, which is\n"
	  "made where it is missing",
	  options_text, FIELD(plots), 0, 0, NULL },
	BENCH_QUIET,
	{ 0 },
};

enum options_result bench_options_report(int argc, char **argv, struct bench_options *options,
					 struct err *err)
{
	struct options_program program = {
		.name = "hdb-bench report",
		.synopsis = "RESULT... [--html FILE] [--plots DIR]",
		.summary =
			"Makes plots and a page of results. The last one is shown; with several\n"
			"the page shows how the figures went over them. Needs gnuplot.",
		.specs = report_specs,
		.notes =
			"Exit status:\n"
			"  0   it is written\n"
			"  1   it cannot be written\n"
			"  2   wrong usage, or a file that is no result\n"
			"  77  there is no gnuplot\n",
		.operands = &options->operands,
	};

	*options = (struct bench_options)BENCH_DEFAULTS;
	options->html = "report.html";
	options->operands = (struct options_operands){ .least = 1, .most = 1000 };
	return options_parse(&program, argc, argv, options, err);
}

/* ---- gate -------------------------------------------------------------- */

static const struct option_spec gate_specs[] = {
	{ "base", "COMMAND", "shell command that measures the base and writes its JSON\n"
	  "to the file that $HDB_BENCH_JSON names",
	  options_text, FIELD(base), 0, 0, NULL },
	{ "new", "COMMAND", "likewise what is to be judged",
	  options_text, FIELD(new), 0, 0, NULL },
	{ "runs", "N", "of each, in turn, 1 to 100 (default 3)",
	  options_number, FIELD(runs), 1, 100, NULL },
	BENCH_THRESHOLD,
	BENCH_LIMITS,
	BENCH_LEVEL,
	BENCH_COMPARISON,
	BENCH_QUIET,
	BENCH_VERBOSE,
	{ 0 },
};

enum options_result bench_options_gate(int argc, char **argv, struct bench_options *options,
				       struct err *err)
{
	static const struct options_program program = {
		.name = "hdb-bench gate",
		.synopsis = "--base COMMAND --new COMMAND [options]",
		.summary =
			"Judges a change: runs the base twice to see how much is noise, then base\n"
			"and new in turn, and compares.",
		.specs = gate_specs,
		.notes =
			"Exit status: as hdb-bench compare; also 1 when a command fails.\n\n"
			"Example:\n"
			"  hdb-bench gate --base 'cd old && ci/bench loop' --new 'ci/bench loop'\n",
	};
	enum options_result parsed;

	*options = (struct bench_options)BENCH_DEFAULTS;
	parsed = options_parse(&program, argc, argv, options, err);
	if (parsed == OPTIONS_RUN && (!options->base || !options->new)) {
		err_set(err, EXIT_USAGE, "want both --base and --new (see --help)");
		return OPTIONS_BAD;
	}
	return parsed;
}
