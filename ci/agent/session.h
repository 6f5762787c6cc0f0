/* SPDX-License-Identifier: MIT */
/* A command that runs in the guest for somebody in dom0. */
#ifndef HDB_AGENT_SESSION_H
#define HDB_AGENT_SESSION_H

#include <sys/types.h>

#include "buffer.h"

struct session {
	struct session *next;
	uint32_t id;
	pid_t pid;		/* 0 once it has ended */
	int in;			/* -1: closed; of a terminal the same file as out */
	int out;		/* -1: closed */
	int error;
	bool in_ends;		/* close in when all input is written */
	bool terminal;
	bool told;		/* the exit is sent; what comes now interests nobody */
	int status;
	struct buffer input;
};

/* Starts a command as the leader of its own session. NULL with errno. */
struct session *session_start(uint32_t id, const struct wire_run *run, const char *command,
			      size_t length);

/* Takes bytes for its standard input; none: the end of it. */
void session_input(struct session *session, const void *data, size_t size);

/* Writes more of them, when the command has taken some. */
void session_flush(struct session *session);
void session_resize(struct session *session, const struct wire_size *size);
void session_kill(struct session *session);

/* Reads once from one of its files, @fd, and puts that as a frame into @out. */
void session_output(struct session *session, int *fd, enum wire_type type, struct buffer *out);

/* After the command ended: sends what it left behind, and its status. */
void session_tell(struct session *session, struct buffer *out);
void session_free(struct session *session);

#endif
