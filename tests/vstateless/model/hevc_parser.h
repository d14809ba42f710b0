/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two files that read HEVC slice segment headers share
 */

#ifndef HEVC_PARSER_H
#define HEVC_PARSER_H

#include "bits.h"
#include "check.h"
#include "hevc_model.h"

struct parser {
    struct model *m;
    struct bits bits;
    const struct hevc_controls *ctrl;
    struct hevc_slice *slice;
};

static inline bool has_sps(const struct parser *p, uint64_t flag)
{
    return p->ctrl->sps->flags & flag;
}

static inline bool has_pps(const struct parser *p, uint64_t flag)
{
    return p->ctrl->pps->flags & flag;
}

static inline bool is_type(const struct parser *p, int type)
{
    return p->slice->params.slice_type == type;
}

static inline void set_flag(struct parser *p, uint64_t flag, bool value)
{
    p->slice->params.flags = (p->slice->params.flags & ~flag) | (value ? flag : 0);
}

static inline int ceil_log2(unsigned int value)
{
    return value > 1 ? 32 - __builtin_clz(value - 1) : 0;
}

static inline int poc_lsb_bits(const struct parser *p)
{
    return p->ctrl->sps->log2_max_pic_order_cnt_lsb_minus4 + 4;
}

/* What only P and B slices have, up to five_minus_max_num_merge_cand. */
int hevc_parse_inter(struct parser *p);

#endif
