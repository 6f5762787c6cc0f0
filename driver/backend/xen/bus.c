// SPDX-License-Identifier: GPL-2.0
/*
 * Links as xenbus devices: the same driver as frontend and as backend. Which
 * state follows which is told in hdb_protocol.h.
 *
 * Callbacks come from the xenwatch thread and from sysfs; none of them waits
 * for the other end.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/xen.h>

#include "../../compat/compat.h"
#include "xen.h"

static u32 own_domain;

/**
 * struct xen_end - our end of a link, from probe to remove
 * @lock: see there
 * @conn: with the other end
 * @name: of the other domain, as the toolstack gave it
 */
struct xen_end {
	struct mutex lock;	/* of all of it; states change one at a time */
	struct xen_conn conn;
	char *name;
};

/* Also without a connection there is a link, for those who wait for one. */
static int end_open(struct xen_end *end)
{
	struct xen_conn *conn = &end->conn;
	struct hdb_link *link;

	link = hdb_link_create(&xen_link_ops, conn, own_domain,
			       conn->dev->otherend_id, end->name ?: "");
	if (IS_ERR(link))
		return PTR_ERR(link);
	conn->link = link;
	return 0;
}

/* Back to the beginning, with a new link in place of one that was used. */
static void end_reset(struct xen_end *end)
{
	struct xen_conn *conn = &end->conn;

	if (conn->link && !xen_conn_used(conn))
		return;
	xen_conn_close(conn);
	if (end_open(end))
		dev_err(&conn->dev->dev, "no memory to wait for the other end\n");
}

static int end_check_version(struct xen_end *end)
{
	unsigned int version =
		xenbus_read_unsigned(end->conn.dev->otherend, "version", 0);

	if (version == HDB_PROTOCOL_VERSION)
		return 0;
	dev_err(&end->conn.dev->dev, "the other end has protocol version %u, this one %u\n",
		version, HDB_PROTOCOL_VERSION);
	return -EPROTONOSUPPORT;
}

/* The other end went: say so, and be ready for its return. */
static void end_part(struct xen_end *end)
{
	struct xenbus_device *dev = end->conn.dev;

	end_reset(end);
	xenbus_switch_state(dev, XenbusStateClosed);
}

static void end_fail(struct xen_end *end, int err, const char *what)
{
	dev_err(&end->conn.dev->dev, "%s: error %d\n", what, err);
	end_part(end);
}

/* ---- frontend ---- */

static void frontend_offer(struct xen_end *end)
{
	struct xenbus_device *dev = end->conn.dev;
	int err = end_check_version(end);

	if (!err)
		err = xen_conn_offer(&end->conn);
	if (err) {
		end_fail(end, err, "cannot offer a connection");
		return;
	}
	xenbus_switch_state(dev, XenbusStateInitialised);
}

static void frontend_changed(struct xenbus_device *dev, enum xenbus_state backend)
{
	struct xen_end *end = dev_get_drvdata(&dev->dev);

	mutex_lock(&end->lock);
	switch (backend) {
	case XenbusStateInitWait:
		/* It waits for an offer, so what there was before is over. */
		if (dev->state == XenbusStateConnected ||
		    dev->state == XenbusStateClosed) {
			end_reset(end);
			xenbus_switch_state(dev, XenbusStateInitialising);
		}
		if (dev->state == XenbusStateInitialising && end->conn.link)
			frontend_offer(end);
		break;
	case XenbusStateConnected:
		if (dev->state == XenbusStateInitialised) {
			hdb_link_connect(end->conn.link);
			xenbus_switch_state(dev, XenbusStateConnected);
		} else if (dev->state == XenbusStateClosed) {
			/* It accepted what we took back before we heard of it. */
			end_reset(end);
			xenbus_switch_state(dev, XenbusStateInitialising);
		}
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown:
		/* Before the first connection there is nothing to part from. */
		if (dev->state != XenbusStateInitialising)
			end_part(end);
		break;
	default:
		break;
	}
	mutex_unlock(&end->lock);
}

/* ---- backend ---- */

static void backend_accept(struct xen_end *end)
{
	struct xenbus_device *dev = end->conn.dev;
	int err = end_check_version(end);

	if (!err)
		err = xen_conn_accept(&end->conn);
	if (err == -ESTALE) {
		/* Its next offer is heard of like this one. */
		end_reset(end);
		xenbus_switch_state(dev, XenbusStateInitWait);
		return;
	}
	if (err) {
		end_fail(end, err, "cannot accept the connection");
		return;
	}
	hdb_link_connect(end->conn.link);
	xenbus_switch_state(dev, XenbusStateConnected);
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state frontend)
{
	struct xen_end *end = dev_get_drvdata(&dev->dev);

	mutex_lock(&end->lock);
	switch (frontend) {
	case XenbusStateInitialising:
		/* It begins anew, so what there was before is over. */
		if (dev->state == XenbusStateConnected ||
		    dev->state == XenbusStateClosed) {
			end_reset(end);
			xenbus_switch_state(dev, XenbusStateInitWait);
		}
		break;
	case XenbusStateInitialised:
		/* It began anew, unnoticed: what was accepted is of the time before. */
		if (dev->state == XenbusStateConnected && xen_conn_outdated(&end->conn))
			end_reset(end);
		else if (dev->state != XenbusStateInitWait)
			break;
		if (end->conn.link)
			backend_accept(end);
		break;
	case XenbusStateConnected:
		/* It made another offer, and took our word for an answer to that. */
		if (dev->state == XenbusStateConnected &&
		    xen_conn_outdated(&end->conn)) {
			end_reset(end);
			xenbus_switch_state(dev, XenbusStateInitWait);
		}
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
	case XenbusStateUnknown:
		if (dev->state != XenbusStateInitWait)
			end_part(end);
		break;
	default:
		break;
	}
	mutex_unlock(&end->lock);
}

/* ---- both ---- */

static int end_probe(struct xenbus_device *dev, bool frontend)
{
	struct xen_end *end = kzalloc(sizeof(*end), GFP_KERNEL);
	char *name;
	int err;

	if (!end)
		return -ENOMEM;

	mutex_init(&end->lock);
	end->conn.dev = dev;
	end->conn.frontend = frontend;
	name = xenbus_read(XBT_NIL, dev->nodename, "peer-name", NULL);
	end->name = IS_ERR(name) ? NULL : name;
	err = end_open(end);
	if (err)
		goto err_free;
	dev_set_drvdata(&dev->dev, end);

	if (!frontend) {
		err = xenbus_printf(XBT_NIL, dev->nodename, "version", "%u",
				    HDB_PROTOCOL_VERSION);
		if (err)
			goto err_close;
	}
	/* A device that is bound again comes from Closed. */
	err = xenbus_switch_state(dev, frontend ? XenbusStateInitialising :
						  XenbusStateInitWait);
	if (err)
		goto err_close;
	return 0;

err_close:
	dev_set_drvdata(&dev->dev, NULL);
	xen_conn_free(&end->conn);
err_free:
	kfree(end->name);
	kfree(end);
	return err;
}

static int frontend_probe(struct xenbus_device *dev,
			  const struct xenbus_device_id *id)
{
	return end_probe(dev, true);
}

static int backend_probe(struct xenbus_device *dev,
			 const struct xenbus_device_id *id)
{
	return end_probe(dev, false);
}

static void end_remove(struct xenbus_device *dev)
{
	struct xen_end *end = dev_get_drvdata(&dev->dev);

	xen_conn_free(&end->conn);
	/*
	 * Tell the other end, if the node is still what this device wrote. A
	 * toolstack that removed the link may have made a new one at the same
	 * place, which must not be born closed; hence allow_rebind, too.
	 */
	if (xenbus_read_unsigned(dev->nodename, "state", XenbusStateUnknown) ==
	    dev->state)
		xenbus_switch_state(dev, XenbusStateClosed);
	dev_set_drvdata(&dev->dev, NULL);
	mutex_destroy(&end->lock);
	kfree(end->name);
	kfree(end);
}

#ifdef HDB_HAVE_XENBUS_REMOVE_VOID
#define xen_remove end_remove
#else
static int xen_remove(struct xenbus_device *dev)
{
	end_remove(dev);
	return 0;
}
#endif

static const struct xenbus_device_id xen_ids[] = {
	{ "hdb" },
	{ "" }
};
MODULE_ALIAS("xen:hdb");
MODULE_ALIAS("xen-backend:hdb");

static struct xenbus_driver frontend_driver = {
	.name = "hyper_dmabuf",
	.ids = xen_ids,
	.not_essential = true,
	.allow_rebind = true,
	.probe = frontend_probe,
	.remove = xen_remove,
	.otherend_changed = frontend_changed,
};

static struct xenbus_driver backend_driver = {
	.name = "hyper_dmabuf",
	.ids = xen_ids,
	.allow_rebind = true,
	.probe = backend_probe,
	.remove = xen_remove,
	.otherend_changed = backend_changed,
};

static bool frontend_registered, backend_registered;

/*
 * Registering a frontend waits until its devices are connected, or for half a
 * minute: not what loading a module should do.
 */
static void register_work(struct work_struct *work)
{
	int err = xenbus_register_backend(&backend_driver);

	if (err)
		pr_err("hyper_dmabuf: cannot register the backend: %d\n", err);
	backend_registered = !err;

	err = xenbus_register_frontend(&frontend_driver);
	if (err)
		pr_err("hyper_dmabuf: cannot register the frontend: %d\n", err);
	frontend_registered = !err;
}

static DECLARE_WORK(registering, register_work);

int hdb_xen_own_domain(u32 *own)
{
	int got;

	if (!xen_domain())
		return -ENODEV;

	/* It may be here before its xenstore is, and the others are not. */
	*own = 0;
	if (xen_initial_domain())
		return 0;
	got = xenbus_scanf(XBT_NIL, "domid", "", "%u", own);
	return got == 1 ? 0 : got < 0 ? got : -EINVAL;
}

int hdb_xen_init(u32 own)
{
	int err;

	own_domain = own;
	if (!xen_domain())
		return 0;

	err = xen_pv_init();
	if (!err)
		schedule_work(&registering);
	return err;
}

void hdb_xen_exit(void)
{
	flush_work(&registering);
	if (frontend_registered)
		xenbus_unregister_driver(&frontend_driver);
	if (backend_registered)
		xenbus_unregister_driver(&backend_driver);
	xen_pv_exit();
}
