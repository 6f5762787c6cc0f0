// SPDX-License-Identifier: MIT
/* Imported buffers, each kept with its texture while its id is announced. */
#include "import.h"
#include "progress.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void import_buffer_close(struct import *import, struct import_buffer *buffer)
{
	struct err why;

	surface_close(&buffer->surface);
	if (buffer->open && import->transport.ops->drop(&import->transport, &buffer->buffer,
							&why) < 0)
		progress_verbose("%s", why.text);
	*buffer = (struct import_buffer){ 0 };
}

void import_buffers_close(struct import *import)
{
	for (uint32_t i = 0; i < META_MAX_BUFFERS; i++)
		import_buffer_close(import, &import->buffer[i]);
}

/*
 * The metadata comes from another domain. It was checked against itself; now
 * against the memory that is really there, since GL will not.
 */
static int import_check_size(int fd, const struct meta *meta, uint64_t *size, struct err *err)
{
	off_t real = lseek(fd, 0, SEEK_END);

	if (real < 0)
		return err_errno(err, errno, "cannot tell the size of a buffer");
	if (meta->size > (uint64_t)real)
		return err_set(err, EXIT_FAILED, "frame %llu claims %llu bytes, its buffer has "
			       "%lld", (unsigned long long)meta->frame,
			       (unsigned long long)meta->size, (long long)real);
	*size = (uint64_t)real;
	return 0;
}

static int import_buffer_open(struct import *import, struct import_buffer *buffer,
			      const struct stream_frame *frame, struct err *err)
{
	const struct meta *meta = &frame->meta;

	buffer->hid = frame->hid;
	buffer->buffer = (struct buffer){
		.width = meta->width, .height = meta->height, .fourcc = meta->fourcc,
		.planes = meta->n_planes, .modifier = meta->modifier,
	};
	for (uint32_t i = 0; i < meta->n_planes; i++) {
		buffer->buffer.offset[i] = meta->planes[i].offset;
		buffer->buffer.stride[i] = meta->planes[i].stride;
	}
	buffer->meta = *meta;
	if (import->transport.ops->take(&import->transport, frame, &buffer->buffer, err) < 0)
		return -1;
	buffer->open = true;
	if (import_check_size(buffer->buffer.fd, meta, &buffer->buffer.size, err) < 0)
		return -1;
	if (!import->blind &&
	    surface_open(&buffer->surface, &import->device.egl, import->device.node,
			 &buffer->buffer, SURFACE_SAMPLE, err) < 0)
		return -1;
	if (!import->blind && !import->setups && surface_is_copy(&buffer->surface))
		progress_note("GL cannot sample the buffers here: each frame is copied");
	import->setups++;
	import->memory += buffer->buffer.size;
	return 0;
}

/* Does the frame lie in the buffer as it was imported? */
static bool import_buffer_fits(const struct import_buffer *buffer, const struct meta *meta)
{
	const struct meta *have = &buffer->meta;

	if (meta->width != have->width || meta->height != have->height ||
	    meta->fourcc != have->fourcc || meta->modifier != have->modifier ||
	    meta->n_planes != have->n_planes || meta->size > buffer->buffer.size)
		return false;
	for (uint32_t i = 0; i < have->n_planes; i++)
		if (meta->planes[i].offset != have->planes[i].offset ||
		    meta->planes[i].stride != have->planes[i].stride)
			return false;
	return true;
}

struct import_buffer *import_buffer_get(struct import *import, const struct stream_frame *frame,
					bool *fresh, struct err *err)
{
	struct import_buffer *buffer = &import->buffer[frame->meta.buffer];

	*fresh = !buffer->open || !hdb_id_equal(buffer->hid, frame->hid) ||
		 !import_buffer_fits(buffer, &frame->meta);
	if (!*fresh)
		return buffer;
	import_buffer_close(import, buffer);
	if (import_buffer_open(import, buffer, frame, err) == 0)
		return buffer;
	import_buffer_close(import, buffer);
	return NULL;
}
