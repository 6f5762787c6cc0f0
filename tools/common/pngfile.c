// SPDX-License-Identifier: MIT
#include "pngfile.h"

#include <errno.h>
#include <png.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Speed over size: the tools write pictures while frames wait. */
#define ZLIB_LEVEL 3

struct message {
	char *text;
	size_t len;
	const char *path;
};

static bool fail(const struct message *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(const struct message *m, const char *fmt, ...)
{
	va_list args;
	int n;

	if (!m->len)
		return false;
	n = snprintf(m->text, m->len, "%s: ", m->path);
	if (n > 0 && (size_t)n < m->len) {
		va_start(args, fmt);
		vsnprintf(m->text + n, m->len - (size_t)n, fmt, args);
		va_end(args);
	}
	return false;
}

static void on_error(png_structp png, png_const_charp text)
{
	fail(png_get_error_ptr(png), "%s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

/* ---- writing ----------------------------------------------------------- */

/*
 * The part that libpng may leave by longjmp: all that it frees was made by the
 * caller.
 */
static bool write_all(png_structp png, png_infop info, FILE *f, const struct picture *pic,
		      bool alpha, uint8_t *row)
{
	uint32_t x, y, v;
	uint8_t *to;

	if (setjmp(png_jmpbuf(png)))
		return false;
	png_init_io(png, f);
	png_set_compression_level(png, ZLIB_LEVEL);
	png_set_IHDR(png, info, pic->width, pic->height, 8,
		     alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (y = 0; y < pic->height; y++) {
		for (x = 0, to = row; x < pic->width; x++) {
			v = picture_pixel(pic, x, y);
			*to++ = (uint8_t)(v >> 16);
			*to++ = (uint8_t)(v >> 8);
			*to++ = (uint8_t)v;
			if (alpha)
				*to++ = (uint8_t)(v >> 24);
		}
		png_write_row(png, row);
	}
	png_write_end(png, info);
	return true;
}

static bool write_file(FILE *f, const struct picture *pic, bool alpha, struct message *m)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, m, on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	uint8_t *row = malloc((size_t)pic->width * 4 + 1);
	bool ok;

	if (info && row)
		ok = write_all(png, info, f, pic, alpha, row);
	else
		ok = fail(m, "out of memory");
	free(row);
	png_destroy_write_struct(&png, &info);
	if (ok && fflush(f))
		ok = fail(m, "%s", strerror(errno));
	return ok;
}

/* As open() would have made it: mkstemp is stricter than the umask. */
static void set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	(void)!fchmod(fd, 0666 & ~mask);
}

bool pngfile_write(const char *path, const struct picture *pic, bool alpha, char *err,
		   size_t err_len)
{
	struct message m = { err, err_len, path };
	bool ok = false;
	char *temp;
	FILE *f;
	int fd;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return fail(&m, "out of memory");
	fd = mkstemp(temp);
	if (fd < 0) {
		fail(&m, "cannot create it: %s", strerror(errno));
		free(temp);
		return false;
	}
	set_mode(fd);
	f = fdopen(fd, "wb");
	if (f) {
		ok = write_file(f, pic, alpha, &m);
		if (fclose(f) && ok)
			ok = fail(&m, "%s", strerror(errno));
	} else {
		fail(&m, "%s", strerror(errno));
		close(fd);
	}
	if (ok && rename(temp, path))
		ok = fail(&m, "cannot rename %s: %s", temp, strerror(errno));
	if (!ok)
		unlink(temp);
	free(temp);
	return ok;
}

/* ---- reading ----------------------------------------------------------- */

bool pngfile_read(const char *path, struct picture *pic, char *err, size_t err_len)
{
	struct message m = { err, err_len, path };
	png_image image = { .version = PNG_IMAGE_VERSION };
	void *data;

	if (!png_image_begin_read_from_file(&image, path))
		return fail(&m, "%s", image.message);
	image.format = PNG_FORMAT_BGRA;
	data = malloc(PNG_IMAGE_SIZE(image));
	if (!data) {
		png_image_free(&image);
		return fail(&m, "out of memory");
	}
	if (!png_image_finish_read(&image, NULL, data, 0, NULL)) {
		fail(&m, "%s", image.message);
		free(data);
		return false;
	}
	pic->data = data;
	pic->stride = PNG_IMAGE_ROW_STRIDE(image);
	pic->width = image.width;
	pic->height = image.height;
	pic->order = PICTURE_ARGB;
	return true;
}
