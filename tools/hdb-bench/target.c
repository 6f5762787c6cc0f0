// SPDX-License-Identifier: MIT
#include "target.h"

const char *const target_states[TARGET_STATES] = {
	[TARGET_MET] = "met",
	[TARGET_MISSED] = "missed",
	[TARGET_UNCLEAR] = "unclear",
};

const struct target targets[] = {
	{ "round trip of a frame, to that of an event channel",
	  "frame/round-trip/64x64", TRANSPORT_HDB,
	  "limits/evtchn-round-trip", TRANSPORT_NONE, 1.3, false },
	{ "round trip of a fence, to that of an event channel",
	  "fence/round-trip/1-in-flight", TRANSPORT_HDB,
	  "limits/evtchn-round-trip", TRANSPORT_NONE, 1.3, false },
	{ "round trip of 3840x2160, to that of 64x64",
	  "frame/round-trip/3840x2160", TRANSPORT_HDB,
	  "frame/round-trip/64x64", TRANSPORT_HDB, 1.1, false },
	{ "round trip of 3840x2160 by copy, to that by hdb",
	  "frame/round-trip/3840x2160", TRANSPORT_COPY,
	  "frame/round-trip/3840x2160", TRANSPORT_HDB, 50, true },
	{ "setting up 3840x2160 by hdb, to that by gntdev",
	  "setup/both/3840x2160", TRANSPORT_HDB,
	  "setup/both/3840x2160", TRANSPORT_GNTDEV, 1, false },
	{ "release of 3840x2160, to the time to map it",
	  "setup/release/3840x2160", TRANSPORT_HDB,
	  "setup/import/3840x2160", TRANSPORT_HDB, 2, false },
	{ 0 },
};

bool target_judge(const struct target *target, const struct results *results,
		  struct rank_interval *ratio, enum target_state *state)
{
	const struct result *of = result_find(results, target->of, target->of_transport);
	const struct result *to = result_find(results, target->to, target->to_transport);

	if (!of || !to || !result_ratio(to, of, ratio))
		return false;
	*state = TARGET_UNCLEAR;
	if (!ratio->bounded)
		return true;
	if (target->at_least ? ratio->low >= target->limit : ratio->high <= target->limit)
		*state = TARGET_MET;
	else if (target->at_least ? ratio->high < target->limit : ratio->low > target->limit)
		*state = TARGET_MISSED;
	return true;
}

const struct target *target_next(const struct target *target, const struct results *results,
				 struct rank_interval *ratio, enum target_state *state)
{
	for (target = target ? target + 1 : targets; target->what; target++)
		if (target_judge(target, results, ratio, state))
			return target;
	return NULL;
}

json_t *target_json(const struct results *results)
{
	const struct target *target = NULL;
	json_t *array = json_array();
	struct rank_interval ratio;
	enum target_state state;

	while ((target = target_next(target, results, &ratio, &state))) {
		json_t *entry = json_pack("{s:s, s:f, s:f, s:s}", "what", target->what, "value",
					  ratio.value, target->at_least ? "at_least" : "at_most",
					  target->limit, "state", target_states[state]);

		result_bounds_json(&ratio, entry);
		json_array_append_new(array, entry);
	}
	return array;
}

void target_print(const struct results *results, FILE *file)
{
	const struct target *target = NULL;
	struct rank_interval ratio;
	enum target_state state;
	bool any = false;

	while ((target = target_next(target, results, &ratio, &state))) {
		if (!any)
			fprintf(file, "\nTargets, as ratios in this run:\n");
		any = true;
		fprintf(file, "%-56s%8.3g", target->what, ratio.value);
		if (ratio.bounded)
			fprintf(file, "  %.3g .. %.3g", ratio.low, ratio.high);
		fprintf(file, "  %s %g: %s\n", target->at_least ? "at least" : "at most",
			target->limit, target_states[state]);
	}
}
