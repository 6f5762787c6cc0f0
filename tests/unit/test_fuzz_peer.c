// SPDX-License-Identifier: MIT
/*
 * hdb-fuzz peer: scripts as text and back, those of its corpus and those made by chance, and that
 * chance follows from the seed alone. What they do takes two domains (tests/guest/xen).
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script.h"

#define CORPUS "../../tools/hdb-fuzz/peer/corpus/"
#define MAGIC "# hdb-fuzz peer\n"

static struct script script, again, other;

static int load_text(const char *text, struct err *err)
{
	char path[] = "/tmp/test_fuzz_peer.XXXXXX";
	int fd = mkstemp(path), failed;

	*err = (struct err){ 0 };
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	failed = script_load(path, &script, err);
	unlink(path);
	return failed;
}

/* To text and back: the same steps. */
static void round_trip(const struct script *from, const char *what)
{
	struct step steps[SCRIPT_STEPS], read[SCRIPT_STEPS];
	char path[] = "/tmp/test_fuzz_peer.XXXXXX";
	size_t count = script_steps(from, steps);
	struct err err = { 0 };

	close(mkstemp(path));
	cr_assert_eq(script_save(path, from, "a comment", &err), 0, "%s", err.text);
	cr_assert_eq(script_load(path, &again, &err), 0, "%s: %s (%s)", what, err.text, path);
	unlink(path);
	cr_assert_eq(again.backend, from->backend);
	cr_assert_eq(script_steps(&again, read), count, "%s", what);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(read[i].operation, steps[i].operation, "%s, step %zu", what, i);
		/* A slot may be said as a whole, with zeroes that were not. */
		if (steps[i].operation == STEP_SLOT || steps[i].operation == STEP_PAGE)
			continue;
		cr_assert_eq(read[i].length, steps[i].length, "%s, step %zu", what, i);
		cr_assert(!memcmp(read[i].payload, steps[i].payload, steps[i].length),
			  "%s, step %zu", what, i);
	}
}

Test(corpus, is_read_and_written)
{
	struct dirent **entries;
	int count = scandir(CORPUS, &entries, NULL, alphasort), scripts = 0, backends = 0;
	struct err err = { 0 };
	char path[512];

	for (int i = 0; i < count; i++) {
		if (strstr(entries[i]->d_name, ".txt")) {
			snprintf(path, sizeof(path), CORPUS "%s", entries[i]->d_name);
			cr_assert_eq(script_load(path, &script, &err), 0, "%s", err.text);
			round_trip(&script, entries[i]->d_name);
			scripts++;
			backends += script.backend;
		}
		free(entries[i]);
	}
	free(entries);
	cr_assert_geq(scripts, 12);
	cr_assert_geq(backends, 4);
}

Test(text, says_every_step)
{
	struct step steps[SCRIPT_STEPS];
	struct err err;

	cr_assert_eq(load_text(MAGIC "as backend\n\nstate 0x10 # a comment\nnode ring-ref3 17\n"
			       "change 5 128 00ff\nflip 0 4 1 0xffffffff\nslot USED id=own0\n"
			       "forget version\ndie\n", &err), 0, "%s", err.text);
	cr_assert(script.backend);
	cr_assert_eq(script_steps(&script, steps), 7);
	cr_assert_eq(steps[0].operation, STEP_STATE);
	cr_assert_eq(step_number(&steps[0], 0), 16);
	cr_assert(!memcmp(steps[1].payload, "ring-ref3 17", steps[1].length));
	cr_assert_eq(step_number(&steps[2], 1), 128);
	cr_assert_eq(steps[2].payload[9], 0xff);
	cr_assert_eq(step_number(&steps[3], 3), 0xffffffff);
	cr_assert_eq(steps[4].operation, STEP_SLOT);
	cr_assert_eq(steps[6].length, 0);
}

Test(text, wrong_lines_are_named)
{
	static const char *const wrong[] = {
		"state\n", "state x\n", "state 4294967296\n", "state 1 2\n", "await 1\n", "die now\n",
		"node\n", "forget a b\n", "change 1 2 0\n", "nothing\n", "share 1\n",
		"take 1\n", "as frontend\n", "slot NONE\n",
	};
	struct err err;
	char text[128];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), MAGIC "connect\n%s", wrong[i]);
		cr_assert_eq(load_text(text, &err), -1, "%s", wrong[i]);
		cr_assert_eq(err.code, EXIT_USAGE);
		cr_assert(strstr(err.text, "line 3"), "%s: %s", wrong[i], err.text);
	}
}

Test(steps, are_cut)
{
	struct step steps[SCRIPT_STEPS];
	struct err err;

	cr_assert_eq(load_text(MAGIC "state 1\nstate 2\nstate 3\nstate 4\n", &err), 0);
	script_cut(&script, 1, 2);
	cr_assert_eq(script_steps(&script, steps), 2);
	cr_assert_eq(step_number(&steps[1], 0), 4);
	script_cut(&script, 1, 5);
	cr_assert_eq(script_steps(&script, steps), 1);
	script_cut(&script, 3, 1);
	cr_assert_eq(script_steps(&script, steps), 1);
}

Test(chance, follows_from_the_seed)
{
	struct step steps[SCRIPT_STEPS];
	bool seen[STEP_OPERATIONS] = { false };
	struct rng rng;

	for (uint64_t seed = 1; seed <= 2000; seed++) {
		rng_seed(&rng, seed);
		script_make(&script, seed % 2, &rng);
		script_make(&other, seed % 2, &rng);
		script_mutate(&script, &other, &rng);
		for (size_t i = script_steps(&script, steps); i--;)
			seen[steps[i].operation] = true;
		if (seed % 20 == 0)
			round_trip(&script, "made");
		again = script;
		rng_seed(&rng, seed);
		script_make(&script, seed % 2, &rng);
		script_make(&other, seed % 2, &rng);
		script_mutate(&script, &other, &rng);
		cr_assert_eq(script.size, again.size, "seed %d", (int)seed);
		cr_assert(!memcmp(script.bytes, again.bytes, again.size), "seed %d", (int)seed);
	}
	for (unsigned int i = 0; i < STEP_OPERATIONS; i++)
		cr_assert(seen[i] || (i < STEP_CONNECT && !step_is_record(i)),
			  "step %u is never made", i);
}
