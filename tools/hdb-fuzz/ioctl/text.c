// SPDX-License-Identifier: MIT
/* Programs as text. */
#include "program.h"
#include "table.h"
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LINE	1024

/* ---- reading ----------------------------------------------------------- */

static bool text_number(const char *word, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(word, &end, 0);
	return *word && !*end && !errno && strspn(word, "0123456789abcdefxABCDEFX-") == strlen(word);
}

/* "dev0" */
static bool text_resource(const char *word, struct run_value *value)
{
	if (!strcmp(word, table_kinds[RUN_OWN])) {
		*value = (struct run_value){ .kind = RUN_OWN };
		return true;
	}
	for (int kind = RUN_ID; kind < RUN_KINDS; kind++) {
		size_t length = strlen(table_kinds[kind]);

		if (strncmp(word, table_kinds[kind], length) || word[length] < '0' ||
		    word[length] >= '0' + RUN_SLOTS || word[length + 1])
			continue;
		*value = (struct run_value){ .kind = (uint8_t)kind,
					     .number = (uint64_t)(word[length] - '0') };
		return true;
	}
	return false;
}

static bool text_value(const struct table_arg *arg, const char *word, struct run_value *value)
{
	if (text_resource(word, value))
		return true;
	value->kind = RUN_NUMBER;
	for (uint64_t i = 0; arg->words && arg->words[i]; i++)
		if (!strcmp(arg->words[i], word)) {
			value->number = i;
			return true;
		}
	return text_number(word, &value->number);
}

static bool text_arg(struct run_call *call, char *word)
{
	const struct table_arg *arg = table_calls[call->name].args;
	char *value = strchr(word, '=');
	uint64_t number;

	if (!value)
		return false;
	*value++ = '\0';
	if (!strcmp(word, "fail")) {
		if (!text_number(value, &number) || number > UINT16_MAX)
			return false;
		call->fail = (uint16_t)number;
		return true;
	}
	for (int i = 0; arg[i].name; i++)
		if (!strcmp(arg[i].name, word))
			return text_value(&arg[i], value, &call->arg[i]);
	return false;
}

static void text_usual(struct run_call *call)
{
	const struct table_arg *arg = table_calls[call->name].args;

	for (int i = 0; arg[i].name; i++)
		call->arg[i] = (struct run_value){ .kind = arg[i].kind, .number = arg[i].usual };
}

/* Returns the word that is wrong, or NULL. */
static const char *text_line(char *line, struct run_call *call)
{
	static char wrong[64];
	char *word = strsep(&line, " \t");
	int name = 0;

	*call = (struct run_call){ 0 };
	snprintf(wrong, sizeof(wrong), "%.60s", word);
	if (word[0] >= '1' && word[0] <= '0' + RUN_THREADS && word[1] == ':' && !word[2]) {
		call->thread = (uint8_t)(word[0] - '0');
		word = strsep(&line, " \t");
		snprintf(wrong, sizeof(wrong), "%.60s", word ? word : "nothing");
	}
	while (name < RUN_NAMES && (!word || strcmp(word, table_calls[name].name)))
		name++;
	if (name == RUN_NAMES)
		return wrong;
	call->name = (uint8_t)name;
	text_usual(call);
	while ((word = strsep(&line, " \t"))) {
		snprintf(wrong, sizeof(wrong), "%.60s", word);
		if (*word && !text_arg(call, word))
			return wrong;
	}
	return NULL;
}

int program_read(FILE *file, struct program *program, struct err *err)
{
	char line[TEXT_LINE];
	unsigned int number = 0;

	program->count = 0;
	while (fgets(line, sizeof(line), file)) {
		const char *wrong;

		number++;
		line[strcspn(line, "#\r\n")] = '\0';
		if (!line[strspn(line, " \t")])
			continue;
		if (program->count == RUN_CALLS)
			return err_set(err, EXIT_USAGE, "line %u: more than %d calls", number,
				       RUN_CALLS);
		wrong = text_line(line + strspn(line, " \t"), &program->calls[program->count]);
		if (wrong)
			return err_set(err, EXIT_USAGE, "line %u: what is '%s'?", number, wrong);
		program->count++;
	}
	return 0;
}

int program_load(const char *path, struct program *program, struct err *err)
{
	FILE *file = fopen(path, "re");
	struct err inner;
	int failed;

	if (!file)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", path, strerror(errno));
	failed = program_read(file, program, &inner);
	fclose(file);
	return failed ? err_set(err, EXIT_USAGE, "%.200s: %.150s", path, inner.text) : 0;
}

/* ---- writing ----------------------------------------------------------- */

static void text_put(FILE *file, const struct table_arg *arg, struct run_value value)
{
	uint64_t words = 0;

	if (value.kind == RUN_OWN) {
		fprintf(file, " %s=own", arg->name);
	} else if (value.kind != RUN_NUMBER) {
		fprintf(file, " %s=%s%u", arg->name, table_kinds[value.kind],
			(unsigned int)(value.number % RUN_SLOTS));
	} else {
		while (arg->words && arg->words[words])
			words++;
		if (value.number < words)
			fprintf(file, " %s=%s", arg->name, arg->words[value.number]);
		else if (value.number < 65536)
			fprintf(file, " %s=%u", arg->name, (unsigned int)value.number);
		else
			fprintf(file, " %s=%#llx", arg->name, (unsigned long long)value.number);
	}
}

void program_write(FILE *file, const struct program *program, const char *note)
{
	fprintf(file, FUZZ_MAGIC "ioctl\n");
	if (note)
		fprintf(file, "# %s\n", note);
	for (size_t i = 0; i < program->count; i++) {
		const struct run_call *call = &program->calls[i];
		const struct table_call *table = &table_calls[call->name];

		if (call->thread)
			fprintf(file, "%u: ", call->thread);
		fputs(table->name, file);
		for (int j = 0; table->args[j].name; j++) {
			const struct table_arg *arg = &table->args[j];
			const struct run_value *value = &call->arg[j];

			/* Numbers that are the usual ones say nothing. */
			if (value->kind == arg->kind && value->number == arg->usual &&
			    (arg->kind == RUN_NUMBER || arg->kind == RUN_OWN))
				continue;
			text_put(file, arg, *value);
		}
		if (call->fail)
			fprintf(file, " fail=%u", call->fail);
		fputc('\n', file);
	}
}

int program_save(const char *path, const struct program *program, const char *note,
		 struct err *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	program_write(file, program, note);
	if (fclose(file))
		return err_errno(err, errno, "cannot write '%s'", path);
	return 0;
}

/* One by one: there is padding in between. */
static bool text_equal(const struct run_call *one, const struct run_call *two)
{
	for (int i = 0; i < RUN_ARGS; i++)
		if (one->arg[i].kind != two->arg[i].kind ||
		    one->arg[i].number != two->arg[i].number)
			return false;
	return one->name == two->name && one->thread == two->thread && one->fail == two->fail;
}

bool program_equal(const struct program *one, const struct program *two)
{
	for (size_t i = 0; i < one->count && i < two->count; i++)
		if (!text_equal(&one->calls[i], &two->calls[i]))
			return false;
	return one->count == two->count;
}

/* FNV-1a. */
uint64_t program_hash(const struct program *program)
{
	uint64_t hash = 0xcbf29ce484222325;

#define TEXT_HASH(value) (hash = (hash ^ (uint64_t)(value)) * 0x100000001b3)
	for (size_t i = 0; i < program->count; i++) {
		const struct run_call *call = &program->calls[i];

		TEXT_HASH(call->name);
		TEXT_HASH(call->thread);
		TEXT_HASH(call->fail);
		for (int j = 0; j < RUN_ARGS; j++) {
			TEXT_HASH(call->arg[j].kind);
			TEXT_HASH(call->arg[j].number);
		}
	}
#undef TEXT_HASH
	return hash;
}
