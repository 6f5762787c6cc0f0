// SPDX-License-Identifier: MIT
#include "pictures.h"
#include "folder.h"
#include "pngfile.h"
#include "sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PICTURES_SHEET	16	/* thumbnails on the contact sheet */
#define PICTURES_WRONG	10	/* wrong frames that are written without being asked for */

struct pictures {
	struct pictures_options options;
	uint64_t frames;	/* expected; 0: not known */
	uint64_t seen;		/* frames so far */
	uint64_t wrong;		/* wrong ones written */
	uint64_t written;
	struct sheet *sheet;
	struct picture last;	/* the latest frame; the pixels are the caller's */
	bool alpha;
};

static bool pictures_word(struct pictures_options *options, const char *word, size_t length)
{
	const struct {
		const char *name;
		bool *flag;
	} words[] = {
		{ "first", &options->first }, { "middle", &options->middle },
		{ "last", &options->last }, { "sheet", &options->sheet },
		{ "all", &options->all },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].name) == length && strncmp(words[i].name, word, length) == 0) {
			*words[i].flag = true;
			return true;
		}
	return false;
}

int pictures_parse(const struct option_spec *spec, const char *text, void *into,
		   struct err *err)
{
	struct pictures_options *options = into;
	const char *dir = options->dir;
	const char *at = text;

	(void)spec;
	/* A second --png-frames replaces the first one, as with every option. */
	*options = (struct pictures_options){ .dir = dir, .given = true };
	for (;;) {
		size_t length = strcspn(at, ",");
		const char *number = at;

		if (!pictures_word(options, at, length)) {
			uint64_t *to = &options->number[options->numbers];

			if (options->numbers == PICTURES_MAX_NUMBERS)
				return err_set(err, EXIT_USAGE, "more than %d frame numbers",
					       PICTURES_MAX_NUMBERS);
			if (!options_digits(&number, to) || number != at + length)
				return err_set(err, EXIT_USAGE, "'%.*s' is neither first, middle, "
					       "last, sheet, all nor a frame number",
					       (int)length, at);
			options->numbers++;
		}
		at += length;
		if (!*at)
			return 0;
		at++;
	}
}

struct pictures *pictures_open(const struct pictures_options *options, uint64_t frames,
			       struct err *err)
{
	struct pictures *pictures;

	if (folder_make("--png", options->dir, err) < 0)
		return NULL;
	pictures = calloc(1, sizeof(*pictures));
	if (!pictures) {
		err_errno(err, ENOMEM, "--png");
		return NULL;
	}
	pictures->options = *options;
	pictures->frames = frames;
	if (!options->given) {
		pictures->options.first = true;
		pictures->options.middle = frames > 0;
		pictures->options.last = true;
		pictures->options.sheet = true;
	}
	if (pictures->options.sheet) {
		pictures->sheet = sheet_new(PICTURES_SHEET);
		if (!pictures->sheet) {
			err_errno(err, ENOMEM, "--png");
			pictures_free(pictures);
			return NULL;
		}
	}
	return pictures;
}

static bool pictures_numbered(const struct pictures *pictures, uint64_t frame)
{
	for (uint32_t i = 0; i < pictures->options.numbers; i++)
		if (pictures->options.number[i] == frame)
			return true;
	return pictures->options.all;
}

static bool pictures_is_middle(const struct pictures *pictures)
{
	return pictures->options.middle && pictures->seen == pictures->frames / 2;
}

bool pictures_want(const struct pictures *pictures, uint64_t frame)
{
	if (!pictures)
		return false;
	/* Which frame is the last one is known too late to ask for it. */
	return pictures->options.last || pictures_numbered(pictures, frame) ||
	       (pictures->options.first && !pictures->seen) || pictures_is_middle(pictures) ||
	       (pictures->sheet && sheet_wants(pictures->sheet));
}

static int pictures_write(struct pictures *pictures, const char *name, struct err *err)
{
	char path[4096];
	char why[300];

	if (snprintf(path, sizeof(path), "%s/%s.png", pictures->options.dir, name) >=
	    (int)sizeof(path))
		return err_set(err, EXIT_FAILED, "--png: the path is too long");
	if (!pngfile_write(path, &pictures->last, pictures->alpha, why, sizeof(why)))
		return err_set(err, EXIT_FAILED, "--png: %s", why);
	pictures->written++;
	return 0;
}

int pictures_add(struct pictures *pictures, const struct picture *picture, bool alpha,
		 uint64_t frame, bool wrong, struct err *err)
{
	bool first = pictures->options.first && !pictures->seen;
	bool middle = pictures_is_middle(pictures);
	char name[40];

	pictures->seen++;
	if (pictures->sheet && !sheet_add(pictures->sheet, picture, frame, wrong))
		return err_errno(err, ENOMEM, "--png: the contact sheet");
	if (!picture)
		return 0;
	pictures->last = *picture;
	pictures->alpha = alpha;
	if (first && pictures_write(pictures, "first", err) < 0)
		return -1;
	if (middle && pictures_write(pictures, "middle", err) < 0)
		return -1;
	snprintf(name, sizeof(name), "frame-%06llu", (unsigned long long)frame);
	if (pictures_numbered(pictures, frame) && pictures_write(pictures, name, err) < 0)
		return -1;
	if (!wrong || pictures->wrong == PICTURES_WRONG)
		return 0;
	pictures->wrong++;
	snprintf(name, sizeof(name), "wrong-%06llu", (unsigned long long)frame);
	return pictures_write(pictures, name, err);
}

int pictures_finish(struct pictures *pictures, struct err *err)
{
	char path[4096], why[300];

	if (pictures->options.last && pictures->last.data &&
	    pictures_write(pictures, "last", err) < 0)
		return -1;
	if (!pictures->sheet || !sheet_count(pictures->sheet))
		return 0;
	if (snprintf(path, sizeof(path), "%s/sheet.png", pictures->options.dir) >=
	    (int)sizeof(path))
		return err_set(err, EXIT_FAILED, "--png: the path is too long");
	if (!sheet_write(pictures->sheet, path, why, sizeof(why)))
		return err_set(err, EXIT_FAILED, "--png: %s", why);
	pictures->written++;
	return 0;
}

uint64_t pictures_count(const struct pictures *pictures)
{
	return pictures->written;
}

void pictures_free(struct pictures *pictures)
{
	if (!pictures)
		return;
	sheet_free(pictures->sheet);
	free(pictures);
}
