/* SPDX-License-Identifier: MIT */
/* param: the driver's module parameters, while it is loaded. */
#ifndef HDB_TEST_PARAM_H
#define HDB_TEST_PARAM_H

/* What a parameter is, or a negative errno. */
long param_get(const char *name);

/* Sets it. Returns 0 or a negative errno. */
int param_set(const char *name, unsigned int value);

/* As param_set(), until param_restore(). */
int param_change(const char *name, unsigned int value);

/* All that were changed are what they were. */
void param_restore(void);

#endif /* HDB_TEST_PARAM_H */
