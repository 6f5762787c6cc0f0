// SPDX-License-Identifier: MIT
/*
 * The driver's basic blocks: each begins with a call of __sanitizer_cov_trace_pc(), for which the
 * module's file has a relocation.
 */
#include "cover.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The recorded address is that behind the call, whose operand is relocated. */
#define POINTS_BEHIND	4

struct points_file {
	const uint8_t *bytes;
	size_t size;
	const Elf64_Shdr *sections;
	unsigned int count;
	const char *names;	/* of sections */
	const Elf64_Sym *symbols;
	size_t symbols_count;
	const char *symbol_names;
};

static const char *const points_places[] = {
	"/opt/hdb/lib/hyper_dmabuf.ko",
	NULL,
};

/* @count things of @size bytes at @offset are in the file. */
static bool points_inside(const struct points_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static bool points_parse(struct points_file *file)
{
	const Elf64_Ehdr *header = (const void *)file->bytes;

	if (file->size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
	    !points_inside(file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)) ||
	    header->e_shstrndx >= header->e_shnum)
		return false;
	file->sections = (const void *)(file->bytes + header->e_shoff);
	file->count = header->e_shnum;
	file->names = (const char *)file->bytes + file->sections[header->e_shstrndx].sh_offset;
	for (unsigned int i = 0; i < file->count; i++) {
		const Elf64_Shdr *section = &file->sections[i];

		if (section->sh_type != SHT_SYMTAB || section->sh_link >= file->count ||
		    !points_inside(file, section->sh_offset, section->sh_size))
			continue;
		file->symbols = (const void *)(file->bytes + section->sh_offset);
		file->symbols_count = section->sh_size / sizeof(Elf64_Sym);
		file->symbol_names = (const char *)file->bytes +
				     file->sections[section->sh_link].sh_offset;
	}
	return file->symbols;
}

/* Where the kernel put a section; 0: nowhere, as it is with what only loading needs. */
static uint64_t points_base(const char *folder, const char *section)
{
	char path[512], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%.300s/%.100s", folder, section);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strtoull(text, NULL, 16);
}

/* The function that has @offset of section @index. */
static const char *points_function(const struct points_file *file, unsigned int index,
				   uint64_t offset)
{
	for (size_t i = 0; i < file->symbols_count; i++) {
		const Elf64_Sym *symbol = &file->symbols[i];

		if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx == index &&
		    offset >= symbol->st_value && offset < symbol->st_value + symbol->st_size)
			return file->symbol_names + symbol->st_name;
	}
	return "?";
}

static uint32_t points_number(struct cover *cover, const char *function)
{
	char **list;

	for (size_t i = cover->functions_count; i--;)
		if (!strcmp(cover->functions[i], function))
			return (uint32_t)i;
	list = realloc(cover->functions, (cover->functions_count + 1) * sizeof(*list));
	if (!list)
		abort();
	cover->functions = list;
	list[cover->functions_count] = strdup(function);
	return (uint32_t)cover->functions_count++;
}

static void points_add(struct cover *cover, uint64_t base, uint64_t offset, const char *section,
		       const char *function)
{
	struct cover_point *points = cover->points;

	if (cover->points_count % 1024 == 0)
		points = realloc(points, (cover->points_count + 1024) * sizeof(*points));
	if (!points)
		abort();
	cover->points = points;
	points += cover->points_count++;
	*points = (struct cover_point){
		.pc = base + offset + POINTS_BEHIND, .function = points_number(cover, function),
		.offset = offset,
	};
	snprintf(points->section, sizeof(points->section), "%s", section);
}

/* All relocations of one section. */
static void points_section(struct cover *cover, const struct points_file *file,
			   const Elf64_Shdr *section, const char *folder)
{
	const Elf64_Rela *entry = (const void *)(file->bytes + section->sh_offset);
	const char *name;
	uint64_t base;

	if (section->sh_type != SHT_RELA || section->sh_info >= file->count ||
	    !points_inside(file, section->sh_offset, section->sh_size))
		return;
	name = file->names + file->sections[section->sh_info].sh_name;
	base = points_base(folder, name);
	for (uint64_t i = 0; base && i < section->sh_size / sizeof(*entry); i++) {
		uint64_t symbol = ELF64_R_SYM(entry[i].r_info);

		if (symbol < file->symbols_count &&
		    !strcmp(file->symbol_names + file->symbols[symbol].st_name,
			    "__sanitizer_cov_trace_pc"))
			points_add(cover, base, entry[i].r_offset, name,
				   points_function(file, section->sh_info, entry[i].r_offset));
	}
}

static int points_compare(const void *one, const void *two)
{
	const struct cover_point *a = one, *b = two;

	return a->pc < b->pc ? -1 : a->pc > b->pc;
}

static int points_open(const char *module, struct err *err)
{
	int fd = -1;

	if (module) {
		fd = open(module, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_set(err, EXIT_USAGE, "cannot read '%s': %s", module,
					strerror(errno)) : fd;
	}
	for (int i = 0; points_places[i] && fd < 0; i++)
		fd = open(points_places[i], O_RDONLY | O_CLOEXEC);
	return fd;
}

uint64_t cover_text(const char *folder)
{
	return points_base(folder, ".text");
}

int cover_points(struct cover *cover, const char *module, const char *folder, struct err *err)
{
	struct points_file file = { 0 };
	struct stat about;
	int fd = points_open(module, err);
	bool good;

	if (fd < 0)
		return module ? -1 : 0;
	if (fstat(fd, &about) == 0) {
		file.size = (size_t)about.st_size;
		file.bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	good = file.bytes && file.bytes != MAP_FAILED && points_parse(&file);
	for (unsigned int i = 0; good && i < file.count; i++)
		points_section(cover, &file, &file.sections[i], folder);
	if (file.bytes && file.bytes != MAP_FAILED)
		munmap((void *)file.bytes, file.size);
	if (!good)
		return module ? err_set(err, EXIT_USAGE, "'%s' is no module", module) : 0;
	if (!cover->points_count)
		return 0;
	qsort(cover->points, cover->points_count, sizeof(cover->points[0]), points_compare);
	cover->reached = mmap(NULL, cover->points_count, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cover->reached == MAP_FAILED ? err_errno(err, errno, "no memory") : 0;
}
