// SPDX-License-Identifier: MIT
#include "folder.h"
#include "fuzz.h"
#include "progress.h"
#include "stop.h"

#include <time.h>

bool fuzz_begin(const char *program, enum options_result parsed, const struct fuzz_options *fuzz,
		struct report *report, struct err *err)
{
	progress_init("hdb-fuzz", fuzz->quiet, fuzz->verbose);
	if (parsed != OPTIONS_RUN ||
	    (fuzz->corpus && folder_make("--corpus", fuzz->corpus, err) < 0) ||
	    folder_make("--out", fuzz->out, err) < 0 ||
	    report_open(report, program, fuzz->json, fuzz->quiet, err) < 0) {
		progress_error("%s", err->text);
		return false;
	}
	stop_init();
	return true;
}

uint32_t fuzz_seed(const struct fuzz_options *fuzz)
{
	struct timespec now;

	if (fuzz->seed)
		return fuzz->seed;
	clock_gettime(CLOCK_REALTIME, &now);
	return ((uint32_t)now.tv_sec ^ (uint32_t)now.tv_nsec) | 1;
}
