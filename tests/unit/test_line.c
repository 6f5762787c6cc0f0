// SPDX-License-Identifier: MIT
/* The tools' own link, by its socket: what is sent arrives, nothing that comes is believed. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "line.h"
#include "stop.h"

static struct line exporter, importer;
static struct err err;

/* Each test runs beside others, and has a name of its own for the socket. */
static struct peer peer(void)
{
	return (struct peer){ .domain = (uint32_t)getpid(), .loopback = true };
}

static void start(void)
{
	const struct peer other = peer();

	cr_assert_eq(line_open(&exporter, &other, TRANSPORT_COPY, true, 2, &err), 0, "%s",
		     err.text);
	cr_assert_eq(line_open(&importer, &other, TRANSPORT_COPY, false, 2, &err), 0, "%s",
		     err.text);
}

static void end(void)
{
	line_close(&importer);
	line_close(&exporter);
}

TestSuite(line, .init = start, .fini = end, .timeout = 30);

/* The next message within a second, or what line_next() says for good. */
static int soon(struct line *line, struct line_message *message)
{
	uint64_t limit = stop_now() + STOP_NS_PER_S;
	int got;

	do
		got = line_next(line, message, &err);
	while (got == 0 && line_alive(line) && stop_now() < limit);
	return got;
}

static void say(struct line *line, const char *text, const void *bulk, size_t size)
{
	uint8_t meta[META_SIZE] = { 0 };

	memcpy(meta, text, strlen(text));
	cr_assert_eq(line_begin(line, meta, size, &err), 0, "%s", err.text);
	cr_assert_eq(line_put(line, bulk, size, &err), 0, "%s", err.text);
}

static void hears(struct line *line, const char *text, size_t size)
{
	struct line_message message;

	cr_assert_eq(soon(line, &message), 1, "%s", err.text);
	cr_assert_str_eq((char *)message.meta, text);
	cr_assert_eq(message.bulk, size);
}

/* Connects; there is nothing to hear yet. */
static void connect_both(void)
{
	struct line_message message;

	cr_assert_eq(line_next(&importer, &message, &err), 0);
	cr_assert_eq(line_next(&exporter, &message, &err), 0);
	cr_assert(importer.up && exporter.up);
}

Test(line, carries_messages_both_ways)
{
	char bulk[6];

	connect_both();
	say(&exporter, "one", "12345", 6);
	say(&exporter, "two", "", 0);
	hears(&importer, "one", 6);
	cr_assert_eq(line_take(&importer, bulk, sizeof(bulk), &err), 0);
	cr_assert_str_eq(bulk, "12345");
	hears(&importer, "two", 0);
	say(&importer, "three", "", 0);
	hears(&exporter, "three", 0);
}

Test(line, an_importer_may_come_first_or_last)
{
	const struct peer other = peer();
	struct line_message message;

	line_close(&exporter);
	cr_assert_eq(line_next(&importer, &message, &err), 0);
	cr_assert(!importer.up && line_alive(&importer));
	cr_assert_eq(line_open(&exporter, &other, TRANSPORT_COPY, true, 2, &err), 0);
	connect_both();
}

/* More than any socket holds: the two ends have to wait for each other. */
Test(line, carries_more_than_there_is_room_for)
{
	size_t count = 4 << 20;
	uint32_t *words = malloc(count * 4);
	int status;
	pid_t child;

	connect_both();
	child = fork();
	if (child == 0) {
		for (uint32_t i = 0; i < count; i++)
			words[i] = i * 2654435761u;
		say(&exporter, "many", words, count * 4);
		_exit(0);
	}
	hears(&importer, "many", count * 4);
	cr_assert_eq(line_take(&importer, words, count * 4, &err), 0, "%s", err.text);
	for (uint32_t i = 0; i < count; i++)
		cr_assert_eq(words[i], i * 2654435761u, "word %u", i);
	waitpid(child, &status, 0);
	cr_assert_eq(status, 0);
	free(words);
}

Test(line, what_was_sent_before_the_end_arrives)
{
	struct line_message message;

	connect_both();
	say(&exporter, "last", "", 0);
	line_close(&exporter);
	hears(&importer, "last", 0);
	cr_assert_eq(soon(&importer, &message), 0);
	cr_assert(!line_alive(&importer));
	cr_assert_eq(line_fd(&importer), -1);
}

Test(line, last_words_are_heard_by_one_who_cannot_speak_any_more)
{
	static uint8_t much[1 << 20];
	uint8_t meta[META_SIZE] = { 0 };

	connect_both();
	say(&importer, "bye", "", 0);
	line_close(&importer);
	cr_assert(line_begin(&exporter, meta, sizeof(much), &err) < 0 ||
		  line_put(&exporter, much, sizeof(much), &err) < 0);
	cr_assert(strstr(err.text, "went away"), "%s", err.text);
	hears(&exporter, "bye", 0);
}

Test(line, half_a_message_is_a_failure)
{
	uint8_t meta[META_SIZE] = { 0 }, byte;
	char bulk[100];

	connect_both();
	cr_assert_eq(line_begin(&exporter, meta, sizeof(bulk), &err), 0);
	cr_assert_eq(line_put(&exporter, "x", 1, &err), 0);
	line_close(&exporter);
	hears(&importer, "", sizeof(bulk));
	cr_assert_eq(line_take(&importer, &byte, 1, &err), 0);
	cr_assert_eq(line_take(&importer, bulk, sizeof(bulk) - 1, &err), -1);
	cr_assert(strstr(err.text, "went away"), "%s", err.text);
	cr_assert(!line_alive(&importer));
}

Test(line, nobody_there_is_said_in_time)
{
	uint8_t meta[META_SIZE] = { 0 };
	uint64_t began = stop_now();

	cr_assert_eq(line_begin(&exporter, meta, 0, &err), -1);
	cr_assert(strstr(err.text, "is hdb-import --transport copy running there?"), "%s",
		  err.text);
	cr_assert(stop_now() - began < 4 * STOP_NS_PER_S);
	/* It may come yet. */
	cr_assert(line_alive(&exporter));
}

Test(line, one_who_does_not_read_is_not_waited_for)
{
	static uint8_t much[16 << 20];
	uint8_t meta[META_SIZE] = { 0 };
	uint64_t began = stop_now();

	connect_both();
	cr_assert_eq(line_begin(&exporter, meta, sizeof(much), &err), 0);
	cr_assert_eq(line_put(&exporter, much, sizeof(much), &err), -1);
	cr_assert(strstr(err.text, "did not go on within 2 s"), "%s", err.text);
	cr_assert(stop_now() - began < 5 * STOP_NS_PER_S);
}

Test(line, another_transport_is_refused)
{
	const struct peer other = peer();
	struct line_message message;

	line_close(&importer);
	cr_assert_eq(line_open(&importer, &other, TRANSPORT_GNTDEV, false, 2, &err), 0);
	connect_both();
	say(&exporter, "pixels", "", 0);
	cr_assert_eq(soon(&importer, &message), -1);
	cr_assert(strstr(err.text, "another --transport"), "%s", err.text);
	cr_assert(!line_alive(&importer));
}

/* What anybody may write who gets hold of the other end. */
static void refuses(size_t at, uint8_t value, const char *words)
{
	uint8_t head[LINE_HEAD] = { 'h', 'd', 'b', 'l', LINE_VERSION, 0, TRANSPORT_COPY };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path + 1, 100, "hdb-line-%u-%u", geteuid(),
			      (unsigned int)getpid());
	int raw = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct line_message message;

	cr_assert_eq(connect(raw, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					 (size_t)length)), 0);
	head[at] = value;
	cr_assert_eq(write(raw, head, sizeof(head)), sizeof(head));
	cr_assert_eq(soon(&exporter, &message), -1);
	cr_assert(strstr(err.text, words), "%s", err.text);
	cr_assert(!line_alive(&exporter));
	close(raw);
}

Test(line, what_is_no_message_is_refused)
{
	refuses(0, 'H', "it is no message");
}

Test(line, another_version_is_refused)
{
	refuses(5, 1, "another version");
}

Test(line, there_is_one_exporter_at_a_time)
{
	const struct peer other = peer();
	struct line second;

	cr_assert_eq(line_open(&second, &other, TRANSPORT_COPY, true, 2, &err), -1);
	cr_assert(strstr(err.text, "another hdb-export"), "%s", err.text);
}
