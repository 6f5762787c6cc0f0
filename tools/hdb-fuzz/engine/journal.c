// SPDX-License-Identifier: MIT
#include "journal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

void journal_open(struct journal *journal, const char *out, const char *mode, size_t place)
{
	char path[PATH_MAX];

	*journal = (struct journal){ .fd = -1, .place = place };
	if ((size_t)snprintf(path, sizeof(path), "%s/%s.journal", out, mode) < sizeof(path))
		journal->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

void journal_close(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	journal->fd = -1;
}

FILE *journal_begin(struct journal *journal, uint64_t run)
{
	if (journal->fd < 0)
		return NULL;
	journal->run = run;
	journal->file = open_memstream(&journal->text, &journal->size);
	return journal->file;
}

void journal_end(struct journal *journal)
{
	size_t slot = journal->run % JOURNAL_PLACES;
	size_t *used = &journal->used[slot];

	/* Over all of what was there before. */
	while (ftell(journal->file) < (long)*used)
		fputc('\n', journal->file);
	fclose(journal->file);
	if (journal->size > journal->place)
		journal->size = journal->place;
	*used = journal->size;
	if (pwrite(journal->fd, journal->text, journal->size, (off_t)(slot * journal->place)) < 0)
		journal_close(journal);
	free(journal->text);
}
