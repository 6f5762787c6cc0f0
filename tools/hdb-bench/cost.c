// SPDX-License-Identifier: MIT
#include "cost.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COST_STATE "/sys/kernel/debug/hyper_dmabuf/state"

void cost_line(const char *line, uint32_t domain, struct cost *cost)
{
	const char *counts = strstr(line, " sent ");
	uint64_t sent, received;
	uint32_t peer;

	if (!counts || sscanf(line, "link %" SCNu32, &peer) != 1 || peer != domain ||
	    sscanf(counts, " sent %" SCNu64 " received %" SCNu64, &sent, &received) != 2)
		return;
	/* The loopback has two lines, one for each end. */
	cost->sent += sent;
	cost->received += received;
}

int cost_now(uint32_t domain, struct cost *cost, struct err *err)
{
	FILE *state = fopen(COST_STATE, "re");
	struct timespec cpu;
	char line[256];

	*cost = (struct cost){ 0 };
	if (!state) {
		err_errno(err, errno, COST_STATE);
		err->code = EXIT_UNTESTED;
		return -1;
	}
	while (fgets(line, sizeof(line), state))
		cost_line(line, domain, cost);
	fclose(state);
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
	reply->values[WIRE_COST_SENT] = cost.sent;
	reply->values[WIRE_COST_RECEIVED] = cost.received;
	return 0;
}

void cost_told(const struct wire *reply, struct cost *cost)
{
	*cost = (struct cost){
		.cpu = reply->values[WIRE_COST_CPU],
		.sent = reply->values[WIRE_COST_SENT],
		.received = reply->values[WIRE_COST_RECEIVED],
	};
}
