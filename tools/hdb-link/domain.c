// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "domain.h"

static bool domain_is_uuid(const char *text)
{
	for (int i = 0; i < DOMAIN_UUID_LEN - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return text[DOMAIN_UUID_LEN - 1] == '\0';
}

/* The toolstack keeps the UUID in the name of the domain's /vm directory. */
static void domain_read_uuid(struct xs_handle *xs, xs_transaction_t t, const char *dir,
			     struct domain *domain)
{
	char *vm = store_read(xs, t, dir, "vm");
	const char *base = vm ? strrchr(vm, '/') : NULL;

	if (base && domain_is_uuid(base + 1))
		for (int i = 0; i < DOMAIN_UUID_LEN; i++)
			domain->uuid[i] = (char)tolower((unsigned char)base[1 + i]);
	free(vm);
}

void domain_describe(struct xs_handle *xs, xs_transaction_t t, int id, struct domain *domain)
{
	char dir[STORE_PATH_LEN];
	char *name;

	memset(domain, 0, sizeof(*domain));
	domain->id = id;
	store_path(dir, "/local/domain/%d", id);
	domain->alive = store_exists(xs, t, dir);
	if (!domain->alive)
		return;
	name = store_read(xs, t, dir, "name");
	if (name)
		snprintf(domain->name, sizeof(domain->name), "%s", name);
	free(name);
	domain_read_uuid(xs, t, dir, domain);
}

int domain_find(struct xs_handle *xs, const char *spec, struct domain *domain)
{
	bool by_uuid = domain_is_uuid(spec);
	unsigned int count, found = 0;
	struct domain candidate;
	int *ids;

	if (*spec && spec[strspn(spec, "0123456789")] == '\0') {
		domain_describe(xs, XBT_NULL, atoi(spec), domain);
		return 0;
	}
	ids = store_list_ints(xs, XBT_NULL, "/local/domain", &count);
	for (unsigned int i = 0; ids && i < count; i++) {
		domain_describe(xs, XBT_NULL, ids[i], &candidate);
		if (by_uuid ? strcasecmp(candidate.uuid, spec) : strcmp(candidate.name, spec))
			continue;
		*domain = candidate;
		found++;
	}
	free(ids);
	if (found > 1)
		return -ENOTUNIQ;
	return found ? 0 : -ENOENT;
}
