// SPDX-License-Identifier: MIT
#include "inside.h"
#include "kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

int inside_process_open(struct inside_process *process, struct cover *cover, struct err *err)
{
	*process = (struct inside_process){ .cover = cover };
	process->shared = mmap(NULL, sizeof(*process->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (process->shared != MAP_FAILED)
		return 0;
	process->shared = NULL;
	return err_errno(err, errno, "no shared memory");
}

static bool process_begin(void *data)
{
	const struct inside_process *process = data;

	if (victim_init())
		return false;
	cover_begin(process->cover, 0);
	return true;
}

static void process_turn(void *data)
{
	const struct inside_process *process = data;

	if (process->shared->task == INSIDE_HONEST)
		victim_honest(process->shared);
	else
		victim_run(process->shared);
}

static const struct worker_job process_job = { .begin = process_begin, .turn = process_turn };

static enum inside_end process_ended(const struct inside_process *process, int status,
				     struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNTESTED) {
		err_set(err, EXIT_UNTESTED, "cannot be tested here: there is no buffer to share");
		return INSIDE_BROKEN;
	}
	err_set(err, EXIT_FAILED, "the process that runs inputs died, %s, with status %#x",
		process->shared->step, status);
	return INSIDE_FAILED;
}

static enum inside_end process_hangs(struct inside_process *process, struct err *err)
{
	err_set(err, EXIT_FAILED, "%s does not end", process->shared->step);
	kernel_log_blocked();
	if (!worker_kill(&process->worker))
		strncat(err->text, ", and cannot be killed",
			sizeof(err->text) - strlen(err->text) - 1);
	return INSIDE_FAILED;
}

enum inside_end inside_process_run(struct inside_process *process, struct err *err)
{
	struct inside_shared *shared = process->shared;
	int status;

	shared->seen_count = shared->imported = shared->sent = 0;
	memset(&shared->look, 0, sizeof(shared->look));
	shared->wrong[0] = shared->step[0] = '\0';
	switch (worker_turn(&process->worker, &process_job, process, &status, err)) {
	case WORKER_DONE:
		return INSIDE_DONE;
	case WORKER_ENDED:
		return process_ended(process, status, err);
	case WORKER_HANGS:
		return process_hangs(process, err);
	case WORKER_BROKEN:
		break;
	}
	return INSIDE_BROKEN;
}

void inside_process_close(struct inside_process *process)
{
	worker_close(&process->worker);
	if (process->shared)
		munmap(process->shared, sizeof(*process->shared));
}
