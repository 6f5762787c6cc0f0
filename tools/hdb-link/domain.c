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

static int domain_find_id(struct xs_handle *xs, const char *spec, struct domain *domain)
{
	char *end;
	long id;

	errno = 0;
	id = strtol(spec, &end, 10);
	if (errno || *end || id > DOMAIN_ID_MAX)
		return -ERANGE;
	domain_describe(xs, XBT_NULL, (int)id, domain);
	return 0;
}

int domain_find(struct xs_handle *xs, const char *spec, struct domain *domain)
{
	bool by_uuid = domain_is_uuid(spec);
	unsigned int count, found = 0;
	struct domain candidate;
	int *ids;

	if (*spec && spec[strspn(spec, "0123456789")] == '\0')
		return domain_find_id(xs, spec, domain);
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
