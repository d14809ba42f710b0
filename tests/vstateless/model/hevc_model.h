/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the HEVC files share; clause numbers are those of Rec. ITU-T H.265
 */

#ifndef HEVC_MODEL_H
#define HEVC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/v4l2-controls.h>

#include "model.h"

/* The host's headers may be older than the kernel that is tested. */
#ifndef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS	(V4L2_CID_CODEC_STATELESS_BASE + 408)
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS	(V4L2_CID_CODEC_STATELESS_BASE + 409)
#define V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED	0x1
#define V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT	0x1

struct v4l2_ctrl_hevc_ext_sps_st_rps {
    uint8_t delta_idx_minus1;
    uint8_t delta_rps_sign;
    uint8_t num_negative_pics;
    uint8_t num_positive_pics;
    uint32_t used_by_curr_pic;
    uint32_t use_delta_flag;
    uint16_t abs_delta_rps_minus1;
    uint16_t delta_poc_s0_minus1[16];
    uint16_t delta_poc_s1_minus1[16];
    uint16_t flags;
};

struct v4l2_ctrl_hevc_ext_sps_lt_rps {
    uint16_t lt_ref_pic_poc_lsb_sps;
    uint16_t flags;
};
#endif

#define HEVC_DPB		V4L2_HEVC_DPB_ENTRIES_NUM_MAX
#define HEVC_SETS		64
#define HEVC_LONG_SETS		32
#define HEVC_ENTRY_POINTS	1024

enum {
    HEVC_TYPE_BLA_W_LP		= 16,
    HEVC_TYPE_IDR_W_RADL	= 19,
    HEVC_TYPE_IDR_N_LP		= 20,
    HEVC_TYPE_CRA		= 21,
    HEVC_TYPE_IRAP_LAST		= 23,
    HEVC_TYPE_VCL_LAST		= 31,
};

/* A short-term reference picture set as derived in 7.4.8: [0] negative, [1] positive. */
struct hevc_rps {
    int count[2];
    int32_t delta[2][HEVC_DPB];
    bool used[2][HEVC_DPB];
};

struct hevc_controls {
    const struct v4l2_ctrl_hevc_sps *sps;
    const struct v4l2_ctrl_hevc_pps *pps;
    const struct v4l2_ctrl_hevc_decode_params *decode;
    const struct v4l2_ctrl_hevc_scaling_matrix *scaling;	/* NULL: flat */
    const struct v4l2_ctrl_hevc_slice_params *slice;		/* NULL: no such control */
    int num_slices;
    const uint32_t *entry;					/* NULL: no such control */
    int num_entries;
    const struct v4l2_ctrl_hevc_ext_sps_st_rps *st_rps;		/* NULL: no such control */
    const struct v4l2_ctrl_hevc_ext_sps_lt_rps *lt_rps;
    int num_st_rps, num_lt_rps;
    bool slice_mode, annex_b;
};

/*
 * A slice segment: its header in the form of the control, and what the control
 * does not have. A dependent segment has the elements of its slice.
 */
struct hevc_slice {
    struct v4l2_ctrl_hevc_slice_params params;
    bool first, dependent, no_output_of_prior;
    unsigned int pps_id, poc_lsb;
    bool sps_rps;			/* short_term_ref_pic_set_sps_flag */
    bool rps_known;			/* rps has been derived */
    struct hevc_rps rps;
    int num_delta_pocs_of_ref;		/* -1: not known */
    int num_long;
    struct {
        bool known, used, has_msb;
        int32_t poc;			/* or only its lower bits */
    } lt[HEVC_DPB];
    bool modified[2];
    uint8_t list_entry[2][HEVC_DPB];
    size_t header_bytes;		/* of the RBSP, up to slice_segment_data() */
    int num_entries;
    uint32_t entry[HEVC_ENTRY_POINTS];
};

/* Where a NAL unit is in the OUTPUT buffer. */
struct hevc_nal {
    const uint8_t *data;
    size_t size;
    size_t pos;				/* bytes before data[0] */
    size_t raw_header_bytes;		/* header_bytes in the coded domain */
};

/* What the device knows of a picture that it decoded. */
struct hevc_history {
    int32_t poc;
    int pic_struct;			/* of SLICE_PARAMS; -1: there were none */
};

/* Of a pic_struct, Table D.2 */
static inline bool hevc_is_field(int pic_struct)
{
    return pic_struct == V4L2_HEVC_SEI_PIC_STRUCT_TOP_FIELD ||
           pic_struct == V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD ||
           pic_struct >= V4L2_HEVC_SEI_PIC_STRUCT_TOP_PAIRED_PREVIOUS_BOTTOM;
}

static inline bool hevc_is_idr(int type)
{
    return type == HEVC_TYPE_IDR_W_RADL || type == HEVC_TYPE_IDR_N_LP;
}

static inline bool hevc_is_irap(int type)
{
    return type >= HEVC_TYPE_BLA_W_LP && type <= HEVC_TYPE_IRAP_LAST;
}

/* NumPicTotalCurr, 7-55 */
static inline int hevc_num_references(const struct v4l2_ctrl_hevc_decode_params *decode)
{
    return decode->num_poc_st_curr_before + decode->num_poc_st_curr_after +
           decode->num_poc_lt_curr;
}

static inline int hevc_ctb_size(const struct v4l2_ctrl_hevc_sps *sps)
{
    return 1 << (sps->log2_min_luma_coding_block_size_minus3 + 3 +
                 sps->log2_diff_max_min_luma_coding_block_size);
}

static inline int hevc_in_ctbs(const struct v4l2_ctrl_hevc_sps *sps, int size)
{
    return (size + hevc_ctb_size(sps) - 1) / hevc_ctb_size(sps);
}

/* hevc_rps.c */
/*
 * Derive the candidate sets of the SPS from the controls. Returns their number,
 * or a negative error after model_fail().
 */
int hevc_derive_sets(struct model *m, const struct hevc_controls *ctrl,
                     struct hevc_rps set[HEVC_SETS]);
/* The inter prediction of 7-61 and 7-62. */
void hevc_predict_set(struct hevc_rps *rps, const struct hevc_rps *ref, int delta,
                      uint32_t used, uint32_t use_delta);
/* The reference picture set of the slice header against DECODE_PARAMS. */
int hevc_check_rps(struct model *m, const struct hevc_controls *ctrl,
                   const struct hevc_slice *slice);

/* hevc_header.c */
/*
 * Parse the slice segment header of an RBSP that starts with the NAL unit
 * header. last: the slice before, for a dependent segment; NULL: none.
 */
int hevc_parse_slice(struct model *m, const uint8_t *rbsp, size_t size,
                     const struct hevc_controls *ctrl, const struct hevc_slice *last,
                     struct hevc_slice *slice);

/* hevc_check.c: what can be judged from the controls of a picture. */
int hevc_check(struct model *m, const struct hevc_controls *ctrl);
/* A slice's header against the controls of the picture. */
int hevc_check_header(struct model *m, const struct hevc_controls *ctrl,
                      const struct hevc_slice *slice);
/* Element i of SLICE_PARAMS against what was parsed. */
int hevc_check_params(struct model *m, const struct hevc_controls *ctrl,
                      const struct hevc_slice *slice, const struct hevc_nal *nal, int i);

#endif
