// SPDX-License-Identifier: MIT
#include "complaints.h"
#include "kernel.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_STATE	"/sys/kernel/debug/hyper_dmabuf/state"
#define KERNEL_DRIVER	"/sys/module/hyper_dmabuf/parameters/"
#define KERNEL_DEBUG	"/sys/kernel/debug/"
#define KERNEL_REPORT	(256u << 10)

int kernel_log_open(struct kernel_log *log, struct err *err)
{
	*log = (struct kernel_log){ .fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	if (log->fd < 0 || lseek(log->fd, 0, SEEK_END) < 0) {
		err_errno(err, errno, "cannot be tested here: /dev/kmsg");
		err->code = EXIT_UNTESTED;
		return -1;
	}
	log->text = calloc(1, KERNEL_REPORT);
	if (!log->text)
		return err_errno(err, ENOMEM, "no room for the kernel's log");
	return complaints_open(err);
}

void kernel_log_close(struct kernel_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	free(log->text);
}

void kernel_log_forget(struct kernel_log *log)
{
	log->size = 0;
}

bool kernel_log_complains(struct kernel_log *log, char *line, size_t size)
{
	char record[8192];
	bool found = false;

	for (;;) {
		ssize_t got = read(log->fd, record, sizeof(record) - 1);
		char *text;

		/* Some were overwritten before they were read. */
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return found;
		record[got] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		/* Behind the line there may be a dictionary. */
		text[strcspn(text, "\n")] = '\0';
		if (log->size + strlen(text) + 2 < KERNEL_REPORT)
			log->size += (size_t)sprintf(log->text + log->size, "%s\n", text);
		if (!found && complaints_match(text)) {
			found = true;
			snprintf(line, size, "%s", text);
		}
	}
}

static int kernel_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int failed;

	if (fd < 0)
		return -1;
	failed = write(fd, text, strlen(text)) < 0;
	close(fd);
	return failed ? -1 : 0;
}

bool kernel_same(const char *one, const char *two)
{
	while (*one || *two) {
		one += strspn(one, "0123456789abcdefx+/:");
		two += strspn(two, "0123456789abcdefx+/:");
		if (*one != *two)
			return false;
		one += *one != '\0';
		two += *two != '\0';
	}
	return true;
}

int kernel_report_save(const char *path, const char *what, const char *report, struct err *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return err_errno(err, errno, "cannot write '%s'", path);
	fprintf(file, "%s\n\n%s", what, report);
	return fclose(file) ? err_errno(err, errno, "cannot write '%s'", path) : 0;
}

void kernel_log_blocked(void)
{
	kernel_write("/proc/sysrq-trigger", "w");
}

/* ---- settings ---- */

static struct {
	const char *path, *value;
	char was[32];
} kernel_settings[] = {
	{ KERNEL_DRIVER "cache_ms", "3", "" },
	{ KERNEL_DRIVER "fence_timeout_ms", "50", "" },
	{ KERNEL_DRIVER "connect_timeout_ms", "100", "" },
	/* Links come and go: on a console that would cost more than all else. Warnings stay. */
	{ "/proc/sys/kernel/printk", "5", "" },
	{ KERNEL_DEBUG "failslab/ignore-gfp-wait", "N", "" },
	{ KERNEL_DEBUG "failslab/verbose", "0", "" },
	{ KERNEL_DEBUG "fail_page_alloc/ignore-gfp-wait", "N", "" },
	{ KERNEL_DEBUG "fail_page_alloc/ignore-gfp-highmem", "N", "" },
	{ KERNEL_DEBUG "fail_page_alloc/min-order", "0", "" },
	{ KERNEL_DEBUG "fail_page_alloc/verbose", "0", "" },
	{ KERNEL_DEBUG "fail_usercopy/verbose", "0", "" },
};

#define KERNEL_SETTINGS (sizeof(kernel_settings) / sizeof(kernel_settings[0]))

bool kernel_prepare(void)
{
	for (size_t i = 0; i < KERNEL_SETTINGS; i++) {
		FILE *file = fopen(kernel_settings[i].path, "re");

		if (!file)
			continue;
		if (!fgets(kernel_settings[i].was, sizeof(kernel_settings[i].was), file))
			kernel_settings[i].was[0] = '\0';
		fclose(file);
		kernel_write(kernel_settings[i].path, kernel_settings[i].value);
	}
	return access("/proc/self/fail-nth", W_OK) == 0;
}

void kernel_restore(void)
{
	for (size_t i = 0; i < KERNEL_SETTINGS; i++)
		if (kernel_settings[i].was[0])
			kernel_write(kernel_settings[i].path, kernel_settings[i].was);
}

/* Links that are no more, and that something still refers to: counted from its lines. */
#define KERNEL_DEAD	"dead_links"

static const char *const kernel_keys[] = {
	"exports", "imports", "mappings", "files", "watches", "waiting", "proxies", "user_pages",
	KERNEL_DEAD,
};

#define KERNEL_KEYS (sizeof(kernel_keys) / sizeof(kernel_keys[0]))

static long kernel_accepted[KERNEL_KEYS];

static void kernel_state(long values[KERNEL_KEYS])
{
	FILE *file = fopen(KERNEL_STATE, "re");
	char line[256], name[64];
	long value;

	memset(values, 0, KERNEL_KEYS * sizeof(values[0]));
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &value) != 2)
			continue;
		if (!strcmp(name, "link")) {
			values[KERNEL_KEYS - 1] += strstr(line, " dead ") != NULL;
			continue;
		}
		for (size_t i = 0; i < KERNEL_KEYS; i++)
			if (!strcmp(kernel_keys[i], name))
				values[i] = value;
	}
	if (file)
		fclose(file);
}

void kernel_rest_accept(void)
{
	kernel_state(kernel_accepted);
}

static bool kernel_left(char *left, size_t size)
{
	long values[KERNEL_KEYS];

	left[0] = '\0';
	kernel_state(values);
	for (size_t i = 0; i < KERNEL_KEYS; i++)
		if (values[i] > kernel_accepted[i])
			snprintf(left + strlen(left), size - strlen(left), " %s %ld",
				 kernel_keys[i], values[i] - kernel_accepted[i]);
	return left[0];
}

bool kernel_at_rest(unsigned int ms, char *left, size_t size)
{
	uint64_t deadline = stop_now() + ms * (STOP_NS_PER_S / 1000);

	while (kernel_left(left, size)) {
		if (stop_now() > deadline)
			return false;
		usleep(2000);
	}
	return true;
}
