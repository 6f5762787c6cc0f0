// SPDX-License-Identifier: MIT
/* Scripts as text: the lines of the message fuzzer, and those that step_forms[] describes. */
#include "text.h"
#include "fields.h"
#include "fuzz.h"
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int text_form(const char *name)
{
	for (int i = 0; i < STEP_OPERATIONS; i++)
		if (step_forms[i].name && !strcmp(step_forms[i].name, name))
			return i;
	return -1;
}

/* Returns the word that is wrong, or NULL. */
static const char *text_step(const struct step_form *form, char *line, uint8_t *bytes,
			     size_t room, size_t *length)
{
	const struct field number = { .size = 4 };
	char *word, *end;
	int count;

	*length = 0;
	if (form->tail == STEP_NAME || form->tail == STEP_NAME_VALUE) {
		if (!line || strlen(line) > 120 ||
		    (form->tail == STEP_NAME && strchr(line, ' ')))
			return line ? line : "";
		*length = strlen(line);
		memcpy(bytes, line, *length);
		return NULL;
	}
	for (unsigned int i = 0; i < form->numbers; i++) {
		unsigned long long value;

		word = strsep(&line, " \t");
		if (!word || *word < '0' || *word > '9')
			return word ? word : "";
		errno = 0;
		value = strtoull(word, &end, 0);
		if (*end || errno || value > UINT32_MAX)
			return word;
		fields_set(bytes + *length, &number, value);
		*length += 4;
	}
	if (form->tail == STEP_BYTES && line) {
		count = text_hex(line, bytes + *length, room - *length);
		if (count < 0)
			return line;
		*length += (size_t)count;
		return NULL;
	}
	return line;
}

static int text_read_step(struct script *script, const char *name, char *line, int number,
			  struct err *err)
{
	static uint8_t bytes[RECORD_PAYLOAD_MAX];
	struct record record;
	int form = text_form(name);
	const char *wrong;
	size_t length;

	if (form < 0) {
		if (text_record(name, line, number, &record, err))
			return -1;
		if (!step_is_record(record.operation))
			return err_set(err, EXIT_USAGE, "line %d: the other end does that: '%s'",
				       number, name);
		form = (int)record.operation;
		wrong = NULL;
		memcpy(bytes, record.payload, record.length);
		length = record.length;
	} else {
		wrong = text_step(&step_forms[form], line, bytes, sizeof(bytes), &length);
	}
	if (wrong)
		return err_set(err, EXIT_USAGE, "line %d: '%.60s' is wrong for '%s'", number, wrong,
			       name);
	if (!script_add(script, (unsigned int)form, bytes, length))
		return err_set(err, EXIT_USAGE, "line %d: the script gets too long", number);
	return 0;
}

int script_load(const char *path, struct script *script, struct err *err)
{
	static char text[TEXT_LINE];
	FILE *file = fopen(path, "re");
	int number = 0, got, steps = 0;
	char *line;

	script->backend = false;
	script->size = 0;
	if (!file)
		return err_set(err, EXIT_USAGE, "cannot read '%s': %s", path, strerror(errno));
	while ((got = text_line(file, text, &number, &line, err)) > 0) {
		const char *name = strsep(&line, " \t");

		if (!strcmp(name, "as") && line && !steps &&
		    (!strcmp(line, "backend") || !strcmp(line, "frontend"))) {
			script->backend = *line == 'b';
			continue;
		}
		got = steps++ == SCRIPT_STEPS ?
		      err_set(err, EXIT_USAGE, "line %d: more than %d steps", number,
			      SCRIPT_STEPS) :
		      text_read_step(script, name, line, number, err);
		if (got)
			break;
	}
	fclose(file);
	if (got) {
		struct err why = *err;

		err_set(err, why.code, "'%s', %.300s", path, why.text);
	}
	return got;
}

static void text_write_step(FILE *file, const struct step *step)
{
	const struct step_form *form = &step_forms[step->operation];
	const struct record record = { .operation = step->operation % RECORD_OPERATIONS,
				       .length = step->length, .payload = step->payload };

	if (step_is_record(step->operation)) {
		text_write_record(file, &record);
		return;
	}
	if (!form->name)
		return;
	fputs(form->name, file);
	if (form->tail == STEP_NAME || form->tail == STEP_NAME_VALUE)
		fprintf(file, " %.*s", step->length, (const char *)step->payload);
	for (unsigned int i = 0; i < form->numbers; i++) {
		uint32_t number = step_number(step, i);

		fprintf(file, number > 9999 ? " 0x%x" : " %u", number);
	}
	if (form->tail == STEP_BYTES && step->length > 4 * form->numbers) {
		fputc(' ', file);
		for (size_t i = 4 * form->numbers; i < step->length; i++)
			fprintf(file, "%02x", step->payload[i]);
	}
	fputc('\n', file);
}

int script_save(const char *path, const struct script *script, const char *what,
		 struct err *err)
{
	struct step steps[SCRIPT_STEPS];
	size_t count = script_steps(script, steps);
	FILE *file = fopen(path, "we");

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	fprintf(file, FUZZ_MAGIC "peer\n");
	if (what)
		fprintf(file, "# %s\n", what);
	fprintf(file, "as %s\n", script->backend ? "backend" : "frontend");
	for (size_t i = 0; i < count; i++)
		text_write_step(file, &steps[i]);
	return fclose(file) ? err_errno(err, errno, "cannot write '%s'", path) : 0;
}
