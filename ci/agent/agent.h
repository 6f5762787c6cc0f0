/* SPDX-License-Identifier: MIT */
/* Runs commands in a guest for dom0, and reaps whatever is left behind in it. */
#ifndef HDB_AGENT_AGENT_H
#define HDB_AGENT_AGENT_H

/* Something that dom0 is told once the guest is ready; the first such message counts. */
__attribute__((format(printf, 1, 2)))
void agent_trouble(const char *format, ...);

__attribute__((noreturn))
void agent_serve(void);

#endif
