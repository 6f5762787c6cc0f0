// SPDX-License-Identifier: MIT
#include "run.h"
#include "echo.h"
#include "env.h"
#include "pace.h"
#include "plan.h"
#include "progress.h"
#include "render.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The first warm-up of an entry lasts no longer than so many rounds would. */
#define RUN_WARM_ROUNDS	4

/* Later ones are for caches only, and last no longer than this part of a round. */
#define RUN_WARM_VALUES	3
#define RUN_WARM_PART	0.2

/* Where one takes long, intended starts are so many times as far apart. */
#define RUN_PERIODS	3

/* How messages with EXIT_UNTESTED begin. */
#define RUN_UNTESTED "cannot be tested here: "

struct run {
	const struct run_settings *settings;
	struct results *results;
	struct plan plan;
	struct channel channel;
	bool open;		/* the channel is */
	pid_t echo;		/* of a run over the loopback, else 0 */
	uint64_t start;
	struct err save;	/* the first failure to save, or empty */
};

/* ---- values ------------------------------------------------------------ */

/* Of one round of one entry. */
struct run_round {
	double *value;		/* series by series, settings->values each */
	size_t count;
};

static struct result *run_row(const struct run *run, const struct plan_entry *entry, size_t series)
{
	return entry->row[series] == PLAN_UNWANTED ? NULL
						   : &run->results->row[entry->row[series]];
}

static int run_record(const struct run *run, const struct plan_entry *entry,
		      struct run_round *round, const double *values, struct err *err)
{
	for (size_t i = 0; entry->exercise->series[i].name; i++) {
		struct result *row = run_row(run, entry, i);

		round->value[i * run->settings->values + round->count] = values[i];
		if (!row || isnan(values[i]) ||
		    (row->unit != UNIT_NS && row->unit != UNIT_CPU_NS))
			continue;
		if (!row->stats)
			row->stats = calloc(1, sizeof(*row->stats));
		if (!row->stats)
			return err_errno(err, ENOMEM, "no memory for a histogram");
		stats_add(row->stats, (uint64_t)(values[i] + 0.5));
	}
	round->count++;
	return 0;
}

/* The round is through: its medians count. */
static int run_round_end(const struct run *run, struct plan_entry *entry,
			 struct run_round *round, struct err *err)
{
	entry->done++;
	for (size_t i = 0; entry->exercise->series[i].name; i++) {
		double *value = &round->value[i * run->settings->values];
		struct result *row = run_row(run, entry, i);
		size_t count = round->count;

		if (!row)
			continue;
		if (isnan(value[0])) {
			row->state = RESULT_NOT_POSSIBLE;
			snprintf(row->why, sizeof(row->why), "there is no such step");
			continue;
		}
		rank_sort(value, count);
		if (result_add_round(row, rank_middle(value, count)) < 0)
			return err_errno(err, ENOMEM, "no memory for a result");
		if (entry->done == run->settings->rounds)
			row->state = RESULT_MEASURED;
	}
	return 0;
}

/* ---- one round of one entry -------------------------------------------- */

static int run_once(struct plan_entry *entry, struct case_context *context, uint64_t intended,
		    double *values, struct err *err)
{
	if (stop_requested())
		return err_set(err, EXIT_FAILED, "interrupted");
	return entry->exercise->once(context, intended, values, err);
}

static int run_warm_first(const struct run *run, struct plan_entry *entry,
			  struct case_context *context, struct err *err)
{
	uint64_t end = stop_now() +
		       (uint64_t)(RUN_WARM_ROUNDS * run->settings->round_seconds * STOP_NS_PER_S);
	struct pace_warm warm = { 0 };
	double values[CASES_MAX_SERIES], spent = 0;	/* of one, newer ones count more */

	while (!warm.steady && stop_now() < end) {
		uint64_t start = stop_now();

		if (run_once(entry, context, start, values, err) < 0)
			return -1;
		spent += ((double)(stop_now() - start) - spent) / (spent > 0 ? 4 : 1);
		pace_warm_add(&warm, values[0]);
	}
	for (size_t i = 0; entry->exercise->series[i].name; i++)
		if (run_row(run, entry, i))
			run_row(run, entry, i)->steady = warm.steady;
	if (entry->exercise->flags & CASE_PACED)
		entry->period = (uint64_t)fmax(RUN_PERIODS * spent,
					       STOP_NS_PER_S / run->settings->rate);
	return 0;
}

static int run_warm(const struct run *run, struct plan_entry *entry,
		    struct case_context *context, struct err *err)
{
	uint64_t end = stop_now() + (uint64_t)(RUN_WARM_PART * run->settings->round_seconds *
					       STOP_NS_PER_S);
	double values[CASES_MAX_SERIES];

	if (!entry->done)
		return run_warm_first(run, entry, context, err);
	for (size_t i = 0; i < RUN_WARM_VALUES && (!i || stop_now() < end); i++)
		if (run_once(entry, context, stop_now(), values, err) < 0)
			return -1;
	return 0;
}

static int run_values(const struct run *run, struct plan_entry *entry,
		      struct case_context *context, struct err *err)
{
	uint64_t end = stop_now() + (uint64_t)(run->settings->round_seconds * STOP_NS_PER_S);
	struct run_round round = { 0 };
	double values[CASES_MAX_SERIES];
	struct pace pace;
	int status = 0;

	round.value = calloc(CASES_MAX_SERIES * run->settings->values, sizeof(*round.value));
	if (!round.value)
		return err_errno(err, ENOMEM, "no memory for a round");
	pace_start(&pace, entry->period);
	while (status == 0 && round.count < run->settings->values &&
	       (!round.count || stop_now() < end)) {
		uint64_t intended = pace_wait(&pace);

		status = run_once(entry, context, intended, values, err);
		if (status == 0)
			status = run_record(run, entry, &round, values, err);
	}
	if (status == 0)
		status = run_round_end(run, entry, &round, err);
	free(round.value);
	return status;
}

static int run_entry(struct run *run, struct plan_entry *entry, struct err *err)
{
	struct case_context context = {
		.channel = entry->exercise->flags & CASE_PEER ? &run->channel : NULL,
		.size = entry->size,
		.transport = entry->transport,
	};
	int status = entry->exercise->open(&context, err);

	if (status == 0)
		status = run_warm(run, entry, &context, err);
	if (status == 0)
		status = run_values(run, entry, &context, err);
	entry->exercise->close(&context);
	return status;
}

/* ---- what goes wrong --------------------------------------------------- */

static void run_over(const struct run *run, struct plan_entry *entry, enum result_state state,
		     const char *why)
{
	entry->over = true;
	for (size_t i = 0; entry->exercise->series[i].name; i++) {
		struct result *row = run_row(run, entry, i);

		if (!row || row->state == RESULT_NOT_POSSIBLE)
			continue;
		row->state = state;
		/* The row says so itself, before it says why. */
		if (strncmp(why, RUN_UNTESTED, strlen(RUN_UNTESTED)) == 0)
			why += strlen(RUN_UNTESTED);
		snprintf(row->why, sizeof(row->why), "%.290s", why);
	}
}

static void run_peer_over(const struct run *run, const struct err *why)
{
	enum result_state state = why->code == EXIT_UNTESTED ? RESULT_NOT_POSSIBLE : RESULT_FAILED;

	for (size_t i = 0; i < run->plan.count; i++) {
		struct plan_entry *entry = &run->plan.entry[i];

		if (!entry->over && entry->exercise->flags & CASE_PEER)
			run_over(run, entry, state, why->text);
	}
}

/* True when the others can go on. */
static bool run_failed(struct run *run, struct plan_entry *entry, const struct err *why)
{
	if (stop_requested())
		return false;
	run_over(run, entry, why->code == EXIT_UNTESTED ? RESULT_NOT_POSSIBLE : RESULT_FAILED,
		 why->text);
	progress_verbose("%s by %s: %s", entry->exercise->series[0].name,
			 transport_names[entry->transport], why->text);
	if (run->channel.lost)
		run_peer_over(run, why);
	return true;
}

/* ---- the run ----------------------------------------------------------- */

static void run_show(const struct run *run, uint32_t round, size_t place, size_t entry)
{
	const struct plan_entry *now = &run->plan.entry[entry];
	double all = (double)run->plan.count * run->settings->rounds;
	double done = (double)run->plan.count * round + (double)place;
	double seconds = (double)(stop_now() - run->start) / STOP_NS_PER_S;
	char name[64], left[32] = "";

	case_name(&now->exercise->series[0], now->size, name, sizeof(name));
	/* The first round has the warm-up in it, and says little. */
	if (round)
		snprintf(left, sizeof(left), ", about %.0f s left",
			 seconds / done * (all - done) + 0.5);
	progress_show("round %u of %u: %s by %s%s", round + 1, run->settings->rounds, name,
		      transport_names[now->transport], left);
}

static void run_save(struct run *run)
{
	struct err err = { 0 };

	run->results->seconds = (double)(stop_now() - run->start) / STOP_NS_PER_S;
	if (!run->settings->save || results_save(run->results, run->settings->save, &err) == 0)
		return;
	if (!run->save.text[0]) {
		run->save = err;
		progress_note("%s", err.text);
	}
}

static int run_rounds(struct run *run, struct err *err)
{
	size_t *order = calloc(run->plan.count + 1, sizeof(*order));

	if (!order)
		return err_errno(err, ENOMEM, "no memory for the run");
	for (uint32_t round = 0; round < run->settings->rounds; round++) {
		plan_shuffle(order, run->plan.count, round);
		for (size_t i = 0; i < run->plan.count; i++) {
			struct plan_entry *entry = &run->plan.entry[order[i]];
			struct err why = { 0 };

			if (entry->over)
				continue;
			run_show(run, round, i, order[i]);
			if (run_entry(run, entry, &why) < 0 && !run_failed(run, entry, &why)) {
				run->results->interrupted = true;
				free(order);
				return 0;
			}
		}
		run_save(run);
	}
	free(order);
	return 0;
}

static int run_connect(struct run *run, struct err *err)
{
	const struct run_settings *settings = run->settings;
	struct wire reply, hello = { 0 };

	if (channel_open(&run->channel, settings->peer, settings->wait, WIRE_REPLY, err) < 0)
		return -1;
	run->open = true;
	run->results->peer = peer_json(&run->channel.peer);
	if (run->channel.peer.loopback) {
		run->echo = echo_start(settings->peer, settings->wait, err);
		if (run->echo < 0)
			return -1;
	}
	progress_show("waiting for the other end");
	return channel_ask(&run->channel, NULL, &hello, &reply, NULL, err);
}

static void run_disconnect(struct run *run)
{
	struct wire reply, bye = { .actions = WIRE_BYE };
	struct err ignored;

	if (run->open && run->channel.heard && !run->channel.lost) {
		/* Also after an interrupt: the other end is not to wait in vain. */
		if (stop_requested())
			stop_forget();
		channel_ask(&run->channel, NULL, &bye, &reply, NULL, &ignored);
	}
	if (run->open)
		channel_close(&run->channel);
	if (run->echo > 0)
		echo_end(run->echo);
}

/* There is no other end: what needs none is measured all the same. */
static int run_without_peer(struct run *run, struct err *err)
{
	if (stop_requested()) {
		run->results->interrupted = true;
		return -1;
	}
	if (err->code == EXIT_USAGE)
		return -1;
	run_peer_over(run, err);
	err_clear(err);
	return 0;
}

static json_t *run_settings_json(const struct run_settings *settings)
{
	json_t *json = json_pack("{s:i, s:i, s:f, s:f, s:f}", "rounds", (int)settings->rounds,
				 "values", (int)settings->values, "round_seconds",
				 settings->round_seconds, "rate", settings->rate, "confidence",
				 RESULT_CONFIDENCE);

	if (settings->cases)
		json_object_set_new(json, "cases", json_string(settings->cases));
	return json;
}

int run_all(const struct run_settings *settings, struct results *results, struct err *err)
{
	struct run run = {
		.settings = settings, .results = results, .start = stop_now(),
		.channel = { .hdb = -1 },
	};
	int status;

	results->started = time(NULL);
	results->environment = env_json();
	results->settings = run_settings_json(settings);
	status = plan_make(settings, &run.plan, results, err);
	if (status == 0 && run.plan.needs_peer && run_connect(&run, err) < 0)
		status = run_without_peer(&run, err);
	if (status == 0)
		status = run_rounds(&run, err);
	run_disconnect(&run);
	progress_clear();
	if (render_version())
		json_object_set_new(results->environment, "mesa", json_string(render_version()));
	if (status < 0)
		snprintf(results->error, sizeof(results->error), "%s", err->text);
	run_save(&run);
	if (status == 0 && run.save.text[0]) {
		*err = run.save;
		status = -1;
	}
	plan_free(&run.plan);
	return status;
}
