/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recorded jobs: write them while serving a context, decode them offline
 *
 * DIR/context-N is a sequence of records, in the byte order of the machine:
 *
 *   char magic[4]                "VSR1"
 *   u32  size                    bytes that follow
 *   struct vstateless_event      as GET returned it (pointers are meaningless)
 *   u8   controls[event.controls_size]
 *   u8   bitstream[event.bitstream_size]
 *
 * Only jobs and STREAMOFF are recorded. CAPTURE memory is not: a replay gives
 * each memory handle a block of its own, filled with a fixed pattern.
 */

#ifndef RECORD_H
#define RECORD_H

#include <stdint.h>

struct model_options;
struct vstateless_event;

/* Append to DIR/context-N; says so in the log when that fails. */
void record_job(const struct model_options *options, uint64_t context,
                const struct vstateless_event *event, const uint8_t *controls,
                const uint8_t *bitstream);
void record_streamoff(const struct model_options *options, uint64_t context);

/*
 * Decode one recorded file and print a line for each job: number, timestamp,
 * status, warnings, and the MD5 of the picture as planar yuv420p. Returns the
 * exit status: 0, also when jobs fail; 1 when the file is damaged.
 */
int replay_file(const struct model_options *options, const char *name);

#endif
