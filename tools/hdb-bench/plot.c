// SPDX-License-Identifier: MIT
#include "plot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct plot_info plot_info[PLOTS] = {
	[PLOT_DISTRIBUTION] = { "distribution", "Handing over a frame: distribution",
		"Round trip of one frame, by the share of frames that were not slower. The right "
		"end is "
		"the slowest frame." },
	[PLOT_SCALING] = { "scaling", "Handing over a frame, by its size",
		"Median of the round trip. Without a copy it should not depend on the size." },
	[PLOT_SETUP] = { "setup", "Setting up a buffer, by its size",
		"Median of each step, from the call that shares it to the last page that is free "
		"again." },
	[PLOT_TRANSPORTS] = { "transports", "Copying, compared with hdb in the same run",
		"By which factor a frame takes longer, with 95 % intervals. 1 is no difference." },
	[PLOT_STAGES] = { "stages", "What the first use of a buffer is made of",
		"Shares of the medians of the steps." },
	[PLOT_HISTORY] = { "history", "Handing over a frame, result by result",
		"Median with its 95 % interval, in the order of the results." },
};

/* Categories are told apart by more than their colour. */
#define PLOT_STYLE \
	"set encoding utf8\n" \
	"set border 3 lc rgb '#606060'\n" \
	"set tics nomirror\n" \
	"set grid lc rgb '#d8d8d8' lt 1 lw 0.7\n" \
	"set key outside right top vertical samplen 4 spacing 1.2\n" \
	"set linetype 1 lc rgb '#0072b2' lw 2 pt 7 ps 0.8\n" \
	"set linetype 2 lc rgb '#d55e00' lw 2 pt 5 ps 0.8\n" \
	"set linetype 3 lc rgb '#009e73' lw 2 pt 9 ps 0.9\n" \
	"set linetype 4 lc rgb '#cc79a7' lw 2 pt 11 ps 0.9\n" \
	"set linetype 5 lc rgb '#e69f00' lw 2 pt 13 ps 1\n" \
	"set format y '%.10g'\n"

#define PLOT_CASE "frame/round-trip/"

static const char *const plot_transports[] = { "none", "hdb", "gntdev", "copy" };

static void plot_begin(FILE *script, bool png)
{
	if (png)
		fprintf(script, "set terminal pngcairo size 1000,520 font 'sans,11'\n");
	else
		fprintf(script, "set terminal svg size 880,460 dynamic font 'sans-serif,13' "
			"background rgb '#ffffff'\n");
	fputs(PLOT_STYLE, script);
}

/* "group/what/64x64" as "64x64". */
static const char *plot_size(const struct result *row)
{
	const char *slash = strrchr(row->name, '/');

	return slash ? slash + 1 : row->name;
}

static bool plot_is(const struct result *row, const char *prefix)
{
	return strncmp(row->name, prefix, strlen(prefix)) == 0 && result_has_values(row);
}

/* A text from a file, in gnuplot's quotes. */
static void plot_text(FILE *script, const char *text)
{
	for (; *text; text++)
		fputc(*text == '"' || *text == '\n' || *text == '\\' ? ' ' : *text, script);
}

/* ---- latency by percentile --------------------------------------------- */

static void plot_percentiles(FILE *script, const struct result *row, size_t number)
{
	static const double shares[] = { 0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998,
					 0.999, 0.9995, 0.9999 };
	uint64_t count = row->stats->count;

	fprintf(script, "$d%zu << END\n", number);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		/* Beyond the last value there is nothing to say. */
		if (shares[i] > 0 && (1 - shares[i]) * (double)count < 1)
			break;
		fprintf(script, "%g %g\n", 1 / (1 - shares[i]),
			(double)(shares[i] > 0 ? stats_quantile(row->stats, shares[i])
					       : row->stats->min) / 1e3);
	}
	fprintf(script, "%g %g\nEND\n", (double)count, (double)row->stats->max / 1e3);
}

/* The smallest and the largest picture: what is between lies between. */
static bool plot_is_end(const struct result *row)
{
	return plot_is(row, PLOT_CASE) && row->stats &&
	       (strcmp(plot_size(row), "64x64") == 0 || strcmp(plot_size(row), "3840x2160") == 0);
}

static size_t plot_distribution(FILE *script, const struct results *results, size_t count)
{
	const struct results *last = &results[count - 1];
	size_t lines = 0;

	for (size_t i = 0; i < last->count; i++)
		if (plot_is_end(&last->row[i]))
			plot_percentiles(script, &last->row[i], lines++);
	fprintf(script, "set logscale xy\nset xlabel 'share of frames'\nset ylabel 'microseconds'\n"
		"set xtics ('50 %%%%' 2, '90 %%%%' 10, '99 %%%%' 100, '99.9 %%%%' 1000, "
		"'99.99 %%%%' 1e4)\n"
		"set xrange [1:*]\nplot ");
	lines = 0;
	for (size_t i = 0; i < last->count; i++)
		if (plot_is_end(&last->row[i])) {
			enum transport_kind transport = last->row[i].transport;

			fprintf(script, "%s$d%zu using 1:2 with linespoints lt %u dt %u "
				"title '%s %s'", lines ? ", " : "", lines,
				transport == TRANSPORT_HDB ? 1u : 2u, lines / 2 % 2 ? 2u : 1u,
				plot_transports[transport],
				plot_size(&last->row[i]));
			lines++;
		}
	fputc('\n', script);
	return lines;
}

/* ---- medians by size --------------------------------------------------- */

/* One block of data: bytes, median, low, high in microseconds. */
static size_t plot_medians(FILE *script, const struct results *results, const char *prefix,
			   enum transport_kind transport, size_t number)
{
	size_t points = 0;

	fprintf(script, "$d%zu << END\n", number);
	for (size_t i = 0; i < results->count; i++) {
		const struct result *row = &results->row[i];
		struct rank_interval median;

		if (row->transport != transport || !plot_is(row, prefix))
			continue;
		result_median(row, &median);
		fprintf(script, "%" PRIu64 " %g %g %g %s\n", row->bytes, median.value / 1e3,
			(median.bounded ? median.low : median.value) / 1e3,
			(median.bounded ? median.high : median.value) / 1e3, plot_size(row));
		points++;
	}
	fprintf(script, "END\n");
	return points;
}

static size_t plot_scaling(FILE *script, const struct results *results, size_t count)
{
	const struct results *last = &results[count - 1];
	size_t hdb = plot_medians(script, last, PLOT_CASE, TRANSPORT_HDB, 0);
	size_t copy = plot_medians(script, last, PLOT_CASE, TRANSPORT_COPY, 1);

	fprintf(script, "set logscale xy\nset xlabel 'size of the picture'\n"
		"set ylabel 'microseconds'\nset offsets graph 0.05, graph 0.05, 0, 0\n");
	if (hdb)
		fprintf(script, "plot $d0 using 1:2:3:4:xtic(5) with yerrorlines lt 1 title "
				"'hdb'%s\n",
			copy ? ", $d1 using 1:2:3:4 with yerrorlines lt 2 title 'copy'" : "");
	return hdb;
}

static size_t plot_setup(FILE *script, const struct results *results, size_t count)
{
	static const char *const steps[] = { "export", "import", "first-map", "unexport",
					     "release" };
	size_t drawn[5], lines = 0;

	for (size_t i = 0; i < 5; i++) {
		char prefix[40];

		snprintf(prefix, sizeof(prefix), "setup/%s/", steps[i]);
		drawn[i] = plot_medians(script, &results[count - 1], prefix, TRANSPORT_HDB, i);
	}
	fprintf(script, "set logscale xy\nset xlabel 'size of the buffer'\nset ylabel "
			"'microseconds'\n"
		"set offsets graph 0.05, graph 0.05, 0, 0\nplot ");
	for (size_t i = 0; i < 5; i++)
		if (drawn[i])
			fprintf(script, "%s$d%zu using 1:2:3:4:xtic(5) with yerrorlines lt %zu "
					"title '%s'",
				lines++ ? ", " : "", i, i + 1, steps[i]);
	fputc('\n', script);
	return lines;
}

/* ---- transports, stages, history --------------------------------------- */

static size_t plot_factors(FILE *script, const struct results *results, size_t count)
{
	const struct results *last = &results[count - 1];
	size_t bars = 0;

	fprintf(script, "$d << END\n");
	for (size_t i = 0; i < last->count; i++) {
		const struct result *copy = &last->row[i];
		const struct result *hdb = result_find(last, copy->name, TRANSPORT_HDB);
		struct rank_interval ratio;

		if (copy->transport != TRANSPORT_COPY || !plot_is(copy, PLOT_CASE) || !hdb ||
		    !result_ratio(hdb, copy, &ratio))
			continue;
		fprintf(script, "%s %g %g %g\n", plot_size(copy), ratio.value,
			ratio.bounded ? ratio.low : ratio.value,
			ratio.bounded ? ratio.high : ratio.value);
		bars++;
	}
	fprintf(script, "END\nset logscale y\nset ylabel 'copy / hdb'\nset xlabel 'size of the "
			"picture'\n"
		"unset key\nset style fill solid 0.8\nset boxwidth 0.5\nset xrange [-0.6:%zu.6]\n"
		"set yrange [0.5:*]\n"
		"plot $d using 0:2:3:4:(0.5):xtic(1) with boxerrorbars lt 2, 1 lc rgb '#404040' "
		"dt 2, "
		"$d using 0:4:(sprintf('%%.3g x', $2)) with labels offset 0,0.8 tc rgb '#202020'\n",
		bars ? bars - 1 : 0);
	return bars;
}

static size_t plot_stages(FILE *script, const struct results *results, size_t count)
{
	static const char *const steps[] = { "export", "import", "first-map", "release" };
	const struct results *last = &results[count - 1];
	size_t rows = 0;

	fprintf(script, "$d << END\n");
	for (size_t i = 0; i < last->count; i++) {
		const struct result *export = &last->row[i];
		struct rank_interval median[4];
		double all = 0;

		if (export->transport != TRANSPORT_HDB || !plot_is(export, "setup/export/"))
			continue;
		for (size_t k = 0; k < 4; k++) {
			const struct result *row;
			char name[128];

			snprintf(name, sizeof(name), "setup/%s/%s", steps[k], plot_size(export));
			row = result_find(last, name, TRANSPORT_HDB);
			median[k] = (struct rank_interval){ 0 };
			if (row && result_has_values(row))
				result_median(row, &median[k]);
			all += median[k].value;
		}
		fprintf(script, "%s", plot_size(export));
		for (size_t k = 0; k < 4; k++)
			fprintf(script, " %g", all > 0 ? median[k].value / all * 100 : 0);
		fputc('\n', script);
		rows++;
	}
	fprintf(script, "END\nset style data histograms\nset style histogram rowstacked\n"
		"set style fill solid 0.85 border rgb '#ffffff'\nset boxwidth 0.6\nset yrange "
		"[0:100]\n"
		"set ylabel 'percent'\nset xlabel 'size of the buffer'\n"
		"plot $d using 2:xtic(1) title 'export', $d using 3 title 'import', $d using 4 "
		"title "
		"'first map', $d using 5 title 'release'\n");
	return rows;
}

static size_t plot_history(FILE *script, const struct results *results, size_t count)
{
	static const char *const sizes[] = { "64x64", "3840x2160" };
	size_t points = 0;

	for (size_t s = 0; s < 2; s++) {
		char name[64];

		snprintf(name, sizeof(name), PLOT_CASE "%s", sizes[s]);
		fprintf(script, "$d%zu << END\n", s);
		for (size_t i = 0; i < count; i++) {
			const struct result *row = result_find(&results[i], name, TRANSPORT_HDB);
			const char *revision = json_string_value(
				json_object_get(results[i].environment, "revision"));
			struct rank_interval median;

			if (!row || !result_has_values(row))
				continue;
			result_median(row, &median);
			fprintf(script, "%zu %g %g %g \"", i, median.value / 1e3,
				(median.bounded ? median.low : median.value) / 1e3,
				(median.bounded ? median.high : median.value) / 1e3);
			plot_text(script, revision ? revision : "?");
			fprintf(script, "\"\n");
			points++;
		}
		fprintf(script, "END\n");
	}
	fprintf(script, "set ylabel 'microseconds'\nset yrange [0:*]\nset xrange [-0.5:%zu.5]\n"
		"set xtics rotate by -30\nset xlabel 'revision'\n"
		"plot $d0 using 1:2:3:4:xtic(5) with yerrorlines lt 1 title '%s', "
		"$d1 using 1:2:3:4 with yerrorlines lt 3 title "
		"'%s'\n", count - 1, sizes[0], sizes[1]);
	/* One point is no history. */
	return count > 1 ? points : 0;
}

char *plot_script(enum plot_kind kind, const struct results *results, size_t count, bool png)
{
	static size_t (*const draw[PLOTS])(FILE *script, const struct results *results,
					   size_t count) = {
		[PLOT_DISTRIBUTION] = plot_distribution,
		[PLOT_SCALING] = plot_scaling,
		[PLOT_SETUP] = plot_setup,
		[PLOT_TRANSPORTS] = plot_factors,
		[PLOT_STAGES] = plot_stages,
		[PLOT_HISTORY] = plot_history,
	};
	char *text = NULL;
	size_t size, drawn;
	FILE *script = open_memstream(&text, &size);

	if (!script)
		return NULL;
	plot_begin(script, png);
	drawn = draw[kind](script, results, count);
	if (fclose(script) != 0 || !drawn) {
		free(text);
		return NULL;
	}
	return text;
}
