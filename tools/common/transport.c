// SPDX-License-Identifier: MIT
#include "transport.h"

#include <stdio.h>

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

int transport_again(struct transport *transport, const char *peer, struct err *err)
{
	const struct peer was = transport->peer;
	/* An importer by hdb that takes whoever comes goes on doing so. */
	bool bound = transport->exports || transport->peer_known ||
		     transport->kind != TRANSPORT_HDB;
	char id[16];

	transport->ops->close(transport);
	transport->state = NULL;
	transport->peer = (struct peer){ 0 };
	if (was.loopback || !bound)
		return transport->ops->open(transport, peer, err);
	/* Without its link this domain itself would be the only peer there is. */
	snprintf(id, sizeof(id), "%u", was.domain);
	return transport->ops->open(transport, was.name[0] ? was.name : id, err);
}
