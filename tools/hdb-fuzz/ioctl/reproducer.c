// SPDX-License-Identifier: MIT
/* A program in C: run.h, run.c and the calls as a table. */
#include "program.h"
#include "table.h"

#include <errno.h>
#include <string.h>

/* The files, as they were compiled. */
#define EMBED(name, path)						\
	__asm__(".section .rodata\n"					\
		"reproducer_" #name ": .incbin \"" path "\"\n"		\
		".byte 0\n"						\
		".previous");						\
	extern const char name[] __asm__("reproducer_" #name)

EMBED(reproducer_header, REPRODUCER_FOLDER "/run.h");
EMBED(reproducer_inside, REPRODUCER_FOLDER "/run_inside.h");
EMBED(reproducer_run, REPRODUCER_FOLDER "/run.c");
EMBED(reproducer_calls, REPRODUCER_FOLDER "/run_calls.c");
EMBED(reproducer_objects, REPRODUCER_FOLDER "/run_objects.c");

/* Without the lines that include what is in front of it here. */
static void reproducer_put(FILE *file, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (strncmp(text, "#include \"run", 13) &&
		    strncmp(text, "// SPDX", 7) && strncmp(text, "/* SPDX", 7))
			fprintf(file, "%.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void reproducer_calls_put(FILE *file, const struct program *program)
{
	fprintf(file, "\nstatic const struct run_call calls[] = {\n");
	for (size_t i = 0; i < program->count; i++) {
		const struct run_call *call = &program->calls[i];
		const struct table_call *table = &table_calls[call->name];

		fprintf(file, "\t{ %u /* %s */, %u, %u, {", call->name, table->name, call->thread,
			call->fail);
		for (int j = 0; table->args[j].name; j++)
			fprintf(file, "\n\t\t{ %u, %#llxu } /* %s */,", call->arg[j].kind,
				(unsigned long long)call->arg[j].number, table->args[j].name);
		fprintf(file, "\n\t} },\n");
	}
	fprintf(file, "};\n");
}

int program_save_c(const char *path, const struct program *program, const char *note,
		   struct err *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	fprintf(file,
		"// SPDX-License-Identifier: MIT\n"
		"/*\n * Made by hdb-fuzz. cc -pthread -I FOLDER-OF-hyper_dmabuf.h THIS && ./a.out [TIMES]\n"
		" *\n * %s\n */\n#define _GNU_SOURCE\n", note ? note : "");
	reproducer_put(file, reproducer_header);
	reproducer_put(file, reproducer_inside);
	reproducer_put(file, reproducer_objects);
	reproducer_put(file, reproducer_calls);
	reproducer_put(file, reproducer_run);
	reproducer_calls_put(file, program);
	fprintf(file,
		"\nstatic void reproducer_wrong(const char *what)\n{\n"
		"\tfprintf(stderr, \"%%s\\n\", what);\n}\n\n"
		"static void reproducer_after(size_t index, long result, bool injected)\n{\n"
		"\tprintf(\"call %%zu: %%ld%%s\\n\", index, result, injected ? \", injected\" : \"\");\n"
		"}\n\n"
		"int main(int argc, char **argv)\n{\n"
		"\tstatic const struct run_hooks hooks = {\n"
		"\t\t.after = reproducer_after, .wrong = reproducer_wrong,\n\t};\n"
		"\tint times = argc > 1 ? atoi(argv[1]) : 1;\n\n"
		"\tif (run_init(&hooks))\n\t\treturn 77;\n"
		"\twhile (times--) {\n"
		"\t\trun_program(calls, sizeof(calls) / sizeof(calls[0]));\n"
		"\t\trun_reset();\n\t}\n\treturn 0;\n}\n");
	if (fclose(file))
		return err_errno(err, errno, "cannot write '%s'", path);
	return 0;
}
