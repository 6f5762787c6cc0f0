// SPDX-License-Identifier: MIT
/* The process of a churn: started, watched, ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "churn.h"

/* How long it may take to set up, in milliseconds. */
#define START_MS	30000

#define CACHE_PARAMETER	"/sys/module/hyper_dmabuf/parameters/cache_ms"
#define CACHE_MS	2000

static volatile sig_atomic_t stopped;
static pid_t running;
static struct churn_report *shown;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

bool churn_stopped(void)
{
	return stopped;
}

void churn_sleep(int ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	if (!stopped)
		nanosleep(&time, NULL);
}

static void set_cache(int ms)
{
	FILE *file = fopen(CACHE_PARAMETER, "we");

	if (!file)
		return;
	fprintf(file, "%d\n", ms);
	fclose(file);
}

/* ---- the child ---- */

static int run_setup(struct churn *churn, bool exporting)
{
	churn->dev = call_open(CALL_DEVICE, O_NONBLOCK);
	for (int i = 0; i < CHURN_IMPORTS; i++)
		churn->imports[i].buffer.fd = -1;
	if (churn->dev < 0)
		return churn->dev;
	for (int i = 0; exporting && i < CHURN_BUFFERS; i++) {
		int ret = dmabuf_alloc(&churn->buffers[i], "heap", CHURN_BYTES);

		if (ret)
			return ret;
		dmabuf_fill(churn->buffers[i].map, CHURN_BYTES, (uint32_t)i + 1);
	}
	return 0;
}

static bool dead_link(int error)
{
	return error == -ENODEV || error == -ENOTCONN || error == -ENOENT || error == -EINVAL;
}

static void run(struct churn *churn, bool exporting)
{
	struct churn_report *report = churn->report;
	bool connecting = !strcmp(churn->moment->name, "connecting");
	int ret = run_setup(churn, exporting);

	while (ret >= 0 && !stopped && !report->why[0]) {
		report->going = true;
		ret = exporting ? churn->moment->export_step(churn)
				: churn->moment->import_step(churn);
		report->steps++;
		if (ret >= 0 && !connecting)
			ret = churn_alive(churn);
	}
	/* What is mapped stays as it is, whoever died. */
	for (int i = 0; i < CHURN_IMPORTS; i++)
		if (churn->imports[i].buffer.fd >= 0)
			churn_map(churn, &churn->imports[i]);
	if (ret < 0 && ret != -EINTR) {
		report->error = ret;
		if (!dead_link(ret) && !report->why[0])
			snprintf(report->why, sizeof(report->why), "%s gave %s, after %u rounds",
				 report->call, strerrorname_np(-ret), report->steps);
	}
}

static void child(const struct churn_moment *moment, bool exporting, int domain)
{
	struct sigaction action = { .sa_handler = on_stop };
	static struct churn churn;

	/* Of the parent's, but for the three that lead nowhere. */
	close_range(3, ~0U, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGTERM, &action, NULL);
	churn.report = shown;
	churn.moment = moment;
	churn.domain = domain;
	run(&churn, exporting);
	_exit(0);
}

/* ---- the parent ---- */

/* Waits for its end. Returns true, or false when it goes on after @timeout_ms. */
static bool ended(int timeout_ms)
{
	for (long end = fence_now() + timeout_ms; running > 0; usleep(5000)) {
		if (waitpid(running, NULL, WNOHANG) == running)
			running = 0;
		else if (fence_now() > end)
			return false;
	}
	return true;
}

static void restore(void)
{
	set_cache(CACHE_MS);
	fence_set_timeout(FENCE_TIMEOUT_MS);
}

int churn_start(const char *role, const char *moment, int domain, char *why, size_t room)
{
	const struct churn_moment *found = churn_moments;
	bool exporting = !strcmp(role, "export");

	while (found->name && strcmp(found->name, moment))
		found++;
	if (!found->name || running > 0) {
		snprintf(why, room, found->name ? "there is one already" : "no such moment");
		return -1;
	}
	if (!shown)
		shown = mmap(NULL, sizeof(*shown), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shown == MAP_FAILED) {
		shown = NULL;
		snprintf(why, room, "no memory");
		return -1;
	}
	memset(shown, 0, sizeof(*shown));
	fence_set_timeout(CHURN_LIMIT_MS);
	set_cache(found->no_cache ? 0 : CACHE_MS);
	running = fork();
	if (!running)
		child(found, exporting, domain);
	for (long end = fence_now() + START_MS; running > 0 && fence_now() < end; usleep(5000)) {
		if (shown->going)
			return 0;
		if (ended(0))
			break;
	}
	churn_end("kill", 1000, why, room);
	snprintf(why, room, "it did not start: %s %d %s", shown->call, shown->error, shown->why);
	return -1;
}

int churn_end(const char *how, int timeout_ms, char *why, size_t room)
{
	bool alone = !strcmp(how, "alone"), kill_it = !strcmp(how, "kill");
	bool in_time;

	if (!shown) {
		snprintf(why, room, "there is none");
		return -1;
	}
	if (!alone && running > 0)
		kill(running, kill_it ? SIGKILL : SIGTERM);
	in_time = ended(timeout_ms);
	if (!in_time) {
		kill(running, SIGKILL);
		ended(timeout_ms);
	}
	restore();
	if (running > 0)
		snprintf(why, room, "it cannot be killed, after %u rounds", shown->steps);
	else if (!in_time)
		snprintf(why, room, "it went on for %d ms, %u rounds in all", timeout_ms,
			 shown->steps);
	else if (shown->why[0])
		snprintf(why, room, "%s", shown->why);
	else if (alone && !shown->error)
		snprintf(why, room, "it ended without an error");
	else
		snprintf(why, room, "%u rounds, %s %s, longest %s %ld ms", shown->steps,
			 shown->error ? shown->call : "stopped",
			 shown->error ? strerrorname_np(-shown->error) : "",
			 shown->longest, shown->longest_ms);
	return in_time && (kill_it || !shown->why[0]) && (!alone || shown->error) ? 0 : -1;
}
