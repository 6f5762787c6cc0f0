// SPDX-License-Identifier: MIT
/* TX_CH_SETUP and RX_CH_SETUP. */
#include <errno.h>
#include <limits.h>

#include "ends.h"

ENDS_SUITE(channel);

static int channel_setup(unsigned long request, int domain)
{
	struct ioctl_hyper_dmabuf_tx_ch_setup arg = { .remote_domain = domain };

	return call_raw(ends.out, request, &arg);
}

Test(channel, tx_to_own_domain_works)
{
	expect(0, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, ends.domain));
}

Test(channel, rx_from_own_domain_works)
{
	expect(0, channel_setup(IOCTL_HYPER_DMABUF_RX_CH_SETUP, ends.domain));
}

Test(channel, setup_twice_works)
{
	for (int i = 0; i < 2; i++) {
		expect(0, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, ends.domain));
		expect(0, channel_setup(IOCTL_HYPER_DMABUF_RX_CH_SETUP, ends.domain));
	}
}

Test(channel, unlinked_domain_is_enodev)
{
	static const int domains[] = { 32751, 32752, 65536, INT_MAX };

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, domains[i]));
		expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_RX_CH_SETUP, domains[i]));
	}
}

Test(channel, negative_domain_is_enodev)
{
	static const int domains[] = { -1, -32751, INT_MIN };

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, domains[i]));
		expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_RX_CH_SETUP, domains[i]));
	}
}

/* 256 domains further lies another one, whose id has the same low byte. */
Test(channel, domain_is_not_taken_modulo_256)
{
	expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, ends.domain + 256));
	expect(-ENODEV, channel_setup(IOCTL_HYPER_DMABUF_TX_CH_SETUP, ends.domain + 65536));
}
