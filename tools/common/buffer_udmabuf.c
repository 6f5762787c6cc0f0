// SPDX-License-Identifier: MIT
/* Memory from a memfd, made a dma-buf by udmabuf. */
#include "buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_UDMABUF_NODE	"/dev/udmabuf"
#define BUFFER_UDMABUF_LIMIT	"/sys/module/udmabuf/parameters/size_limit_mb"

static int buffer_udmabuf_open(struct buffer_source *source, const char *node, struct err *err)
{
	(void)node;
	snprintf(source->where, sizeof(source->where), BUFFER_UDMABUF_NODE);
	source->fd = open(BUFFER_UDMABUF_NODE, O_RDWR | O_CLOEXEC);
	if (source->fd >= 0)
		return 0;
	err_errno(err, errno, "cannot be tested here: " BUFFER_UDMABUF_NODE);
	err->code = EXIT_UNTESTED;
	return -1;
}

/* udmabuf refuses a buffer above its limit with a bare EINVAL: say so instead. */
static int buffer_udmabuf_check(uint64_t size, struct err *err)
{
	FILE *file = fopen(BUFFER_UDMABUF_LIMIT, "re");
	unsigned int limit;
	int known = file ? fscanf(file, "%u", &limit) : 0;

	if (file)
		fclose(file);
	if (known == 1 && size > (uint64_t)limit << 20)
		return err_set(err, EXIT_FAILED,
			       "udmabuf takes %u MiB at most, not %llu bytes (see "
			       BUFFER_UDMABUF_LIMIT ")", limit, (unsigned long long)size);
	return 0;
}

static int buffer_udmabuf_alloc(struct buffer_source *source, struct buffer *buffer,
				struct err *err)
{
	struct udmabuf_create call = { .flags = UDMABUF_FLAGS_CLOEXEC };
	int memory;

	buffer_layout(buffer);
	if (buffer_udmabuf_check(buffer->size, err) < 0)
		return -1;
	memory = memfd_create("hdb-picture", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (memory < 0)
		return err_errno(err, errno, "cannot create a memfd");
	/* The pages must not go away under the dma-buf: udmabuf insists on the seal. */
	if (ftruncate(memory, (off_t)buffer->size) < 0 ||
	    fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		err_errno(err, errno, "cannot make a memfd of %llu bytes",
			  (unsigned long long)buffer->size);
		close(memory);
		return -1;
	}
	call.memfd = (uint32_t)memory;
	call.size = buffer->size;
	buffer->fd = ioctl(source->fd, UDMABUF_CREATE, &call);
	if (buffer->fd < 0)
		err_errno(err, errno, "cannot allocate %llu bytes from " BUFFER_UDMABUF_NODE,
			  (unsigned long long)buffer->size);
	close(memory);
	return buffer->fd < 0 ? -1 : 0;
}

const struct buffer_source_ops buffer_udmabuf_ops = {
	.name = "udmabuf",
	.open = buffer_udmabuf_open,
	.alloc = buffer_udmabuf_alloc,
};
