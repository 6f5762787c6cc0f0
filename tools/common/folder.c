// SPDX-License-Identifier: MIT
#include "folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int folder_refuse(const char *option, const char *what, const char *path, int number,
			 struct err *err)
{
	err_errno(err, number, "%s: cannot %s the folder '%s'", option, what, path);
	err->code = EXIT_USAGE;
	return -1;
}

int folder_make(const char *option, const char *path, struct err *err)
{
	struct stat info;

	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return folder_refuse(option, "make", path, errno, err);
	if (stat(path, &info) < 0)
		return folder_refuse(option, "make", path, errno, err);
	if (!S_ISDIR(info.st_mode))
		return folder_refuse(option, "make", path, ENOTDIR, err);
	if (access(path, W_OK | X_OK) < 0)
		return folder_refuse(option, "write into", path, errno, err);
	return 0;
}
