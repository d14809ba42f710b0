/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: from controls to libavcodec's context. VP9Context.prob_ctx[] belongs to
 * the device, everything else is set anew for each job.
 */

#ifndef VP9_STATE_H
#define VP9_STATE_H

#include "libavcodec/vp9dec.h"

#include <linux/v4l2-controls.h>

/* All but size, tiles and references; looks at the job before. */
void vp9_set_frame(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f, int tx_mode);
/* What v4l2_vp9_reset_frame_ctx() of the kernel's v4l2-vp9.c does. */
void vp9_reset_contexts(VP9Context *s, const struct v4l2_ctrl_vp9_frame *f);
/* The frame's probabilities: those of its context, changed by the compressed header. */
void vp9_set_probs(VP9Context *s, const struct v4l2_ctrl_vp9_compressed_hdr *c);
/* After the last tile: 6.1.2 refresh_probs() */
void vp9_save_context(VP9Context *s);

#endif
