// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state.h"

#define STATE_FILE	"/sys/kernel/debug/hyper_dmabuf/state"
#define STATE_STEP_MS	10

static const char * const state_keys[] = {
	"exports", "imports", "mappings", "files", "watches", "waiting", "proxies",
};

#define STATE_KEYS (sizeof(state_keys) / sizeof(state_keys[0]))

long state_read(const char *key)
{
	FILE *file = fopen(STATE_FILE, "re");
	char line[256], name[64];
	long value, found = -1;

	if (!file)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", name, &value) == 2 && !strcmp(name, key))
			found = value;
	fclose(file);
	return found;
}

bool state_becomes(const char *key, long value, int timeout_ms)
{
	for (int waited = 0;; waited += STATE_STEP_MS) {
		if (state_read(key) == value)
			return true;
		if (waited >= timeout_ms)
			return false;
		usleep(STATE_STEP_MS * 1000);
	}
}

bool state_at_rest(int timeout_ms, char *left, size_t room)
{
	bool rest = true;

	snprintf(left, room, "%s", "");
	for (size_t i = 0; i < STATE_KEYS; i++) {
		size_t used = strlen(left);

		if (state_becomes(state_keys[i], 0, rest ? timeout_ms : 0))
			continue;
		rest = false;
		snprintf(left + used, room - used, " %s %ld", state_keys[i],
			 state_read(state_keys[i]));
	}
	return rest;
}
