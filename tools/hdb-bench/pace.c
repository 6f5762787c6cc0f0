// SPDX-License-Identifier: MIT
#include "pace.h"
#include "rank.h"
#include "stop.h"

#include <math.h>
#include <time.h>

/* The last bit of a wait is spent awake: waking up is not what is measured. */
#define PACE_AWAKE_NS 300000u

#define PACE_STEADY 0.1

void pace_start(struct pace *pace, uint64_t period)
{
	pace->next = stop_now();
	pace->period = period;
}

uint64_t pace_wait(struct pace *pace)
{
	uint64_t intended, now;

	if (!pace->period)
		return stop_now();
	intended = pace->next;
	pace->next += pace->period;
	now = stop_now();
	if (now >= intended)
		return intended;
	if (now + PACE_AWAKE_NS < intended) {
		uint64_t until = intended - PACE_AWAKE_NS;
		struct timespec wake = {
			.tv_sec = (time_t)(until / STOP_NS_PER_S),
			.tv_nsec = (long)(until % STOP_NS_PER_S),
		};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
	}
	/* That a timer wakes us late is no delay of what is measured. */
	while ((now = stop_now()) < intended)
		;
	return now;
}

void pace_warm_add(struct pace_warm *warm, double value)
{
	warm->window[warm->filled++] = value;
	if (warm->filled < PACE_WINDOW)
		return;
	warm->filled = 0;
	rank_sort(warm->window, PACE_WINDOW);
	warm->last = warm->median;
	warm->median = rank_middle(warm->window, PACE_WINDOW);
	warm->steady = warm->last > 0 &&
		       fabs(warm->median - warm->last) <= PACE_STEADY * warm->last;
}
