// SPDX-License-Identifier: MIT
#include "memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A domain that is there, and that nothing of ours is for. */
#define MEMORY_STRANGER	0

#define MEMORY_LATER	"/sys/module/grant_table/parameters/free_per_iteration"

static char memory_later[16];

static void memory_write_later(const char *text)
{
	FILE *file = fopen(MEMORY_LATER, "we");

	if (!file)
		return;
	fputs(text, file);
	fclose(file);
}

void memory_hurry(void)
{
	FILE *file = fopen(MEMORY_LATER, "re");

	if (!file)
		return;
	if (!fgets(memory_later, sizeof(memory_later), file))
		memory_later[0] = '\0';
	fclose(file);
	memory_write_later("0");
}

void memory_hurry_end(void)
{
	if (memory_later[0])
		memory_write_later(memory_later);
	memory_later[0] = '\0';
}

struct flip {
	pthread_t thread;
	volatile uint32_t *word;
	uint32_t one, other;
	atomic_bool on;
};

int memory_open(struct memory *memory, struct end *end)
{
	*memory = (struct memory){ .end = end };
	memory->flips = calloc(MEMORY_FLIPS, sizeof(*memory->flips));
	return memory->flips ? 0 : -1;
}

static struct memory_page *memory_find(const struct memory *memory, uint32_t name)
{
	for (unsigned int i = 0; name && i < memory->used; i++)
		if (memory->pages[i].name == name)
			return (struct memory_page *)&memory->pages[i];
	return NULL;
}

uint8_t *memory_page(const struct memory *memory, uint32_t name)
{
	const struct memory_page *page = memory_find(memory, name);

	return page ? page->page : NULL;
}

uint32_t memory_ref(const struct memory *memory, uint32_t name)
{
	const struct memory_page *page = memory_find(memory, name);

	return page ? page->ref : name;
}

uint8_t *memory_grant(struct memory *memory, uint32_t name, unsigned int count,
		      unsigned int flags)
{
	uint32_t refs[MEMORY_PAGES];
	uint8_t *block;

	if (!name || !count || count > MEMORY_PAGES - memory->used)
		return NULL;
	block = xengntshr_share_pages(memory->end->shr, flags & MEMORY_FOREIGN ? MEMORY_STRANGER :
				      memory->end->place->peer, (int)count, refs,
				      flags & MEMORY_WRITABLE ? 1 : 0);
	if (!block)
		return NULL;
	memset(block, 0, (size_t)count * HDB_PAGE_SIZE);
	for (unsigned int i = 0; i < count; i++) {
		struct memory_page *before = memory_find(memory, name + i);

		/* It stays granted, as the other end may have it from before. */
		if (before)
			before->name = 0;
		memory->pages[memory->used++] = (struct memory_page){
			.name = name + i, .ref = refs[i], .block = block,
			.page = block + (size_t)i * HDB_PAGE_SIZE, .count = i ? 0 : count,
		};
	}
	return block;
}

void memory_revoke(struct memory *memory, uint32_t name)
{
	struct memory_page *page = memory_find(memory, name);
	uint8_t *block = page ? page->block : NULL;

	if (!block)
		return;
	/* A thread may be writing there. */
	memory_calm(memory);
	for (unsigned int i = 0; i < memory->used; i++) {
		if (memory->pages[i].block != block)
			continue;
		if (memory->pages[i].count)
			xengntshr_unshare(memory->end->shr, block, memory->pages[i].count);
		memory->pages[i] = (struct memory_page){ 0 };
	}
}

static void *flip_main(void *data)
{
	struct flip *flip = data;

	while (atomic_load_explicit(&flip->on, memory_order_relaxed)) {
		*flip->word = flip->one;
		*flip->word = flip->other;
	}
	return NULL;
}

void memory_flip(struct memory *memory, volatile uint32_t *word, uint32_t one, uint32_t other)
{
	for (unsigned int i = 0; i < MEMORY_FLIPS; i++) {
		struct flip *flip = &memory->flips[i];

		if (flip->on)
			continue;
		flip->word = word;
		flip->one = one;
		flip->other = other;
		flip->on = true;
		if (pthread_create(&flip->thread, NULL, flip_main, flip))
			flip->on = false;
		return;
	}
}

void memory_calm(struct memory *memory)
{
	for (unsigned int i = 0; i < MEMORY_FLIPS; i++) {
		if (!memory->flips[i].on)
			continue;
		memory->flips[i].on = false;
		pthread_join(memory->flips[i].thread, NULL);
	}
}

void memory_close(struct memory *memory)
{
	memory_calm(memory);
	for (unsigned int i = 0; i < memory->used; i++)
		if (memory->pages[i].count)
			xengntshr_unshare(memory->end->shr, memory->pages[i].block,
					  memory->pages[i].count);
	memory->used = 0;
	free(memory->flips);
	memory->flips = NULL;
}
