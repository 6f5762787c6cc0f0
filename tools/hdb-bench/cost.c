// SPDX-License-Identifier: MIT
#include "cost.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COST_FILE "/sys/kernel/debug/hyper_dmabuf/counts"

static const char *const cost_keys[COST_COUNTS] = {
	[COST_SENT] = "sent",
	[COST_RECEIVED] = "received",
	[COST_GRANTED] = "granted",
	[COST_MAPPED] = "mapped",
	[COST_COPIED] = "copied",
	[COST_CALLS] = "calls",
};

bool cost_line(const char *line, uint32_t domain, struct cost *cost)
{
	unsigned int found = 0;
	uint64_t number;
	uint32_t peer;
	char key[32];
	int used;

	if (sscanf(line, "link %" SCNu32 "%n", &peer, &used) != 1 || peer != domain)
		return true;
	/* The loopback has two lines, one for each end. */
	for (line += used; sscanf(line, "%31s %" SCNu64 "%n", key, &number, &used) == 2;
	     line += used)
		for (size_t i = 0; i < COST_COUNTS; i++)
			if (strcmp(key, cost_keys[i]) == 0) {
				cost->count[i] += number;
				found++;
			}
	return found == COST_COUNTS;
}

int cost_now(uint32_t domain, struct cost *cost, struct err *err)
{
	FILE *file = fopen(COST_FILE, "re");
	struct timespec cpu;
	bool good = true;
	char line[512];

	*cost = (struct cost){ 0 };
	if (!file) {
		err_errno(err, errno, COST_FILE);
		err->code = EXIT_UNTESTED;
		return -1;
	}
	while (good && fgets(line, sizeof(line), file))
		good = cost_line(line, domain, cost);
	fclose(file);
	if (!good)
		return err_set(err, EXIT_FAILED, COST_FILE " has not what this tool looks for");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	cost->cpu = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec;
	return 0;
}

int cost_tell(uint32_t domain, struct wire *reply, struct err *err)
{
	struct cost cost;

	if (cost_now(domain, &cost, err) < 0)
		return -1;
	reply->values[WIRE_COST_CPU] = cost.cpu;
	memcpy(&reply->values[WIRE_COST_COUNTS], cost.count, sizeof(cost.count));
	return 0;
}

void cost_told(const struct wire *reply, struct cost *cost)
{
	cost->cpu = reply->values[WIRE_COST_CPU];
	memcpy(cost->count, &reply->values[WIRE_COST_COUNTS], sizeof(cost->count));
}

_Static_assert(WIRE_COST_COUNTS + COST_COUNTS <= WIRE_VALUES, "a reply has room for all of it");
