/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A worker: serves one V4L2 context until it is closed
 */

#ifndef WORKER_H
#define WORKER_H

#include <stdint.h>

struct model_options;

/*
 * Open the device and speak the protocol's version. Returns the file
 * descriptor, or -1 after a message.
 */
int worker_open(const struct model_options *options);
/* Serve a context. Returns the exit status of the process. */
int worker_run(const struct model_options *options, uint64_t context);

#endif
