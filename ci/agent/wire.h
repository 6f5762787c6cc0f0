/* SPDX-License-Identifier: MIT */
/*
 * What dom0's hub and a guest's agent say to each other, and "on" to the hub: frames in a byte
 * stream. A session is one command; its number is chosen by the hub (0 between "on" and hub).
 */
#ifndef HDB_AGENT_WIRE_H
#define HDB_AGENT_WIRE_H

#include <stdint.h>

/* Where the agent offers its channel, below its domain's home in xenstore. */
#define WIRE_XENSTORE_PATH "data/hdb-agent"

/* What went wrong in a guest before it was ready, if something did. */
#define WIRE_XENSTORE_TROUBLE "data/hdb-trouble"

/* Where the hub of a guest listens, in dom0; %s is the guest's name. */
#define WIRE_SOCKET_PATH "/run/hdb/%s.sock"

/* No frame's payload is longer, in bytes. A command has to fit. */
#define WIRE_PAYLOAD_MAX (256u * 1024)

enum wire_type {
	/* towards the guest */
	WIRE_RUN,	/* struct wire_run, then the command without a terminating zero */
	WIRE_INPUT,	/* bytes for the command's standard input; none: end of input */
	WIRE_SIZE,	/* struct wire_size: the person's window changed */
	WIRE_KILL,	/* end the command, whatever it does */
	/* from the guest */
	WIRE_OUTPUT,	/* bytes of standard output */
	WIRE_ERROR,	/* bytes of standard error */
	WIRE_EXIT,	/* int32_t: the exit status as a shell would say it; the session is over */
};

struct wire_frame {
	uint32_t session;
	uint32_t type;		/* enum wire_type */
	uint32_t size;		/* bytes of payload that follow */
};

/* What a command's standard input is. */
enum wire_input {
	WIRE_INPUT_NONE,
	WIRE_INPUT_PIPE,
	WIRE_INPUT_TERMINAL,	/* and output too: a pseudo-terminal */
};

struct wire_size {
	uint16_t rows;
	uint16_t columns;
};

struct wire_run {
	uint32_t input;		/* enum wire_input */
	struct wire_size size;	/* of the terminal, if it is one */
};

/* Exit statuses that are not the command's own. */
#define WIRE_STATUS_TIMEOUT	124
#define WIRE_STATUS_GONE	125

#endif
