// SPDX-License-Identifier: MIT
#include "folder.h"
#include "fuzz.h"
#include "progress.h"

bool fuzz_begin(enum options_result parsed, const struct fuzz_options *fuzz, struct err *err)
{
	progress_init("hdb-fuzz", fuzz->quiet, fuzz->verbose);
	if (parsed != OPTIONS_RUN)
		return false;
	if (fuzz->corpus && folder_make("--corpus", fuzz->corpus, err) < 0)
		return false;
	return folder_make("--out", fuzz->out, err) == 0;
}
