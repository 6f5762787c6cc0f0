// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"
#include "setup.h"

#define SETUP_DRIVER "/opt/hdb/lib/hyper_dmabuf.ko"
/* The one that fuzzers take, and what tells which code of it ran. */
#define SETUP_FUZZ_DRIVER "/opt/hdb/lib/fuzz/hyper_dmabuf.ko"
#define SETUP_COVERAGE "/opt/hdb/lib/fuzz/hdb_coverage.ko"

int setup_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		return -1;
	text[length] = 0;
	text[strcspn(text, "\n")] = 0;
	return 0;
}

static void setup_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "hdb-init: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

int setup_mount(const char *what, const char *where, const char *type, unsigned long flags,
		const char *data)
{
	mkdir(where, 0755);
	return mount(what, where, type, flags, data);
}

int setup_module(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int failed, error;

	if (fd < 0)
		return -1;
	failed = syscall(SYS_finit_module, fd, parameters, 0);
	error = errno;
	close(fd);
	errno = error;
	return failed;
}

void setup_system(const char *domain)
{
	setup_mount("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666");
	setup_mount("shm", "/dev/shm", "tmpfs", 0, "mode=1777");
	setup_mount("run", "/run", "tmpfs", 0, "mode=755");
	setup_mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mkdir("/run/lock", 0755);
	sethostname(domain, strlen(domain));

	setup_write("/proc/sys/kernel/printk", "8");
	/* A task that hangs is to be told of while the lane still runs. */
	setup_write("/proc/sys/kernel/hung_task_timeout_secs", "40");

	setenv("PATH", "/opt/hdb/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	       1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", "linux", 1);
	setenv("HDB_DOMAIN", domain, 1);
	setenv("HDB_OUT", "/out", 1);
	if (chdir("/root"))
		fprintf(stderr, "hdb-init: /root: %s\n", strerror(errno));
}

/* The value of a line NAME=VALUE of the lane's settings: a file of its own, without quoting. */
static void setup_setting(const char *name, char *value, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/out/.lane/%s", name);
	if (setup_read(path, value, size))
		*value = 0;
}

void setup_guest(void)
{
	char value[4096];

	if (setup_mount("/dev/xvdc", "/out", "ext4", MS_NOATIME, NULL)) {
		agent_trouble("cannot mount /out: %s", strerror(errno));
		return;
	}
	/* Little of what a command wrote should be lost with a guest that dies. */
	setup_write("/proc/sys/vm/dirty_expire_centisecs", "100");
	setup_write("/proc/sys/vm/dirty_writeback_centisecs", "100");

	setup_setting("lane", value, sizeof(value));
	setenv("HDB_LANE", value, 1);
	setup_setting("driver", value, sizeof(value));
	if (!strcmp(value, "0") || access(SETUP_DRIVER, F_OK))
		return;
	if (!strcmp(value, "fuzz")) {
		/* For all who load it later, too. */
		if (mount(SETUP_FUZZ_DRIVER, SETUP_DRIVER, NULL, MS_BIND, NULL))
			agent_trouble("no driver for fuzzers: %s", strerror(errno));
		if (access(SETUP_COVERAGE, F_OK) == 0 && setup_module(SETUP_COVERAGE, ""))
			agent_trouble("cannot load hdb_coverage.ko: %s", strerror(errno));
	}
	setup_setting("param", value, sizeof(value));
	if (setup_module(SETUP_DRIVER, value))
		agent_trouble("cannot load hyper_dmabuf.ko: %s", strerror(errno));
}
