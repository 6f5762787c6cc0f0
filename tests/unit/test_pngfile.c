// SPDX-License-Identifier: MIT
/* PNG files: every pixel survives; a failure leaves nothing behind. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <png.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "pngfile.h"
#include "scratch.h"

#define W 37
#define H 23
#define STRIDE (W * 4 + 12)

static uint8_t noise[STRIDE * H];
static char err[300];

static struct picture noise_picture(enum picture_order order)
{
	size_t i;

	srand(7);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)rand();
	return (struct picture){ noise, STRIDE, W, H, order };
}

TestSuite(pngfile, .init = scratch_open, .fini = scratch_close);

static void round_trip(enum picture_order order, bool alpha)
{
	struct picture in = noise_picture(order), out;
	const char *path = scratch_path("a.png");
	uint32_t x, y;

	cr_assert(pngfile_write(path, &in, alpha, err, sizeof(err)), "%s", err);
	cr_assert(pngfile_read(path, &out, err, sizeof(err)), "%s", err);
	cr_assert(out.width == W && out.height == H);
	for (y = 0; y < H; y++)
		for (x = 0; x < W; x++)
			cr_assert_eq(picture_pixel(&out, x, y),
				     picture_pixel(&in, x, y) | (alpha ? 0 : 0xff000000));
	free((void *)out.data);
	cr_expect_eq(scratch_count(), 1);
}

Test(pngfile, round_trip)
{
	round_trip(PICTURE_RGBA, true);
	round_trip(PICTURE_RGBA, false);
	round_trip(PICTURE_ARGB, true);
	round_trip(PICTURE_ARGB, false);
}

/* libpng itself, asked for plain RGBA, sees red where red is. */
Test(pngfile, colours_are_right)
{
	static const uint8_t pixel[4] = { 10, 20, 30, 40 };	/* R, G, B, A */
	struct picture in = { pixel, 4, 1, 1, PICTURE_RGBA };
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t out[4] = { 0 };

	cr_assert(pngfile_write(scratch_path("a.png"), &in, true, err, sizeof(err)), "%s", err);
	cr_assert(png_image_begin_read_from_file(&image, scratch_path("a.png")));
	image.format = PNG_FORMAT_RGBA;
	cr_assert(png_image_finish_read(&image, NULL, out, 0, NULL));
	cr_expect_arr_eq(out, pixel, 4);
}

Test(pngfile, mode_follows_umask)
{
	struct picture in = noise_picture(PICTURE_ARGB);
	struct stat st;

	umask(027);
	cr_assert(pngfile_write(scratch_path("a.png"), &in, false, err, sizeof(err)), "%s", err);
	cr_assert_eq(stat(scratch_path("a.png"), &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0640);
}

Test(pngfile, no_such_folder)
{
	struct picture in = noise_picture(PICTURE_ARGB);

	cr_expect(!pngfile_write("/nonexistent/a.png", &in, false, err, sizeof(err)));
	cr_expect_str_eq(err, "/nonexistent/a.png: cannot create it: No such file or directory");
	cr_expect(!pngfile_write("/nonexistent/a.png", &in, false, NULL, 0));
}

/* The name is taken by a folder: the temporary file goes away again. */
Test(pngfile, cannot_rename)
{
	struct picture in = noise_picture(PICTURE_ARGB);

	cr_assert_eq(mkdir(scratch_path("a.png"), 0700), 0);
	cr_expect(!pngfile_write(scratch_path("a.png"), &in, false, err, sizeof(err)));
	cr_expect(strstr(err, "cannot rename"), "%s", err);
	cr_expect_eq(scratch_count(), 1);
	rmdir(scratch_path("a.png"));
}

/* The disk is full, as far as this process can tell; the old file stays. */
Test(pngfile, no_space)
{
	struct picture in = noise_picture(PICTURE_ARGB), out;
	struct rlimit small = { 500, 500 };
	int fd = open(scratch_path("a.png"), O_CREAT | O_WRONLY, 0600);

	cr_assert(fd >= 0 && close(fd) == 0);
	cr_assert(pngfile_write(scratch_path("a.png"), &in, false, err, sizeof(err)));
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	cr_expect(!pngfile_write(scratch_path("a.png"), &in, true, err, sizeof(err)));
	cr_expect(strlen(err) > strlen(scratch_path("a.png")) + 2, "%s", err);
	cr_expect_eq(scratch_count(), 1);
	cr_assert(pngfile_read(scratch_path("a.png"), &out, err, sizeof(err)), "%s", err);
	free((void *)out.data);
}

Test(pngfile, read_what_is_not_one)
{
	struct picture out;
	FILE *f = fopen(scratch_path("text"), "w");

	cr_assert(f && fputs("not a picture", f) >= 0 && fclose(f) == 0);
	cr_expect(!pngfile_read(scratch_path("text"), &out, err, sizeof(err)));
	cr_expect(strstr(err, "/text: "), "%s", err);
	cr_expect(!pngfile_read(scratch_path("missing"), &out, err, sizeof(err)));
	cr_expect(strstr(err, "/missing: "), "%s", err);
}
