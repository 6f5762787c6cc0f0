// SPDX-License-Identifier: MIT
#include "device.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xf86drm.h>

#define DEVICE_SOFTWARE	"software"
#define DEVICE_DRM_MAJOR 226

/* One EGL device, as far as it can be known without a display on it. */
struct device_candidate {
	EGLDeviceEXT egl;
	bool software;
	char node[64];		/* its render node, else its card node */
	char driver[32];	/* of the kernel */
};

static void device_driver(const char *node, char *driver, size_t size)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);
	drmVersion *version = fd >= 0 ? drmGetVersion(fd) : NULL;

	snprintf(driver, size, "%s", version ? version->name : "");
	drmFreeVersion(version);
	if (fd >= 0)
		close(fd);
}

static void device_look(const struct egl_calls *call, EGLDeviceEXT egl,
			struct device_candidate *candidate)
{
	const char *has = call->query_device_string(egl, EGL_EXTENSIONS);
	const char *node = NULL;

	memset(candidate, 0, sizeof(*candidate));
	candidate->egl = egl;
	candidate->software = egl_has(has, "EGL_MESA_device_software");
	if (egl_has(has, "EGL_EXT_device_drm_render_node"))
		node = call->query_device_string(egl, EGL_DRM_RENDER_NODE_FILE_EXT);
	if (!node && egl_has(has, "EGL_EXT_device_drm"))
		node = call->query_device_string(egl, EGL_DRM_DEVICE_FILE_EXT);
	if (!node)
		return;
	snprintf(candidate->node, sizeof(candidate->node), "%s", node);
	device_driver(node, candidate->driver, sizeof(candidate->driver));
}

static void device_pass_over(struct device *device, const char *node, const char *why)
{
	progress_verbose("device %s not taken: %s", node, why);
	json_array_append_new(device->passed_over, json_pack("{s:s, s:s}", "node", node,
							     "why", why));
}

/* Open a GPU; false, with the reason noted, when it is none. */
static bool device_try_gpu(struct device *device, const struct egl_calls *call,
			   const struct device_candidate *candidate)
{
	char why[200];
	struct err err;

	if (strcmp(candidate->driver, "vgem") == 0 || strcmp(candidate->driver, "vkms") == 0) {
		snprintf(why, sizeof(why), "%s has no GPU", candidate->driver);
	} else if (egl_open(&device->egl, call, candidate->egl, &err) < 0) {
		snprintf(why, sizeof(why), "%.190s", err.text);
	} else if (device->egl.software) {
		egl_close(&device->egl);
		snprintf(why, sizeof(why), "Mesa has no driver for %s and would draw on the CPU",
			 candidate->driver);
	} else {
		memcpy(device->node, candidate->node, sizeof(device->node));
		memcpy(device->memory, candidate->node, sizeof(device->memory));
		return true;
	}
	device_pass_over(device, candidate->node[0] ? candidate->node : "(a device without a node)",
			 why);
	return false;
}

static int device_try_software(struct device *device, const struct egl_calls *call,
			       const struct device_candidate *candidates, int count,
			       struct err *err)
{
	for (int i = 0; i < count; i++) {
		char why[sizeof(err->text)];

		if (!candidates[i].software)
			continue;
		if (egl_open(&device->egl, call, candidates[i].egl, err) == 0)
			return 0;
		memcpy(why, err->text, sizeof(why));
		return err_set(err, EXIT_UNTESTED, "cannot be tested here: software rendering: "
			       "%.300s", why);
	}
	return err_set(err, EXIT_UNTESTED, "cannot be tested here: EGL has neither a GPU nor "
		       "software rendering (EGL_MESA_device_software)");
}

/* A node that the user named: is it one, and is it this candidate's? */
static int device_check_node(const char *wanted, struct stat *info, struct err *err)
{
	if (stat(wanted, info) < 0)
		return err_set(err, EXIT_USAGE, "--device: %s: %s", wanted, strerror(errno));
	if (!S_ISCHR(info->st_mode) || major(info->st_rdev) != DEVICE_DRM_MAJOR)
		return err_set(err, EXIT_USAGE, "--device: %s is not a DRM node", wanted);
	return 0;
}

static bool device_is_node(const struct egl_calls *call, const struct device_candidate *candidate,
			   const struct stat *wanted)
{
	static const EGLint names[] = { EGL_DRM_RENDER_NODE_FILE_EXT, EGL_DRM_DEVICE_FILE_EXT };
	struct stat info;

	if (!candidate->node[0])
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *node = call->query_device_string(candidate->egl, names[i]);

		if (node && stat(node, &info) == 0 && info.st_rdev == wanted->st_rdev)
			return true;
	}
	return false;
}

static int device_open_node(struct device *device, const struct egl_calls *call,
			    const struct device_candidate *candidates, int count,
			    const char *wanted, bool memory_only, struct err *err)
{
	char driver[32];
	struct stat info;

	if (device_check_node(wanted, &info, err) < 0)
		return -1;
	for (int i = 0; i < count; i++)
		if (device_is_node(call, &candidates[i], &info) &&
		    device_try_gpu(device, call, &candidates[i]))
			return 0;
	device_driver(wanted, driver, sizeof(driver));
	if (!memory_only)
		return err_set(err, EXIT_USAGE, "--device: there is no GPU behind %s (%s); "
			       "'software' draws on the CPU", wanted,
			       driver[0] ? driver : "no access");
	snprintf(device->memory, sizeof(device->memory), "%s", wanted);
	return device_try_software(device, call, candidates, count, err);
}

static int device_choose(struct device *device, const char *wanted, bool memory_only,
			 struct err *err)
{
	struct device_candidate candidates[EGL_MAX_DEVICES];
	EGLDeviceEXT list[EGL_MAX_DEVICES];
	struct egl_calls call;
	int count = egl_devices(&call, list, err);

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++)
		device_look(&call, list[i], &candidates[i]);
	if (wanted && strcmp(wanted, DEVICE_SOFTWARE) != 0)
		return device_open_node(device, &call, candidates, count, wanted, memory_only,
					err);
	for (int i = 0; i < count && !wanted; i++)
		if (!candidates[i].software && device_try_gpu(device, &call, &candidates[i]))
			return 0;
	return device_try_software(device, &call, candidates, count, err);
}

int device_check(const char *wanted, struct err *err)
{
	struct stat info;

	if (!wanted || strcmp(wanted, DEVICE_SOFTWARE) == 0)
		return 0;
	return device_check_node(wanted, &info, err);
}

int device_open(struct device *device, const char *wanted, bool memory_only, struct err *err)
{
	memset(device, 0, sizeof(*device));
	device->passed_over = json_array();
	if (device_choose(device, wanted, memory_only, err) == 0) {
		progress_verbose("drawing with %s (%s) on %s", device->egl.renderer,
				 device->egl.version,
				 device->node[0] ? device->node : "the software device");
		return 0;
	}
	device_close(device);
	return -1;
}

void device_close(struct device *device)
{
	egl_close(&device->egl);
	json_decref(device->passed_over);
	device->passed_over = NULL;
}

json_t *device_json(const struct device *device)
{
	const char *node = device->node[0] ? device->node : DEVICE_SOFTWARE;

	return json_pack("{s:s, s:s, s:s, s:b, s:O}", "node", node,
			 "renderer", device->egl.renderer, "version", device->egl.version,
			 "software", device->egl.software, "passed_over", device->passed_over);
}
