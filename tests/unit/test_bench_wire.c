// SPDX-License-Identifier: MIT
/* Messages between the two ends of a measurement: what one sends the other takes, nothing else. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/hdb-bench/cost.h"
#include "../../tools/hdb-bench/wire.h"

static struct wire full(void)
{
	struct wire wire = {
		.kind = WIRE_REPLY, .session = 0x0102030405060708, .seq = 42,
		.actions = WIRE_IMPORT | WIRE_DROP, .failed = true, .bytes = 4096,
		.stamp = UINT64_MAX, .args = { 1, 2 }, .text = "stale pixels",
	};

	for (uint64_t i = 0; i < WIRE_VALUES; i++)
		wire.values[i] = i << 40;
	return wire;
}

Test(bench_wire, round_trip)
{
	struct wire wire = full(), back;
	uint8_t data[WIRE_SIZE];

	wire_encode(&wire, data);
	cr_assert(wire_decode(&back, data, sizeof(data)));
	cr_assert_eq(back.kind, wire.kind);
	cr_assert_eq(back.session, wire.session);
	cr_assert_eq(back.seq, wire.seq);
	cr_assert_eq(back.actions, wire.actions);
	cr_assert_eq(back.failed, wire.failed);
	cr_assert_eq(back.bytes, wire.bytes);
	cr_assert_eq(back.stamp, wire.stamp);
	cr_assert_arr_eq(back.args, wire.args, sizeof(wire.args));
	cr_assert_arr_eq(back.values, wire.values, sizeof(wire.values));
	cr_assert_str_eq(back.text, wire.text);
}

Test(bench_wire, layout)
{
	struct wire wire = full();
	uint8_t data[WIRE_SIZE];

	wire_encode(&wire, data);
	cr_assert_arr_eq(data, "hdbb\x01\x00\x02\x00\x08\x07\x06\x05\x04\x03\x02\x01\x2a", 17);
	cr_assert_str_eq((char *)data + 128, "stale pixels");
}

Test(bench_wire, bad_fields_are_refused)
{
	/* offset, value of the byte there */
	static const uint8_t bad[][2] = {
		{ 0, 'x' }, { 4, 2 }, { 6, 0 }, { 6, 3 }, { 27, 0x80 }, { 28, 2 }, { 37, 1 },
		{ 128, '\n' }, { 128, 0x80 },
	};
	struct wire wire = full(), kept;
	uint8_t data[WIRE_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wire_encode(&wire, data);
		data[bad[i][0]] = bad[i][1];
		kept = wire;
		cr_assert_not(wire_decode(&kept, data, sizeof(data)), "byte %u", bad[i][0]);
		cr_assert_eq(memcmp(&kept, &wire, sizeof(wire)), 0);
	}
	wire_encode(&wire, data);
	cr_assert_not(wire_decode(&kept, data, sizeof(data) - 1));
	cr_assert_not(wire_decode(&kept, data, 0));
	memset(data + 128, 'a', WIRE_TEXT);
	cr_assert_not(wire_decode(&kept, data, sizeof(data)));
}

Test(bench_wire, random_bytes_do_no_harm)
{
	struct wire wire = full(), back;
	uint8_t data[WIRE_SIZE];
	unsigned int taken = 0;

	srand(1);
	for (unsigned int i = 0; i < 100000; i++) {
		wire_encode(&wire, data);
		for (unsigned int k = rand() % 6; k > 0; k--)
			data[rand() % WIRE_SIZE] = (uint8_t)rand();
		if (wire_decode(&back, data, sizeof(data))) {
			taken++;
			cr_assert_lt(strlen(back.text), WIRE_TEXT);
			cr_assert_leq(back.bytes, WIRE_MAX_BYTES);
		}
	}
	cr_assert_gt(taken, 0);
}

Test(bench_wire, the_drivers_counts)
{
	struct cost cost = { 0 };

	cr_assert(cost_line("link 0 sent 5 received 7 granted 1 mapped 2 copied 3 calls 4\n", 0,
			    &cost));
	/* The other end of the loopback; more may be counted some day. */
	cr_assert(cost_line("link 0 sent 11 received 13 granted 10 mapped 20 copied 30 calls 40 "
			    "more 1000\n", 0, &cost));
	cr_assert(cost_line("link 2 sent 100 received 100 granted 100 mapped 100 copied 100 calls "
			    "100\n", 0, &cost));
	cr_assert_eq(cost.count[COST_SENT], 16);
	cr_assert_eq(cost.count[COST_RECEIVED], 20);
	cr_assert_eq(cost.count[COST_GRANTED], 11);
	cr_assert_eq(cost.count[COST_MAPPED], 22);
	cr_assert_eq(cost.count[COST_COPIED], 33);
	cr_assert_eq(cost.count[COST_CALLS], 44);
}

Test(bench_wire, a_driver_that_counts_less_is_no_zero)
{
	struct cost cost = { 0 };

	cr_assert_not(cost_line("link 0 sent 5 received 7\n", 0, &cost));
	cr_assert_not(cost_line("link 0 sent x received y granted 1 mapped 2 copied 3 calls 4\n", 0,
				&cost));
}
