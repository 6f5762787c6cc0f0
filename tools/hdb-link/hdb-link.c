// SPDX-License-Identifier: MIT
/*
 * hdb-link joins and parts two domains, for whoever administers them. It writes
 * what a toolstack writes for any other device, and knows nothing of the driver
 * but where in xenstore its ends live (link.h).
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "report.h"
#include "watch.h"

#ifndef HDB_VERSION
#define HDB_VERSION "unversioned"
#endif

/* The longest --wait, in seconds. */
#define LINK_WAIT_MAX	86400

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNTESTABLE = 77 };

/**
 * struct options - the command line
 * @json: where the report goes as JSON, or NULL
 * @json_file: that file, open
 * @wait_ms: how long to wait for both kernels
 * @user: the domain whose end is for a program, or NULL
 * @quiet: nothing but errors
 * @verbose: also what is being done
 * @args: what follows the command, @count of them
 */
struct options {
	const char *json;
	FILE *json_file;
	int wait_ms;
	const char *user;
	bool quiet;
	bool verbose;
	char **args;
	int count;
};

/* Any number of pairs of domains, by names that last. */
#define ARGS_PAIRS	(-1)

struct command {
	const char *name;
	int args;
	int (*run)(struct xs_handle *xs, const struct options *options);
};

static const char link_usage[] =
	"Usage: hdb-link [OPTION]... add A B\n"
	"       hdb-link [OPTION]... remove A B\n"
	"       hdb-link [OPTION]... list\n"
	"       hdb-link [OPTION]... watch A B [A B]...\n"
	"\n"
	"Joins and parts two Xen domains, so that their hyper_dmabuf drivers can share\n"
	"buffers. Runs in dom0. A and B are each a domain's name, UUID or id.\n"
	"\n"
	"  add A B        join two running domains; one link carries both directions\n"
	"  remove A B     part them; also clears what a domain that died left behind,\n"
	"                 which then has to be named by its id\n"
	"  list           every link with the state of both ends; `stale` marks one\n"
	"                 that has lost an end\n"
	"\n"
	"  -w, --wait=SECONDS  add: wait until both ends are connected; remove: wait\n"
	"                      until neither kernel holds on (default: 0, do not wait)\n"
	"  -u, --user=DOMAIN   add: a program in A or B plays that end, not its kernel (see\n"
	"                      hdb-fuzz peer); remove: only that link (default: all)\n"
	"  -j, --json=FILE     also write the report as JSON; - for stdout, and no text;\n"
	"                      watch: one object in a line for each event\n"
	"  -q, --quiet         say nothing but errors\n"
	"  -v, --verbose       say what is being done\n"
	"  -h, --help          show this help\n"
	"  -V, --version       show the version\n"
	"\n"
	"Exit status: 0 done; 1 it failed; 2 wrong usage; 77 cannot be done here, there is\n"
	"no xenstore to talk to.\n"
	"\n"
	"Examples:\n"
	"  hdb-link --wait 10 add camera display\n"
	"  hdb-link list --json -\n"
	"  hdb-link watch camera display camera recorder\n";

static int link_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int link_fail(int status, const char *fmt, ...)
{
	va_list args;

	fputs("hdb-link: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* Says why xenstore refused; the usual reason for EACCES is the wrong domain. */
static int link_fail_store(const char *what, int err)
{
	bool denied = err == -EACCES || err == -EPERM;

	return link_fail(EXIT_FAILED, "%s: %s%s", what, strerror(-err),
			 denied ? " (it has to run in dom0)" : "");
}

static int link_report(const struct options *options, const char *action,
		       const struct link *links, size_t count)
{
	json_t *report = report_links(action, links, count);
	int err = 0;

	if (!report)
		return link_fail(EXIT_FAILED, "out of memory");
	if (options->json)
		err = report_json(report, options->json_file);
	if (!options->quiet && !(options->json && !strcmp(options->json, "-")))
		report_text(report);
	json_decref(report);
	if (err)
		return link_fail(EXIT_FAILED, "cannot write %s: %s", options->json,
				 strerror(-err));
	return EXIT_OK;
}

static int link_find_domain(struct xs_handle *xs, const char *spec, struct domain *domain)
{
	switch (domain_find(xs, spec, domain)) {
	case 0:
		return EXIT_OK;
	case -ENOTUNIQ:
		return link_fail(EXIT_FAILED, "several domains are called '%s': use the id", spec);
	default:
		return link_fail(EXIT_FAILED, "no domain is called '%s'", spec);
	}
}

static int link_find_pair(struct xs_handle *xs, char **args, struct domain pair[2])
{
	int status = link_find_domain(xs, args[0], &pair[0]);

	if (!status)
		status = link_find_domain(xs, args[1], &pair[1]);
	if (!status && pair[0].id == pair[1].id)
		status = link_fail(EXIT_FAILED, "'%s' and '%s' are the same domain", args[0],
				   args[1]);
	return status;
}

/* Which of the two --user means. */
static int link_find_user(struct xs_handle *xs, const struct options *options,
			  const struct domain pair[2], int *user)
{
	struct domain domain;

	*user = LINK_USER_NONE;
	if (!options->user)
		return EXIT_OK;
	if (link_find_domain(xs, options->user, &domain))
		return EXIT_FAILED;
	if (domain.id != pair[0].id && domain.id != pair[1].id)
		return link_fail(EXIT_FAILED, "--user: '%s' is neither of the two", options->user);
	*user = domain.id;
	return EXIT_OK;
}

static int link_run_add(struct xs_handle *xs, const struct options *options)
{
	struct domain pair[2];
	struct link link;
	int user, err = link_find_pair(xs, options->args, pair);

	if (!err)
		err = link_find_user(xs, options, pair, &user);
	if (err)
		return err;
	for (int i = 0; i < 2; i++)
		if (!pair[i].alive)
			return link_fail(EXIT_FAILED, "there is no domain %d", pair[i].id);
	err = link_add(xs, &pair[0], &pair[1], user, &link);
	if (err == -EEXIST)
		return link_fail(EXIT_FAILED, "%s and %s are linked already%s", options->args[0],
				 options->args[1], link_is_stale(&link) ?
				 ", by a link that lost an end: remove it first" : "");
	if (err)
		return link_fail_store("cannot write the link", err);
	if (options->verbose)
		printf("linked %s and %s as device %d\n", options->args[0], options->args[1],
		       link.devid);
	if (options->wait_ms)
		err = link_wait_connected(xs, &link, options->wait_ms);
	if (err == -ETIMEDOUT)
		link_fail(EXIT_FAILED, "not connected after %d s: %s is %s, %s is %s",
			  options->wait_ms / 1000, link.front.domain.name,
			  link_state_name(link.front.state), link.back.domain.name,
			  link_state_name(link.back.state));
	else if (err)
		return link_fail_store("the link went while it was waited for", err);
	return link_report(options, "add", &link, 1) || err ? EXIT_FAILED : EXIT_OK;
}

static int link_run_remove(struct xs_handle *xs, const struct options *options)
{
	struct domain pair[2];
	struct link link;
	int user, ret = link_find_pair(xs, options->args, pair);

	if (!ret)
		ret = link_find_user(xs, options, pair, &user);
	if (ret)
		return ret;
	ret = link_remove(xs, pair[0].id, pair[1].id, user, &link);
	if (ret == 0)
		return link_fail(EXIT_FAILED, "%s and %s are not linked", options->args[0],
				 options->args[1]);
	if (ret < 0)
		return link_fail_store("cannot remove the link", ret);
	if (options->verbose)
		printf("removed %d link%s\n", ret, ret > 1 ? "s" : "");
	ret = options->wait_ms ? link_wait_gone(xs, &link, options->wait_ms) : 0;
	if (ret == -ETIMEDOUT)
		return link_fail(EXIT_FAILED, "still held after %d s", options->wait_ms / 1000);
	if (ret)
		return link_fail_store("cannot wait for the link to go", ret);
	return link_report(options, "remove", &link, 1);
}

static int link_run_list(struct xs_handle *xs, const struct options *options)
{
	struct link *links = NULL;
	int count = link_list(xs, &links);
	int status;

	if (count < 0)
		return link_fail_store("cannot read the links", count);
	status = link_report(options, "list", links, (size_t)count);
	free(links);
	return status;
}

static int link_tell(void *data, const char *event, const struct domain *a,
		     const struct domain *b, const char *text)
{
	const struct options *options = data;
	json_t *report = report_event(event, a, b, text);
	int err = report ? 0 : -ENOMEM;

	if (!err && options->json)
		err = report_json_line(report, options->json_file);
	json_decref(report);
	if (!options->quiet && !(options->json && !strcmp(options->json, "-")) &&
	    (puts(text) == EOF || fflush(stdout)))
		err = errno ? -errno : -EIO;
	return err;
}

static int link_run_watch(struct xs_handle *xs, const struct options *options)
{
	const struct watch_sink sink = { .tell = link_tell, .data = (void *)options };
	int err = watch_run(xs, options->args, (size_t)options->count / 2, &sink);

	return err ? link_fail_store("cannot go on watching", err) : EXIT_OK;
}

static const struct command link_commands[] = {
	{ "add", 2, link_run_add },
	{ "remove", 2, link_run_remove },
	{ "list", 0, link_run_list },
	{ "watch", ARGS_PAIRS, link_run_watch },
};

#define LINK_COMMANDS (sizeof(link_commands) / sizeof(link_commands[0]))

static const struct option link_options[] = {
	{ "wait", required_argument, NULL, 'w' },
	{ "user", required_argument, NULL, 'u' },
	{ "json", required_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static int link_parse_wait(const char *text, int *wait_ms)
{
	char *end;
	double seconds = strtod(text, &end);

	/* strtod() takes more than a person means: blanks, hexadecimal, "inf". */
	if (strspn(text, "0123456789.") != strlen(text) || end == text || *end ||
	    !(seconds >= 0 && seconds <= LINK_WAIT_MAX))
		return link_fail(EXIT_USAGE, "--wait takes seconds from 0 to %d, not '%s'",
				 LINK_WAIT_MAX, text);
	*wait_ms = (int)(seconds * 1000);
	return EXIT_OK;
}

/* @given is the argument that getopt_long() did not like, and @kind what it returned. */
static int link_refuse_option(int kind, const char *given)
{
	int length = (int)strcspn(given, "=");

	if (strncmp(given, "--", 2)) {
		/* A letter out of several: @given may be the argument before them. */
		return link_fail(EXIT_USAGE, kind == ':' ? "-%c needs a value (see --help)" :
				 "there is no option -%c (see --help)", optopt);
	}
	if (kind == ':')
		return link_fail(EXIT_USAGE, "%.*s needs a value (see --help)", length, given);
	if (optopt)
		return link_fail(EXIT_USAGE, "%.*s takes no value (see --help)", length, given);
	return link_fail(EXIT_USAGE, "there is no option %.*s (see --help)", length, given);
}

/* What is wrong with the domains, without a look at those that there are. */
static int link_check_domains(const struct options *options, bool ids)
{
	for (int i = 0; i < options->count; i++) {
		const char *arg = options->args[i];

		if (!*arg)
			return link_fail(EXIT_USAGE, "an empty name is no domain");
		if (arg[strspn(arg, "0123456789")] == '\0' && !ids)
			return link_fail(EXIT_USAGE, "watch takes names and UUIDs: the id %s ends "
					 "with its domain", arg);
		if (arg[strspn(arg, "0123456789")] == '\0' &&
		    (strlen(arg) > 9 || atoi(arg) > DOMAIN_ID_MAX))
			return link_fail(EXIT_USAGE, "%s is no domain id: they go from 0 to %d", arg,
					 DOMAIN_ID_MAX);
		if (i % 2 && !strcmp(arg, options->args[i - 1]))
			return link_fail(EXIT_USAGE, "'%s' and '%s' are the same domain", arg, arg);
	}
	return EXIT_OK;
}

static int link_check_arguments(const struct command *command, const struct options *options)
{
	if (command->args != ARGS_PAIRS && options->count != command->args)
		return link_fail(EXIT_USAGE, "%s takes %s", command->name,
				 command->args ? "two domains" : "no arguments");
	if (command->args != ARGS_PAIRS)
		return link_check_domains(options, true);
	if (!options->count || options->count % 2)
		return link_fail(EXIT_USAGE, "%s takes pairs of domains", command->name);
	if (options->count > 2 * WATCH_PAIRS_MAX)
		return link_fail(EXIT_USAGE, "%s takes at most %d pairs", command->name,
				 WATCH_PAIRS_MAX);
	if (options->wait_ms)
		return link_fail(EXIT_USAGE, "--wait is not for %s", command->name);
	return link_check_domains(options, false);
}

/* Returns -1 to go on, or the status to exit with. */
static int link_parse(int argc, char **argv, struct options *options,
		      const struct command **command)
{
	int opt;

	memset(options, 0, sizeof(*options));
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":w:u:j:qvhV", link_options, NULL)) != -1) {
		switch (opt) {
		case 'w':
			if (link_parse_wait(optarg, &options->wait_ms))
				return EXIT_USAGE;
			break;
		case 'u':
			options->user = optarg;
			break;
		case 'j':
			options->json = optarg;
			break;
		case 'q':
			options->quiet = true;
			break;
		case 'v':
			options->verbose = true;
			break;
		case 'h':
			fputs(link_usage, stdout);
			return EXIT_OK;
		case 'V':
			puts("hdb-link " HDB_VERSION);
			return EXIT_OK;
		default:
			return link_refuse_option(opt, argv[optind - 1]);
		}
	}
	if (optind == argc)
		return link_fail(EXIT_USAGE, "what is to be done? add, remove, list or watch (see "
				 "--help)");
	for (size_t i = 0; i < LINK_COMMANDS; i++)
		if (!strcmp(argv[optind], link_commands[i].name))
			*command = &link_commands[i];
	if (!*command)
		return link_fail(EXIT_USAGE, "there is no command '%s': add, remove, list or watch",
				 argv[optind]);
	options->args = argv + optind + 1;
	options->count = argc - optind - 1;
	if (link_check_arguments(*command, options))
		return EXIT_USAGE;
	if (options->user && (*command)->args != 2)
		return link_fail(EXIT_USAGE, "--user is not for %s", (*command)->name);
	/* Before anything is done that could not be reported. */
	if (options->json)
		options->json_file = strcmp(options->json, "-") ? fopen(options->json, "we") : stdout;
	if (options->json && !options->json_file)
		return link_fail(EXIT_USAGE, "--json: cannot write '%s': %s", options->json,
				 strerror(errno));
	return -1;
}

int main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct options options;
	struct xs_handle *xs;
	int status = link_parse(argc, argv, &options, &command);

	if (status >= 0)
		return status;
	xs = xs_open(0);
	if (!xs)
		return link_fail(EXIT_UNTESTABLE, "cannot be done here: no xenstore (%s)",
				 strerror(errno));
	status = command->run(xs, &options);
	xs_close(xs);
	return status;
}
