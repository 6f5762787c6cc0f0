// SPDX-License-Identifier: MIT
#include "transport.h"

static const struct transport_ops *const transport_ops[TRANSPORTS] = {
	[TRANSPORT_HDB] = &transport_hdb_ops,
	[TRANSPORT_GNTDEV] = &transport_gntdev_ops,
	[TRANSPORT_COPY] = &transport_copy_ops,
};

int transport_open(struct transport *transport, enum transport_kind kind, bool exports,
		   const char *peer, uint32_t wait, struct err *err)
{
	*transport = (struct transport){
		.ops = transport_ops[kind], .kind = kind, .exports = exports, .wait = wait,
		.hdb = -1, .peer_known = peer != NULL,
	};
	if (transport->ops->open(transport, peer, err) == 0)
		return 0;
	transport_close(transport);
	return -1;
}

void transport_close(struct transport *transport)
{
	if (transport->ops)
		transport->ops->close(transport);
	transport->ops = NULL;
}
