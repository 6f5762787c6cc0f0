// SPDX-License-Identifier: MIT
#include "touch.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#define TOUCH_PAGE 4096u

void *touch_alloc(uint64_t bytes, struct err *err)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	err_errno(err, errno, "no memory for %llu bytes", (unsigned long long)bytes);
	return NULL;
}

void touch_free(void *memory, uint64_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}

void touch_read(const void *memory, uint64_t bytes)
{
	const uint64_t *word = memory;
	uint64_t sum = 0;

	for (uint64_t i = 0; i < bytes / sizeof(*word); i++)
		sum += word[i];
	/* Somebody wants the sum, as far as the compiler knows. */
	__asm__ volatile("" : : "r"(sum));
}

void touch_pages(const void *memory, uint64_t bytes)
{
	const volatile uint8_t *page = memory;

	for (uint64_t at = 0; at < bytes; at += TOUCH_PAGE)
		(void)*(const volatile uint64_t *)(page + at);
}
