/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model that draws instead of decoding, see command.h
 */

#ifndef MODEL_H
#define MODEL_H

#include <sys/types.h>

/* Start the server as a child; it forks a worker for each context. */
pid_t model_start(void);

/* Be the server; this is what model_start() executes. */
void model_run(void) __attribute__((noreturn));

/* Kill all of it with SIGKILL. */
void model_stop(pid_t server);

/* Kill the server only; its workers go on. */
void model_stop_server(pid_t server);

#endif
