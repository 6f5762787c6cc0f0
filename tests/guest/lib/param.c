// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>

#include "param.h"

#define PARAM_MOST 8

/* What param_change() has changed. */
static struct {
	const char *name;
	unsigned int value;
} params[PARAM_MOST];
static unsigned int params_changed;

static FILE *param_open(const char *name, const char *mode)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/hyper_dmabuf/parameters/%s", name);
	return fopen(path, mode);
}

long param_get(const char *name)
{
	FILE *file = param_open(name, "re");
	long value;

	if (!file)
		return -errno;
	if (fscanf(file, "%ld", &value) != 1)
		value = -EINVAL;
	fclose(file);
	return value;
}

int param_set(const char *name, unsigned int value)
{
	FILE *file = param_open(name, "we");
	int err = 0;

	if (!file)
		return -errno;
	/* The kernel says what it thinks of it when it is flushed. */
	if (fprintf(file, "%u\n", value) < 0)
		err = -EIO;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

int param_change(const char *name, unsigned int value)
{
	long before = param_get(name);

	if (before < 0)
		return (int)before;
	if (params_changed == PARAM_MOST)
		return -ENOSPC;
	params[params_changed].name = name;
	params[params_changed++].value = (unsigned int)before;
	return param_set(name, value);
}

void param_restore(void)
{
	while (params_changed--)
		param_set(params[params_changed].name, params[params_changed].value);
	params_changed = 0;
}
