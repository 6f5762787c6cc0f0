// SPDX-License-Identifier: MIT
#include "env.h"
#include "version.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a small file, without its end; false when there is none. */
static bool env_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool good = file && fgets(text, (int)size, file);

	if (file)
		fclose(file);
	if (good)
		text[strcspn(text, "\n")] = '\0';
	return good && text[0];
}

static void env_set(json_t *env, const char *key, const char *text)
{
	json_t *value = json_string(text);

	/* What is no UTF-8 is left out rather than failing the whole. */
	if (value)
		json_object_set_new(env, key, value);
}

static void env_file(json_t *env, const char *key, const char *path)
{
	char text[2048];

	if (env_line(path, text, sizeof(text)))
		env_set(env, key, text);
}

/* Every file of a folder, by name, as one object. */
static void env_folder(json_t *env, const char *key, const char *folder)
{
	DIR *dir = opendir(folder);
	json_t *object;
	struct dirent *entry;

	if (!dir)
		return;
	object = json_object();
	while ((entry = readdir(dir))) {
		char path[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		env_file(object, entry->d_name, path);
	}
	closedir(dir);
	json_object_set_new(env, key, object);
}

static void env_cpu(json_t *env)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
			line[strcspn(line, "\n")] = '\0';
			env_set(env, "cpu", strchr(line, ':') + 2);
			break;
		}
	if (file)
		fclose(file);
	json_object_set_new(env, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(env, "memory",
			    json_integer((json_int_t)sysconf(_SC_PHYS_PAGES) *
					 sysconf(_SC_PAGESIZE)));
}

static void env_xen(json_t *env)
{
	char major[16], minor[16], extra[64] = "", text[128];

	env_file(env, "hypervisor", "/sys/hypervisor/type");
	env_file(env, "guest_type", "/sys/hypervisor/guest_type");
	if (!env_line("/sys/hypervisor/version/major", major, sizeof(major)) ||
	    !env_line("/sys/hypervisor/version/minor", minor, sizeof(minor)))
		return;
	env_line("/sys/hypervisor/version/extra", extra, sizeof(extra));
	snprintf(text, sizeof(text), "%s.%s%s", major, minor, extra);
	env_set(env, "xen", text);
}

char *env_word(const char *cmdline, const char *key)
{
	size_t length = strlen(key);

	while (*cmdline) {
		size_t word = strcspn(cmdline, " \n");

		if (word > length && strncmp(cmdline, key, length) == 0 && cmdline[length] == '=')
			return strndup(cmdline + length + 1, word - length - 1);
		cmdline += word;
		cmdline += strspn(cmdline, " \n");
	}
	return NULL;
}

static void env_told(json_t *env)
{
	static const struct {
		const char *key, *word;
	} words[] = {
		{ "lane", "hdb.lane" }, { "accelerator", "hdb.accel" }, { "qemu", "hdb.qemu" },
		{ "icount", "hdb.icount" }, { "revision", "hdb.revision" },
	};
	char cmdline[2048];

	if (!env_line("/proc/cmdline", cmdline, sizeof(cmdline)))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char *value = env_word(cmdline, words[i].word);

		if (value)
			env_set(env, words[i].key, value);
		free(value);
	}
}

json_t *env_json(void)
{
	json_t *env = json_object();
	struct utsname name;

	env_set(env, "tool", HDB_VERSION);
	if (uname(&name) == 0) {
		env_set(env, "kernel", name.release);
		env_set(env, "kernel_version", name.version);
		env_set(env, "machine", name.machine);
	}
	env_cpu(env);
	env_xen(env);
	env_file(env, "clocksource",
		 "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	env_folder(env, "mitigations", "/sys/devices/system/cpu/vulnerabilities");
	env_folder(env, "driver_parameters", "/sys/module/hyper_dmabuf/parameters");
	env_told(env);
	return env;
}

void env_differences(const json_t *a, const json_t *b, char *text, size_t size)
{
	static const char *const keys[] = { "lane", "accelerator", "icount", "qemu", "kernel",
					    "hypervisor", "guest_type", "xen", "cpu", "cpus",
					    "clocksource" };
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *x = json_object_get(a, keys[i]), *y = json_object_get(b, keys[i]);
		char *left, *right;

		if (x == y || (x && y && json_equal(x, y)))
			continue;
		left = x ? json_dumps(x, JSON_ENCODE_ANY) : NULL;
		right = y ? json_dumps(y, JSON_ENCODE_ANY) : NULL;
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s %s and %s",
						 used ? "; " : "", keys[i], left ? left : "unknown",
						 right ? right : "unknown");
		free(left);
		free(right);
	}
}
