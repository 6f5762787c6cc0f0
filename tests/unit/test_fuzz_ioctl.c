// SPDX-License-Identifier: MIT
/* The ioctl fuzzer's programs: as text and back, made and changed by chance, written as C. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "table.h"

#define CORPUS	"../../tools/hdb-fuzz/ioctl/corpus"

static struct program program, other, again;

/* What the program is when it was written and read. */
static void round_trip(const struct program *from, struct program *to)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct err err = { 0 };

	program_write(file, from, "a note");
	fclose(file);
	file = fmemopen(text, size, "r");
	cr_assert(program_read(file, to, &err) == 0, "%s\n%s", err.text, text);
	fclose(file);
	free(text);
}

/* Text that is wrong, and the error that it gets. */
static void refused(const char *text, const char *error)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	struct err err = { 0 };

	cr_assert(program_read(file, &program, &err) == -1, "'%s' is read", text);
	cr_assert(strstr(err.text, error), "'%s': %s", text, err.text);
	cr_assert(err.code == EXIT_USAGE);
	fclose(file);
}

Test(fuzz_ioctl, text_and_back)
{
	struct rng rng;

	rng_seed(&rng, 1);
	for (int i = 0; i < 3000; i++) {
		program_make(&program, &rng);
		cr_assert(program.count && program.count <= PROGRAM_MADE);
		round_trip(&program, &again);
		cr_assert_eq(program_hash(&program), program_hash(&again));
		cr_assert(program_equal(&program, &again));
	}
}

Test(fuzz_ioctl, changes_stay_programs)
{
	struct rng rng;

	rng_seed(&rng, 2);
	program_make(&program, &rng);
	for (int i = 0; i < 20000; i++) {
		if (i % 50 == 0)
			program_make(&program, &rng);
		program_make(&other, &rng);
		program_mutate(&program, &other, &rng);
		cr_assert(program.count && program.count <= PROGRAM_MADE);
		for (size_t j = 0; j < program.count; j++) {
			cr_assert(program.calls[j].name < RUN_NAMES);
			cr_assert(program.calls[j].thread <= RUN_THREADS);
		}
	}
	round_trip(&program, &again);
	cr_assert(program_equal(&program, &again));
}

Test(fuzz_ioctl, the_same_from_a_seed)
{
	struct rng rng;
	uint64_t hash = 0;

	for (int round = 0; round < 2; round++) {
		rng_seed(&rng, 3);
		program_make(&program, &rng);
		for (int i = 0; i < 100; i++) {
			program_make(&other, &rng);
			program_mutate(&program, &other, &rng);
		}
		cr_assert(!round || hash == program_hash(&program));
		hash = program_hash(&program);
	}
}

/* Each call is made, with each of its arguments away from the usual, and each word of text. */
Test(fuzz_ioctl, chance_leaves_nothing_out)
{
	bool made[RUN_NAMES] = { false }, threads = false, kinds[RUN_KINDS] = { false };
	struct rng rng;

	rng_seed(&rng, 4);
	for (int i = 0; i < 3000; i++) {
		program_make(&program, &rng);
		for (size_t j = 0; j < program.count; j++) {
			made[program.calls[j].name] = true;
			threads = threads || program.calls[j].thread;
			for (int k = 0; k < RUN_ARGS; k++)
				kinds[program.calls[j].arg[k].kind] = true;
		}
	}
	cr_assert(threads);
	for (int i = 0; i < RUN_NAMES; i++)
		cr_assert(made[i], "no program has %s", table_calls[i].name);
	for (int i = 0; i < RUN_KINDS; i++)
		cr_assert(kinds[i], "no argument is of kind %d", i);
}

Test(fuzz_ioctl, what_is_not_said_is_the_usual)
{
	static const char text[] = "2: export_remote dmabuf=imp1 domain=7 sz_priv=0x10 fail=3 # why\n";
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	const struct run_call *call = program.calls;
	struct err err = { 0 };

	cr_assert(program_read(file, &program, &err) == 0, "%s", err.text);
	fclose(file);
	cr_assert_eq(program.count, 1u);
	cr_assert_eq(call->name, RUN_EXPORT_REMOTE);
	cr_assert_eq(call->thread, 2);
	cr_assert_eq(call->fail, 3);
	cr_assert(call->arg[0].kind == RUN_DEV && call->arg[0].number == 0);
	cr_assert(call->arg[1].kind == RUN_IMPORT && call->arg[1].number == 1);
	cr_assert(call->arg[2].kind == RUN_NUMBER && call->arg[2].number == 7);
	cr_assert(call->arg[4].number == 16);
	cr_assert(call->arg[6].number == RUN_GOOD);
}

Test(fuzz_ioctl, wrong_text_is_refused)
{
	refused("open\nexport\nshare dev=dev0\n", "line 3: what is 'share'?");
	refused("5: open\n", "line 1: what is '5:'?");
	refused("1:\n", "what is 'nothing'?");
	refused("open out\n", "what is 'out'?");
	refused("open out=dev4\n", "what is 'out=dev4'?");
	refused("open to=dev0\n", "what is 'to=dev0'?");
	refused("query item=ten\n", "what is 'item=ten'?");
	refused("query item=99999999999999999999\n", "what is 'item=99999999999999999999'?");
	refused("open fail=65536\n", "what is 'fail=65536'?");
	refused("buffer source=gpu\n", "what is 'source=gpu'?");
}

Test(fuzz_ioctl, programs_in_one)
{
	struct rng rng;
	size_t one;

	rng_seed(&rng, 5);
	program_make(&program, &rng);
	program_make(&other, &rng);
	one = program.count;
	cr_assert(program_append(&program, &other));
	cr_assert_eq(program.count, one + 1 + other.count);
	cr_assert_eq(program.calls[one].name, RUN_RESET);
	program_cut(&program, 0, one + 1);
	cr_assert(program_equal(&program, &other));
	program_cut(&program, 0, 1000);
	cr_assert_eq(program.count, 0u);
	while (program_append(&program, &other))
		cr_assert(program.count <= RUN_CALLS);
}

Test(fuzz_ioctl, corpus_is_read)
{
	DIR *dir = opendir(CORPUS);
	struct dirent *entry;
	int count = 0;

	cr_assert(dir);
	while ((entry = readdir(dir))) {
		struct err err = { 0 };
		char path[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CORPUS "/%s", entry->d_name);
		cr_assert(program_load(path, &program, &err) == 0, "%s", err.text);
		cr_assert(program.count);
		round_trip(&program, &again);
		cr_assert(program_equal(&program, &again), "%s", path);
		count++;
	}
	closedir(dir);
	cr_assert(count);
}

/* What is written as C is a program, and complete. */
Test(fuzz_ioctl, c_compiles, .timeout = 60)
{
	char source[] = "/tmp/hdb-test-XXXXXX.c", command[512];
	int fd = mkstemps(source, 2);
	struct err err = { 0 };

	cr_assert(fd >= 0);
	close(fd);
	cr_assert(program_load(CORPUS "/races.txt", &program, &err) == 0, "%s", err.text);
	cr_assert(program_save_c(source, &program, "races", &err) == 0, "%s", err.text);
	snprintf(command, sizeof(command),
		 "cc -std=gnu11 -Wall -Wextra -Werror -pthread -I../../driver/uapi %s -o %s.out",
		 source, source);
	cr_expect(system(command) == 0);
	unlink(source);
	snprintf(command, sizeof(command), "%s.out", source);
	unlink(command);
}

/* One call, left out again and again: there is always a program in the end. */
Test(fuzz_ioctl, never_empty, .timeout = 20)
{
	struct rng rng;

	rng_seed(&rng, 6);
	other.count = 0;
	for (int i = 0; i < 5000; i++) {
		program.count = 1;
		program.calls[0] = (struct run_call){ .name = RUN_KILL };
		program_mutate(&program, &other, &rng);
		cr_assert(program.count);
	}
}
