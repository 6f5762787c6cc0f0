// SPDX-License-Identifier: MIT
/*
 * The first process of every domain: loads the modules of the initrd, stacks a tmpfs on the
 * read-only root, and goes on there. A guest of a Xen lane becomes the agent in this very process;
 * the others run /opt/hdb/ci/init. One static program without any child: under emulation, in a
 * guest of a guest, starting a process costs a good part of a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"
#include "setup.h"

/* The words of the kernel's command line that are ours. */
static char init_domain[32];
static bool init_probe;

__attribute__((format(printf, 1, 2), noreturn))
static void init_fail(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fprintf(stderr, "hdb-init: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void init_console(void)
{
	int console = open("/dev/console", O_RDWR);

	if (console < 0)
		return;
	dup2(console, 0);
	dup2(console, 1);
	dup2(console, 2);
	if (console > 2)
		close(console);
}

static void init_command_line(void)
{
	char line[4096] = "", *word, *next = line;

	setup_read("/proc/cmdline", line, sizeof(line));
	while ((word = strsep(&next, " \n"))) {
		if (!strncmp(word, "hdb.domain=", 11))
			snprintf(init_domain, sizeof(init_domain), "%s", word + 11);
		else if (!strcmp(word, "hdb.probe"))
			init_probe = true;
	}
}

/* Only asked whether virtual machines work here; Xen also tells what it can run. */
static void init_answer_probe(void)
{
	char can[256] = "";

	setup_read("/sys/hypervisor/properties/capabilities", can, sizeof(can));
	printf("hdb-probe: ok %s\n", can);
	fflush(stdout);
	reboot(RB_POWER_OFF);
}

/* Each line of the list is a file in /modules. */
static void init_modules(const char *list)
{
	char path[256], name[200];
	FILE *file = fopen(list, "re");

	if (!file)
		init_fail("%s", list);
	while (fscanf(file, "%199s", name) == 1) {
		snprintf(path, sizeof(path), "/modules/%s", name);
		if (setup_module(path, "") && errno != EEXIST)
			init_fail("%s", path);
	}
	fclose(file);
}

/* Disks of a Xen guest appear a little after their driver. Returns the letters before a, b, c. */
static const char *init_wait_for_disk(char last)
{
	static const char * const kinds[] = { "/dev/xvd", "/dev/vd" };
	char path[32];
	int tries, kind;

	for (tries = 0; tries < 3000; tries++) {
		for (kind = 0; kind < 2; kind++) {
			snprintf(path, sizeof(path), "%s%c", kinds[kind], last);
			if (access(path, F_OK) == 0)
				return kinds[kind];
		}
		usleep(10000);
	}
	init_fail("no disk after 30 s");
}

static void init_mount(const char *what, const char *where, const char *type,
		       unsigned long flags, const char *data)
{
	if (setup_mount(what, where, type, flags, data))
		init_fail("cannot mount %s", where);
}

static void init_root(const char *disks)
{
	static const char * const moved[] = { "dev", "proc", "sys" };
	char path[32], target[32];
	size_t n;

	snprintf(path, sizeof(path), "%sa", disks);
	init_mount(path, "/lower", "squashfs", MS_RDONLY, NULL);
	init_mount("rw", "/rw", "tmpfs", 0, "mode=755");
	mkdir("/rw/upper", 0755);
	mkdir("/rw/work", 0755);
	init_mount("root", "/new", "overlay", 0,
		   "lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work");
	snprintf(path, sizeof(path), "%sb", disks);
	init_mount(path, "/new/opt/hdb", "squashfs", MS_RDONLY, NULL);
	for (n = 0; n < sizeof(moved) / sizeof(moved[0]); n++) {
		snprintf(path, sizeof(path), "/%s", moved[n]);
		snprintf(target, sizeof(target), "/new/%s", moved[n]);
		init_mount(path, target, NULL, MS_MOVE, NULL);
	}
	/* What the initrd of dom0 holds to start guests with. */
	if (access("/boot", F_OK) == 0)
		init_mount("/boot", "/new/boot", NULL, MS_BIND, NULL);
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		init_fail("cannot change the root");
}

int main(void)
{
	bool guest;

	umask(022);
	init_mount("dev", "/dev", "devtmpfs", 0, NULL);
	init_mount("proc", "/proc", "proc", 0, NULL);
	init_mount("sys", "/sys", "sysfs", 0, NULL);
	init_console();
	init_command_line();
	if (init_probe)
		init_answer_probe();
	guest = !strcmp(init_domain, "a") || !strcmp(init_domain, "b");
	init_modules(guest ? "/modules/guest" : "/modules/host");
	init_root(init_wait_for_disk(guest ? 'c' : 'b'));
	setup_system(init_domain);
	if (guest) {
		setup_guest();
		agent_serve();
	}
	execl("/opt/hdb/ci/init", "init", (char *)NULL);
	init_fail("/opt/hdb/ci/init");
}
