// SPDX-License-Identifier: MIT
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "agent.h"
#include "channel.h"
#include "session.h"

/* Commands at a time. */
#define AGENT_SESSIONS 64

/* Bytes that may wait for dom0 before commands have to wait for it too. */
#define AGENT_QUEUE_MAX (1024u * 1024)

static struct session *agent_sessions;
static struct channel agent_channel;
static char agent_trouble_text[256];

static struct session *agent_find(uint32_t id)
{
	struct session *session;

	for (session = agent_sessions; session; session = session->next)
		if (session->id == id && !session->told)
			return session;
	return NULL;
}

static unsigned int agent_count(void)
{
	struct session *session;
	unsigned int count = 0;

	for (session = agent_sessions; session; session = session->next)
		count++;
	return count;
}

static void agent_refuse(uint32_t id, const char *why)
{
	int32_t status = WIRE_STATUS_GONE;

	frame_put(&agent_channel.out, id, WIRE_ERROR, why, strlen(why));
	frame_put(&agent_channel.out, id, WIRE_EXIT, &status, sizeof(status));
}

static void agent_run(uint32_t id, const unsigned char *payload, size_t size)
{
	struct session *session;
	struct wire_run run;

	if (size < sizeof(run))
		return;
	memcpy(&run, payload, sizeof(run));
	if (agent_count() >= AGENT_SESSIONS) {
		agent_refuse(id, "hdb-agent: too many commands at once\n");
		return;
	}
	session = session_start(id, &run, (const char *)payload + sizeof(run),
				size - sizeof(run));
	if (!session) {
		agent_refuse(id, "hdb-agent: cannot start a process\n");
		return;
	}
	session->next = agent_sessions;
	agent_sessions = session;
}

static void agent_frame(const struct wire_frame *frame, const unsigned char *payload)
{
	struct session *session = agent_find(frame->session);
	struct wire_size size;

	if (frame->type == WIRE_RUN) {
		agent_run(frame->session, payload, frame->size);
		return;
	}
	if (!session)
		return;
	switch (frame->type) {
	case WIRE_INPUT:
		session_input(session, payload, frame->size);
		break;
	case WIRE_SIZE:
		if (frame->size != sizeof(size))
			break;
		memcpy(&size, payload, sizeof(size));
		session_resize(session, &size);
		break;
	case WIRE_KILL:
		session_kill(session);
		break;
	}
}

static void agent_frames(void)
{
	const unsigned char *payload;
	struct wire_frame frame;

	while (frame_peek(&agent_channel.in, &frame, &payload)) {
		agent_frame(&frame, payload);
		frame_drop(&agent_channel.in, &frame);
	}
}

static void agent_reap(int signals)
{
	struct signalfd_siginfo info;
	struct session *session;
	int status;
	pid_t pid;

	while (read(signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (session = agent_sessions; session; session = session->next) {
			if (session->pid != pid)
				continue;
			session->pid = 0;
			session->status = WIFEXITED(status) ? WEXITSTATUS(status) :
							      128 + WTERMSIG(status);
			session_tell(session, &agent_channel.out);
		}
	}
}

static void agent_forget(void)
{
	struct session **link = &agent_sessions, *session;

	while ((session = *link)) {
		if (session->told && session->out < 0 && session->error < 0) {
			*link = session->next;
			session_free(session);
		} else {
			link = &session->next;
		}
	}
}

static void agent_wait(int signals)
{
	struct pollfd files[2 + 3 * AGENT_SESSIONS];
	struct session *session;
	nfds_t count = 2, at;
	bool listen = agent_channel.out.used < AGENT_QUEUE_MAX;

	files[0] = (struct pollfd){ .fd = channel_fd(&agent_channel), .events = POLLIN };
	files[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
	for (session = agent_sessions; session; session = session->next) {
		files[count++] = (struct pollfd){ listen ? session->out : -1, POLLIN, 0 };
		files[count++] = (struct pollfd){ listen ? session->error : -1, POLLIN, 0 };
		files[count++] = (struct pollfd){ session->input.used ? session->in : -1,
						  POLLOUT, 0 };
	}
	if (poll(files, count, -1) < 0) {
		if (errno != EINTR)
			err(1, "poll");
		return;
	}
	at = 2;
	for (session = agent_sessions; session; session = session->next) {
		if (files[at++].revents)
			session_output(session, &session->out, WIRE_OUTPUT, &agent_channel.out);
		if (files[at++].revents)
			session_output(session, &session->error, WIRE_ERROR, &agent_channel.out);
		if (files[at++].revents)
			session_flush(session);
	}
	if (files[1].revents)
		agent_reap(signals);
	if (files[0].revents)
		channel_event(&agent_channel);
}

void agent_trouble(const char *format, ...)
{
	va_list arguments;

	if (*agent_trouble_text)
		return;
	va_start(arguments, format);
	vsnprintf(agent_trouble_text, sizeof(agent_trouble_text), format, arguments);
	va_end(arguments);
}

static void agent_tell_trouble(void)
{
	struct xs_handle *xenstore;

	if (!*agent_trouble_text)
		return;
	xenstore = xs_open(0);
	if (!xenstore || !xs_write(xenstore, XBT_NULL, WIRE_XENSTORE_TROUBLE, agent_trouble_text,
				   strlen(agent_trouble_text)))
		warn("cannot tell dom0: %s", agent_trouble_text);
	if (xenstore)
		xs_close(xenstore);
}

void agent_serve(void)
{
	sigset_t child;
	int signals;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0)
		err(1, "signalfd");
	agent_tell_trouble();
	if (!channel_offer(&agent_channel))
		err(1, "cannot offer a channel to dom0");
	for (;;) {
		channel_pump(&agent_channel);
		agent_frames();
		agent_forget();
		channel_pump(&agent_channel);
		agent_wait(signals);
	}
}
