// SPDX-License-Identifier: MIT
/* hdb-bench report: plots and a page. */
#include "commands.h"
#include "folder.h"
#include "page.h"
#include "plot.h"
#include "progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int report_file(const char *folder, const char *name, const char *ending,
		       const char *data, size_t size, struct err *err)
{
	char path[4096];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, ending);
	file = fopen(path, "we");
	good = file && fwrite(data, 1, size, file) == size;
	if (file)
		good = fclose(file) == 0 && good;
	return good ? 0 : err_errno(err, errno, "cannot write '%s'", path);
}

/* Draw one plot as SVG, and write both forms where there is a folder for them. */
static int report_plot(enum plot_kind kind, const struct results *results, size_t count,
		       const char *folder, char **svg, struct err *err)
{
	for (unsigned int png = 0; png <= (folder ? 1u : 0u); png++) {
		char *script = plot_script(kind, results, count, png), *picture;
		size_t size;
		int status = 0;

		if (!script)
			return 0;
		picture = plot_draw(script, &size, err);
		free(script);
		if (!picture)
			return -1;
		if (folder)
			status = report_file(folder, plot_info[kind].name, png ? "png" : "svg",
					     picture, size, err);
		if (png)
			free(picture);
		else
			*svg = picture;
		if (status < 0)
			return -1;
	}
	return 0;
}

static int report_page(const char *path, const struct results *results, size_t count,
		       char *const svg[PLOTS], struct err *err)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return err_errno(err, errno, "--html: cannot write '%s'", path);
	page_write(file, results, count, svg);
	good = !ferror(file);
	good = fclose(file) == 0 && good;
	return good ? 0 : err_errno(err, errno, "--html: cannot write '%s'", path);
}

static int report_all(const struct bench_options *options, const struct results *results,
		      size_t count, struct err *err)
{
	char *svg[PLOTS] = { NULL };
	int status = 0;

	if (options->plots && folder_make("--plots", options->plots, err) < 0)
		return -1;
	for (enum plot_kind kind = 0; status == 0 && kind < PLOTS; kind++)
		status = report_plot(kind, results, count, options->plots, &svg[kind], err);
	if (status == 0)
		status = report_page(options->html, results, count, svg, err);
	for (size_t i = 0; i < PLOTS; i++)
		free(svg[i]);
	if (status == 0)
		progress_note("written: %s", options->html);
	return status;
}

int command_report(int argc, char **argv)
{
	struct bench_options options;
	struct results *results;
	struct err err = { 0 };
	enum options_result parsed = bench_options_report(argc, argv, &options, &err);
	size_t count, loaded = 0;
	int status = 0;

	if (parsed != OPTIONS_RUN)
		return command_parsed(parsed, &err);
	progress_init("hdb-bench", options.quiet, false);
	count = (size_t)options.operands.count;
	results = calloc(count, sizeof(*results));
	if (!results)
		status = err_errno(&err, ENOMEM, "cannot report");
	for (; status == 0 && loaded < count; loaded++)
		status = results_load(&results[loaded], options.operands.text[loaded], &err);
	if (status == 0)
		status = report_all(&options, results, count, &err);
	for (size_t i = 0; results && i < loaded; i++)
		results_free(&results[i]);
	free(results);
	return status < 0 ? command_end(&err) : EXIT_OK;
}
