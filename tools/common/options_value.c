// SPDX-License-Identifier: MIT
#include "options.h"
#include "scene.h"

#include <drm_fourcc.h>
#include <hyper_dmabuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool options_digits(const char **text, uint64_t *number)
{
	const char *at = *text;
	uint64_t sum = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (unsigned int)(*at - '0'), &sum))
			return false;
	*text = at;
	*number = sum;
	return true;
}

int options_flag(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	(void)spec;
	(void)text;
	(void)err;
	*(bool *)into = true;
	return 0;
}

int options_flag_off(const struct option_spec *spec, const char *text, void *into,
		     struct err *err)
{
	(void)spec;
	(void)text;
	(void)err;
	*(bool *)into = false;
	return 0;
}

int options_text(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	(void)spec;
	if (!*text)
		return err_set(err, EXIT_USAGE, "an empty value");
	*(const char **)into = text;
	return 0;
}

int options_peer(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	const char *at = text;
	uint64_t domain;

	if (text[0] && strspn(text, "0123456789") == strlen(text) &&
	    (!options_digits(&at, &domain) || domain > OPTIONS_DOMAIN_MAX))
		return err_set(err, EXIT_USAGE, "%s is no domain id: they go from 0 to %d", text,
			       OPTIONS_DOMAIN_MAX);
	if (strlen(text) >= HYPER_DMABUF_LINK_NAME_LEN)
		return err_set(err, EXIT_USAGE, "a name is no longer than %d characters",
			       HYPER_DMABUF_LINK_NAME_LEN - 1);
	return options_text(spec, text, into, err);
}

int options_number(const struct option_spec *spec, const char *text, void *into,
		   struct err *err)
{
	const char *at = text;
	uint64_t number;

	if (!options_digits(&at, &number) || *at || (double)number < spec->min ||
	    (double)number > spec->max)
		return err_set(err, EXIT_USAGE, "'%s' is not a whole number from %.0f to %.0f",
			       text, spec->min, spec->max);
	*(uint32_t *)into = (uint32_t)number;
	return 0;
}

int options_real(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	char *end;
	double number = strtod(text, &end);

	/* strtod() takes more than a person means: blanks, hexadecimal, "inf". */
	if (strspn(text, "0123456789.") != strlen(text) || end == text || *end ||
	    !(number >= spec->min && number <= spec->max))
		return err_set(err, EXIT_USAGE, "'%s' is not a number from %g to %g", text,
			       spec->min, spec->max);
	*(double *)into = number;
	return 0;
}

int options_choice(const struct option_spec *spec, const char *text, void *into,
		   struct err *err)
{
	char names[160] = "";
	size_t used = 0;

	for (unsigned int i = 0; spec->choices[i]; i++) {
		if (strcmp(text, spec->choices[i]) == 0) {
			*(unsigned int *)into = i;
			return 0;
		}
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
						 used ? ", " : "", spec->choices[i]);
	}
	return err_set(err, EXIT_USAGE, "'%s' is not one of %s", text, names);
}

int options_size(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	struct options_size *size = into;
	const char *at = text;
	uint64_t width, height;

	(void)spec;
	if (!options_digits(&at, &width) || *at++ != 'x' || !options_digits(&at, &height) || *at)
		return err_set(err, EXIT_USAGE, "'%s' is not WIDTHxHEIGHT", text);
	if (width < SCENE_MIN_SIZE || height < SCENE_MIN_SIZE ||
	    width > OPTIONS_SIZE_MAX_WIDTH || height > OPTIONS_SIZE_MAX_HEIGHT)
		return err_set(err, EXIT_USAGE, "'%s' is not within %ux%u and %ux%u", text,
			       SCENE_MIN_SIZE, SCENE_MIN_SIZE, OPTIONS_SIZE_MAX_WIDTH,
			       OPTIONS_SIZE_MAX_HEIGHT);
	size->width = (uint32_t)width;
	size->height = (uint32_t)height;
	return 0;
}

int options_format(const struct option_spec *spec, const char *text, void *into,
		   struct err *err)
{
	(void)spec;
	if (strcmp(text, "XR24") == 0)
		*(uint32_t *)into = DRM_FORMAT_XRGB8888;
	else if (strcmp(text, "AR24") == 0)
		*(uint32_t *)into = DRM_FORMAT_ARGB8888;
	else
		return err_set(err, EXIT_USAGE, "'%s' is neither XR24 nor AR24", text);
	return 0;
}

int options_pixel(const struct option_spec *spec, const char *text, void *into, struct err *err)
{
	struct options_pixel *pixel = into;
	const char *at = text;
	uint64_t x = 0, y = 0;

	(void)spec;
	pixel->placed = false;
	if (options_digits(&at, &pixel->frame)) {
		if (*at == ':') {
			at++;
			if (options_digits(&at, &x) && *at++ == ',' &&
			    options_digits(&at, &y) && x <= UINT32_MAX && y <= UINT32_MAX)
				pixel->placed = true;
		}
		if (!*at && (pixel->placed || !strchr(text, ':'))) {
			pixel->x = (uint32_t)x;
			pixel->y = (uint32_t)y;
			pixel->set = true;
			return 0;
		}
	}
	return err_set(err, EXIT_USAGE, "'%s' is not FRAME or FRAME:X,Y", text);
}
