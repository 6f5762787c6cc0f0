// SPDX-License-Identifier: MIT
/* Rows of the table, filled from the collected object. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static json_t *root;

static void make(void)
{
	root = json_pack("{s:i, s:s, s:{s:I, s:I, s:I, s:f}, s:b}", "n", 3, "word", "zero copy",
			 "t", "us", (json_int_t)250400, "ms", (json_int_t)12345678, "s",
			 (json_int_t)2500000000, "fps", 29.97, "yes", 1);
}

static void drop(void)
{
	json_decref(root);
}

static void expect(const char *row, const char *want)
{
	char text[100];

	cr_assert(report_fill(root, row, text, sizeof(text)), "%s: a value is missing", row);
	cr_assert_str_eq(text, want);
}

TestSuite(report, .init = make, .fini = drop);

Test(report, values)
{
	expect("no value", "no value");
	expect("{n} of {n}, {word}", "3 of 3, zero copy");
	expect("{yes}", "yes");
	expect("{t.us:ns} {t.ms:ns} {t.s:ns}", "250 us 12.3 ms 2.50 s");
	expect("{t.fps:rate}", "30.0/s");
	expect("{n:bytes}", "3 B");
}

Test(report, bytes)
{
	json_object_set_new(root, "kib", json_integer(1536));
	json_object_set_new(root, "gib", json_integer((json_int_t)5 << 30));
	expect("{kib:bytes} {gib:bytes}", "1.5 KiB 5.0 GiB");
}

Test(report, a_missing_value_leaves_the_row_out)
{
	char text[100];

	cr_assert_not(report_fill(root, "{n} {none}", text, sizeof(text)));
	cr_assert_not(report_fill(root, "{t.none:ns}", text, sizeof(text)));
	cr_assert_not(report_fill(root, "{n.deeper}", text, sizeof(text)));
	cr_assert_not(report_fill(root, "{n:parsecs}", text, sizeof(text)));
}

Test(report, a_short_buffer_is_not_overrun)
{
	char text[8];

	cr_assert(report_fill(root, "{word} and more", text, sizeof(text)));
	cr_assert_eq(strlen(text), sizeof(text) - 1);
}

static json_t *read_back(const struct err *err, const struct report_row *rows, int *code)
{
	char path[] = "/tmp/hdb-test-report-XXXXXX";
	struct err ignored = { 0 };
	struct report report;
	json_t *json;

	close(mkstemp(path));
	cr_assert_eq(report_open(&report, "hdb-test", path, false, &ignored), 0);
	report_set(report.root, "n", json_integer(7));
	*code = report_close(&report, err, rows);
	json = json_load_file(path, 0, NULL);
	unlink(path);
	cr_assert_not_null(json);
	return json;
}

static const struct report_row rows[] = { { "things", "{n}" }, { "absent", "{m}" }, { 0 } };

Test(report, success_is_written, .init = cr_redirect_stdout)
{
	struct err err = { 0 };
	int code;
	json_t *json = read_back(&err, rows, &code);

	cr_assert_eq(code, EXIT_OK);
	cr_assert_stdout_eq_str("things                    7\n");
	cr_assert_str_eq(json_string_value(json_object_get(json, "status")), "ok");
	cr_assert_eq(json_integer_value(json_object_get(json, "n")), 7);
	cr_assert_null(json_object_get(json, "error"));
	json_decref(json);
}

Test(report, failure_is_written_with_its_reason)
{
	struct err err = { .code = EXIT_UNTESTED, .text = "no such thing" };
	int code;
	json_t *json = read_back(&err, rows, &code);

	cr_assert_eq(code, EXIT_UNTESTED);
	cr_assert_str_eq(json_string_value(json_object_get(json, "status")), "untested");
	cr_assert_str_eq(json_string_value(json_object_get(json, "error")), "no such thing");
	cr_assert_eq(json_integer_value(json_object_get(json, "exit")), EXIT_UNTESTED);
	json_decref(json);
}

Test(report, a_file_that_cannot_be_written_is_wrong_usage)
{
	struct err err = { 0 };
	struct report report;

	cr_assert_eq(report_open(&report, "hdb-test", "/nonexistent/x", false, &err), -1);
	cr_assert_eq(err.code, EXIT_USAGE);
	cr_assert(strstr(err.text, "/nonexistent/x"), "%s", err.text);
}

Test(report, a_full_disk_is_a_failure)
{
	struct err err = { 0 };
	struct report report;

	cr_assert_eq(report_open(&report, "hdb-test", "/dev/full", true, &err), 0);
	cr_assert_eq(report_close(&report, &err, rows), EXIT_FAILED);
}
