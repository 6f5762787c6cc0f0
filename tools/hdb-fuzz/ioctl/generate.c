// SPDX-License-Identifier: MIT
/* Programs by chance: calls that mostly fit together, and some that do not. */
#include "program.h"
#include "table.h"

#include <poll.h>
#include <string.h>

/* Does a call before @at put a resource of this kind somewhere? Then one of these. */
static bool generate_earlier(const struct program *program, size_t at, int kind, struct rng *rng,
			     uint64_t *slot)
{
	uint32_t found = 0;

	for (size_t i = 0; i < at; i++) {
		const struct table_arg *arg = table_calls[program->calls[i].name].args;

		for (int j = 0; arg[j].name; j++)
			if (arg[j].out && program->calls[i].arg[j].kind == kind &&
			    rng_one_in(rng, ++found))
				*slot = program->calls[i].arg[j].number % RUN_SLOTS;
	}
	return found;
}

static uint64_t generate_number(const struct table_arg *arg, struct rng *rng)
{
	uint64_t number;

	if (arg->list.count && !rng_one_in(rng, 8))
		number = arg->list.values[rng_below(rng, arg->list.count)];
	else
		number = rng_edge(rng);
	/* A word, or nothing that text would have to be exact about. */
	if (arg->words) {
		uint64_t words = 0;

		while (arg->words[words])
			words++;
		number %= words;
	}
	return number;
}

static struct run_value generate_value(const struct program *program, size_t at,
				       const struct table_arg *arg, struct rng *rng)
{
	struct run_value value = { .kind = arg->kind, .number = arg->usual };

	if (arg->out) {
		value.number = rng_below(rng, RUN_SLOTS);
		return value;
	}
	if (arg->also && rng_one_in(rng, 3))
		value.kind = arg->also;
	if (value.kind == RUN_NUMBER || value.kind == RUN_OWN) {
		/* Pointers are good, and domains our own, most of the time. */
		uint32_t usual = arg->list.count && arg->list.values[0] == RUN_NULL && arg->words ?
				 20 : value.kind == RUN_OWN ? 10 : 2;

		if (rng_one_in(rng, usual))
			value = (struct run_value){ .number = generate_number(arg, rng) };
		return value;
	}
	if (arg->list.count && rng_one_in(rng, 25))
		return (struct run_value){ .number = generate_number(arg, rng) };
	if (arg->list.count && rng_one_in(rng, 20))
		value.kind = (uint8_t)(RUN_DEV + rng_below(rng, RUN_KINDS - RUN_DEV));
	if (rng_one_in(rng, 12) ||
	    !generate_earlier(program, at, value.kind, rng, &value.number))
		value.number = rng_below(rng, RUN_SLOTS);
	return value;
}

static uint8_t generate_name(struct rng *rng)
{
	uint32_t all = 0, chosen;

	for (int i = 0; i < RUN_NAMES; i++)
		all += table_calls[i].weight;
	chosen = rng_below(rng, all);
	for (int i = 0; i < RUN_NAMES; i++) {
		if (chosen < table_calls[i].weight)
			return (uint8_t)i;
		chosen -= table_calls[i].weight;
	}
	return 0;
}

static struct run_call generate_call(const struct program *program, size_t at, uint8_t name,
				     struct rng *rng)
{
	const struct table_arg *arg = table_calls[name].args;
	struct run_call call = { .name = name };

	for (int i = 0; arg[i].name; i++)
		call.arg[i] = generate_value(program, at, &arg[i], rng);
	return call;
}

static bool generate_insert(struct program *program, size_t at, struct run_call call)
{
	if (program->count >= PROGRAM_MADE)
		return false;
	memmove(&program->calls[at + 1], &program->calls[at],
		(program->count - at) * sizeof(program->calls[0]));
	program->calls[at] = call;
	program->count++;
	return true;
}

static void generate_add(struct program *program, uint8_t name, struct rng *rng)
{
	struct run_call call = generate_call(program, program->count, name, rng);

	generate_insert(program, program->count, call);
}

void program_cut(struct program *program, size_t first, size_t count)
{
	if (first >= program->count)
		return;
	if (count > program->count - first)
		count = program->count - first;
	memmove(&program->calls[first], &program->calls[first + count],
		(program->count - first - count) * sizeof(program->calls[0]));
	program->count -= count;
}

bool program_append(struct program *program, const struct program *next)
{
	if (program->count + 1 + next->count > RUN_CALLS)
		return false;
	program->calls[program->count++] = (struct run_call){ .name = RUN_RESET };
	memcpy(&program->calls[program->count], next->calls,
	       next->count * sizeof(next->calls[0]));
	program->count += next->count;
	return true;
}

/* Threads for the last calls. */
static void generate_race(struct program *program, struct rng *rng)
{
	size_t first = rng_below(rng, (uint32_t)program->count);
	uint32_t threads = 2 + rng_below(rng, RUN_THREADS - 1);

	for (size_t i = first; i < program->count; i++)
		program->calls[i].thread = (uint8_t)(1 + rng_below(rng, threads));
}

static void generate_wait(struct program *program)
{
	struct run_call wait = {
		.name = RUN_POLL,
		.arg = { { .kind = RUN_DEV }, { .number = POLLIN }, { .number = 5 } },
	};

	for (size_t i = 0; i < program->count; i++)
		if (program->calls[i].name == RUN_OPEN)
			wait.arg[0].number = program->calls[i].arg[0].number;
	generate_insert(program, program->count, wait);
}

void program_make(struct program *program, struct rng *rng)
{
	/* What nearly everything needs. */
	static const uint8_t first[] = { RUN_OPEN, RUN_BUFFER, RUN_EXPORT_REMOTE };
	uint32_t more = 2 + rng_below(rng, 20);

	program->count = 0;
	for (size_t i = 0; i < sizeof(first); i++)
		if (!rng_one_in(rng, 12))
			generate_add(program, first[i], rng);
	/* Its message takes a while; an event says that it came. */
	if (!rng_one_in(rng, 4))
		generate_wait(program);
	while (more--)
		generate_add(program, generate_name(rng), rng);
	if (rng_one_in(rng, 3))
		generate_race(program, rng);
}

static void mutate_insert(struct program *program, const struct program *other, struct rng *rng)
{
	size_t at = rng_below(rng, (uint32_t)program->count + 1);
	struct run_call call = generate_call(program, at, generate_name(rng), rng);

	(void)other;
	if (at < program->count)
		call.thread = program->calls[at].thread;
	generate_insert(program, at, call);
}

static void mutate_remove(struct program *program, const struct program *other, struct rng *rng)
{
	(void)other;
	program_cut(program, rng_below(rng, (uint32_t)program->count), 1 + rng_below(rng, 2));
}

static void mutate_argument(struct program *program, const struct program *other, struct rng *rng)
{
	size_t at = rng_below(rng, (uint32_t)program->count);
	struct run_call *call = &program->calls[at];
	const struct table_arg *arg = table_calls[call->name].args;
	uint32_t count = 0;

	(void)other;
	while (arg[count].name)
		count++;
	if (count) {
		count = rng_below(rng, count);
		call->arg[count] = generate_value(program, at, &arg[count], rng);
	}
}

/* The same call again, later, or beside itself. */
static void mutate_repeat(struct program *program, const struct program *other, struct rng *rng)
{
	size_t from = rng_below(rng, (uint32_t)program->count);
	size_t to = from + rng_below(rng, (uint32_t)(program->count - from) + 1);
	struct run_call call = program->calls[from];

	(void)other;
	if (rng_one_in(rng, 2))
		call.thread = (uint8_t)rng_below(rng, RUN_THREADS + 1);
	generate_insert(program, to, call);
}

static void mutate_race(struct program *program, const struct program *other, struct rng *rng)
{
	(void)other;
	generate_race(program, rng);
}

static void mutate_sequence(struct program *program, const struct program *other, struct rng *rng)
{
	(void)other;
	(void)rng;
	for (size_t i = 0; i < program->count; i++)
		program->calls[i].thread = 0;
}

static void mutate_fail(struct program *program, const struct program *other, struct rng *rng)
{
	struct run_call *call = &program->calls[rng_below(rng, (uint32_t)program->count)];

	(void)other;
	call->fail = call->fail ? 0 : (uint16_t)(1 + rng_below(rng, 12));
}

/* The end of another one. */
static void mutate_splice(struct program *program, const struct program *other, struct rng *rng)
{
	if (!other->count)
		return;
	for (size_t i = rng_below(rng, (uint32_t)other->count); i < other->count; i++)
		if (!generate_insert(program, program->count, other->calls[i]))
			break;
}

void program_mutate(struct program *program, const struct program *other, struct rng *rng)
{
	static void (*const mutations[])(struct program *program, const struct program *other,
					 struct rng *rng) = {
		mutate_insert, mutate_insert, mutate_insert, mutate_remove, mutate_argument,
		mutate_argument, mutate_argument, mutate_repeat, mutate_repeat, mutate_race,
		mutate_sequence, mutate_fail, mutate_splice,
	};
	uint32_t count = 1 + rng_below(rng, 4);

	for (uint32_t i = 0; i < count || !program->count; i++) {
		if (!program->count)
			program_make(program, rng);
		mutations[rng_below(rng, sizeof(mutations) / sizeof(mutations[0]))](program, other,
										   rng);
	}
}
