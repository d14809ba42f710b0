/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: one field of one control is wrong in every
 * VIDIOC_S_EXT_CTRLS. A test that still passes does not test that field.
 *
 *   CORRUPT=CODEC:FIELD    the field, from the table below
 *   CORRUPT_COUNT=FILE     "corrupted N" at the end: how often
 *   CORRUPT_LIST=FILE      write the table as "CODEC FIELD CLIP" and exit
 *   CORRUPT_IN_PLACE=1     in the client's own memory, so that it sees what the
 *                          device gets; for structs that it fills each time
 *
 * CLIP is a stream that needs the field, or several with commas between them.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* The slices of a picture are the longest array. */
#define MAX_PAYLOAD (64 * 1024)
#define MAX_CONTROLS 16

struct field {
    const char *codec;
    const char *name;
    const char *clip;
    uint32_t id;
    uint32_t offset;
    uint32_t size;
    uint64_t flip;      ///< bits that change
};

#define FIELD(codec, clip, id, type, member, flip) \
    { codec, #type "." #member, clip, V4L2_CID_STATELESS_ ## id, offsetof(struct v4l2_ctrl_ ## type, member), \
      sizeof(((struct v4l2_ctrl_ ## type *)0)->member), flip }
#define FLAG(codec, clip, id, type, flag) \
    { codec, #type "." #flag, clip, V4L2_CID_STATELESS_ ## id, offsetof(struct v4l2_ctrl_ ## type, flags), \
      sizeof(((struct v4l2_ctrl_ ## type *)0)->flags), V4L2_ ## flag }

static const struct field fields[] = {
    FLAG("mpeg2", "interlaced", MPEG2_SEQUENCE, mpeg2_sequence, MPEG2_SEQ_FLAG_PROGRESSIVE),
    FIELD("mpeg2", "ipb", MPEG2_PICTURE, mpeg2_picture, f_code[0][0], 1),
    FIELD("mpeg2", "ipb", MPEG2_PICTURE, mpeg2_picture, picture_coding_type, 1),
    FIELD("mpeg2", "field-p", MPEG2_PICTURE, mpeg2_picture, picture_structure, 3),
    FIELD("mpeg2", "dc-precision", MPEG2_PICTURE, mpeg2_picture, intra_dc_precision, 1),
    FIELD("mpeg2", "ipb", MPEG2_PICTURE, mpeg2_picture, forward_ref_ts, 1024),
    FIELD("mpeg2", "ipb", MPEG2_PICTURE, mpeg2_picture, backward_ref_ts, 1024),
    FLAG("mpeg2", "all-tools", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_ALT_SCAN),
    FLAG("mpeg2", "intra-vlc", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_INTRA_VLC),
    FLAG("mpeg2", "all-tools", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_Q_SCALE_TYPE),
    FLAG("mpeg2", "all-tools", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_FRAME_PRED_DCT),
    FLAG("mpeg2", "concealment", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_CONCEALMENT_MV),
    FLAG("mpeg2", "dual-prime-frame", MPEG2_PICTURE, mpeg2_picture, MPEG2_PIC_FLAG_TOP_FIELD_FIRST),
    FIELD("mpeg2", "matrices", MPEG2_QUANTISATION, mpeg2_quantisation, intra_quantiser_matrix[5], 64),
    FIELD("mpeg2", "matrices", MPEG2_QUANTISATION, mpeg2_quantisation, non_intra_quantiser_matrix[7], 64),

    FIELD("h264", "main-cabac", H264_SPS, h264_sps, log2_max_frame_num_minus4, 1),
    FIELD("h264", "poc1", H264_SPS, h264_sps, pic_order_cnt_type, 1),
    FIELD("h264", "resize", H264_SPS, h264_sps, pic_width_in_mbs_minus1, 1),
    FLAG("h264", "paff-spatial", H264_SPS, h264_sps, H264_SPS_FLAG_FRAME_MBS_ONLY),
    FLAG("h264", "mbaff", H264_SPS, h264_sps, H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD),
    FIELD("h264", "main-cabac", H264_PPS, h264_pps, pic_init_qp_minus26, 1),
    FIELD("h264", "qp-changes,main-cabac", H264_PPS, h264_pps, chroma_qp_index_offset, 4),
    FIELD("h264", "weightb", H264_PPS, h264_pps, weighted_bipred_idc, 2),
    FLAG("h264", "main-cabac", H264_PPS, h264_pps, H264_PPS_FLAG_ENTROPY_CODING_MODE),
    FLAG("h264", "high-8x8", H264_PPS, h264_pps, H264_PPS_FLAG_TRANSFORM_8X8_MODE),
    FLAG("h264", "constrained-intra", H264_PPS, h264_pps, H264_PPS_FLAG_CONSTRAINED_INTRA_PRED),
    FIELD("h264", "cqm-custom,scaling-sps", H264_SCALING_MATRIX, h264_scaling_matrix, scaling_list_4x4[0][3], 32),
    FIELD("h264", "cqm-custom,scaling-sps", H264_SCALING_MATRIX, h264_scaling_matrix, scaling_list_8x8[0][9], 32),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, dpb[0].reference_ts, 1024),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, dpb[0].frame_num, 1),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, dpb[0].top_field_order_cnt, 64),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, dpb[0].flags, 3),
    FIELD("h264", "long-term", H264_DECODE_PARAMS, h264_decode_params, dpb[0].flags, 4),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, frame_num, 1),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, top_field_order_cnt, 64),
    FIELD("h264", "field-b-temporal", H264_DECODE_PARAMS, h264_decode_params, bottom_field_order_cnt, 64),
    FLAG("h264", "field-p", H264_DECODE_PARAMS, h264_decode_params, H264_DECODE_PARAM_FLAG_BOTTOM_FIELD),
    FLAG("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, H264_DECODE_PARAM_FLAG_IDR_PIC),
    FIELD("h264", "main-cabac", H264_DECODE_PARAMS, h264_decode_params, nal_ref_idc, 3),

    FIELD("vp8", "segments", VP8_FRAME, vp8_frame, segment.quant_update[1], 4),
    FIELD("vp8", "segments", VP8_FRAME, vp8_frame, segment.lf_update[2], 8),
    FIELD("vp8", "segments", VP8_FRAME, vp8_frame, segment.segment_probs[0], 32),
    FIELD("vp8", "segments", VP8_FRAME, vp8_frame, segment.flags, V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE),
    FIELD("vp8", "segments", VP8_FRAME, vp8_frame, segment.flags, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP),
    FIELD("vp8", "loop-filter", VP8_FRAME, vp8_frame, lf.ref_frm_delta[1], 4),
    FIELD("vp8", "loop-filter", VP8_FRAME, vp8_frame, lf.mb_mode_delta[0], 4),
    FIELD("vp8", "sharpness", VP8_FRAME, vp8_frame, lf.sharpness_level, 2),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, lf.level, 4),
    FIELD("vp8", "loop-filter", VP8_FRAME, vp8_frame, lf.flags, V4L2_VP8_LF_ADJ_ENABLE),
    FIELD("vp8", "loop-filter", VP8_FRAME, vp8_frame, lf.flags, V4L2_VP8_LF_DELTA_UPDATE),
    FIELD("vp8", "loop-filter", VP8_FRAME, vp8_frame, lf.flags, V4L2_VP8_LF_FILTER_TYPE_SIMPLE),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, quant.y_ac_qi, 1),
    FIELD("vp8", "quantisers", VP8_FRAME, vp8_frame, quant.uv_dc_delta, 1),
    FIELD("vp8", "probabilities", VP8_FRAME, vp8_frame, entropy.coeff_probs[3][1][0][2], 16),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, entropy.y_mode_probs[0], 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, entropy.mv_probs[0][1], 2),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, coder_state.range, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, coder_state.value, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, coder_state.bit_count, 1),
    FIELD("vp8", "odd-size", VP8_FRAME, vp8_frame, width, 1),
    FIELD("vp8", "profile1", VP8_FRAME, vp8_frame, version, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, prob_skip_false, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, prob_intra, 1),
    FIELD("vp8", "references", VP8_FRAME, vp8_frame, prob_gf, 1),
    FIELD("vp8", "partitions8", VP8_FRAME, vp8_frame, num_dct_parts, 12),
    FIELD("vp8", "partitions8", VP8_FRAME, vp8_frame, dct_part_sizes[0], 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, first_part_size, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, first_part_header_bits, 1),
    FIELD("vp8", "basic", VP8_FRAME, vp8_frame, last_frame_ts, 1024),
    FIELD("vp8", "references", VP8_FRAME, vp8_frame, golden_frame_ts, 1024),
    FIELD("vp8", "references", VP8_FRAME, vp8_frame, alt_frame_ts, 1024),
    FLAG("vp8", "basic", VP8_FRAME, vp8_frame, VP8_FRAME_FLAG_KEY_FRAME),
    FLAG("vp8", "invisible", VP8_FRAME, vp8_frame, VP8_FRAME_FLAG_SHOW_FRAME),
    FLAG("vp8", "no-skip", VP8_FRAME, vp8_frame, VP8_FRAME_FLAG_MB_NO_SKIP_COEFF),
    FLAG("vp8", "sign-bias", VP8_FRAME, vp8_frame, VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN),
    FLAG("vp8", "sign-bias", VP8_FRAME, vp8_frame, VP8_FRAME_FLAG_SIGN_BIAS_ALT),

    FLAG("vp9", "altref", VP9_FRAME, vp9_frame, VP9_FRAME_FLAG_SHOW_FRAME),
    FLAG("vp9", "contexts", VP9_FRAME, vp9_frame, VP9_FRAME_FLAG_REFRESH_FRAME_CTX),
    FLAG("vp9", "contexts", VP9_FRAME, vp9_frame, VP9_FRAME_FLAG_PARALLEL_DEC_MODE),
    FLAG("vp9", "filters", VP9_FRAME, vp9_frame, VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV),
    FIELD("vp9", "filters", VP9_FRAME, vp9_frame, interpolation_filter, 1),
    FIELD("vp9", "compound", VP9_FRAME, vp9_frame, reference_mode, 1),
    FIELD("vp9", "compound", VP9_FRAME, vp9_frame, ref_frame_sign_bias, 4),
    FIELD("vp9", "resets", VP9_FRAME, vp9_frame, reset_frame_context, 1),
    FIELD("vp9", "resets", VP9_FRAME, vp9_frame, frame_context_idx, 1),
    FIELD("vp9", "altref", VP9_FRAME, vp9_frame, last_frame_ts, 1024),
    FIELD("vp9", "altref", VP9_FRAME, vp9_frame, alt_frame_ts, 1024),
    FIELD("vp9", "altref", VP9_FRAME, vp9_frame, lf.level, 1),
    FIELD("vp9", "loop-filter", VP9_FRAME, vp9_frame, lf.sharpness, 1),
    FIELD("vp9", "loop-filter", VP9_FRAME, vp9_frame, lf.ref_deltas[1], 4),
    FIELD("vp9", "quantizers", VP9_FRAME, vp9_frame, quant.delta_q_uv_ac, 1),
    FIELD("vp9", "segments", VP9_FRAME, vp9_frame, seg.flags, 4),
    FIELD("vp9", "segments", VP9_FRAME, vp9_frame, seg.flags, 16),
    FIELD("vp9", "segments", VP9_FRAME, vp9_frame, seg.feature_data[1][0], 2),
    FIELD("vp9", "segments", VP9_FRAME, vp9_frame, seg.tree_probs[0], 64),
    FIELD("vp9", "cyclic", VP9_FRAME, vp9_frame, seg.pred_probs[0], 64),
    FIELD("vp9", "tiles", VP9_FRAME, vp9_frame, tile_cols_log2, 1),
    FIELD("vp9", "altref", VP9_FRAME, vp9_frame, compressed_header_size, 1),
    FIELD("vp9", "altref", VP9_COMPRESSED_HDR, vp9_compressed_hdr, tx_mode, 1),
    FIELD("vp9", "filters", VP9_COMPRESSED_HDR, vp9_compressed_hdr, coef[0][0][0][0][0], 4),
    FIELD("vp9", "filters", VP9_COMPRESSED_HDR, vp9_compressed_hdr, mv.joint, 4),

    FIELD("hevc", "main", HEVC_SPS, hevc_sps, log2_diff_max_min_luma_coding_block_size, 1),
    FIELD("hevc", "main", HEVC_SPS, hevc_sps, max_transform_hierarchy_depth_inter, 1),
    FIELD("hevc", "pcm", HEVC_SPS, hevc_sps, pcm_sample_bit_depth_luma_minus1, 1),
    FLAG("hevc", "main", HEVC_SPS, hevc_sps, HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET),
    FLAG("hevc", "main", HEVC_SPS, hevc_sps, HEVC_SPS_FLAG_AMP_ENABLED),
    FIELD("hevc", "main", HEVC_PPS, hevc_pps, init_qp_minus26, 1),
    FIELD("hevc", "tools", HEVC_PPS, hevc_pps, pps_cb_qp_offset, 4),
    FIELD("hevc", "tiles-uniform", HEVC_PPS, hevc_pps, column_width_minus1[0], 1),
    FIELD("hevc", "parallel-merge", HEVC_PPS, hevc_pps, log2_parallel_merge_level_minus2, 1),
    FLAG("hevc", "tools", HEVC_PPS, hevc_pps, HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED),
    FLAG("hevc", "cu-lossless", HEVC_PPS, hevc_pps, HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED),
    FIELD("hevc", "lists-explicit,lists-default", HEVC_SCALING_MATRIX, hevc_scaling_matrix, scaling_list_8x8[0][1], 32),
    FIELD("hevc", "lists-explicit", HEVC_SCALING_MATRIX, hevc_scaling_matrix, scaling_list_dc_coef_16x16[0], 4),
    FIELD("hevc", "main", HEVC_DECODE_PARAMS, hevc_decode_params, pic_order_cnt_val, 1),
    FIELD("hevc", "main", HEVC_DECODE_PARAMS, hevc_decode_params, dpb[0].timestamp, 1024),
    FIELD("hevc", "main", HEVC_DECODE_PARAMS, hevc_decode_params, dpb[0].pic_order_cnt_val, 64),
    FIELD("hevc", "main", HEVC_DECODE_PARAMS, hevc_decode_params, dpb[0].flags, 1),
    FIELD("hevc", "refs", HEVC_DECODE_PARAMS, hevc_decode_params, poc_st_curr_before[0], 1),
    FIELD("hevc", "main", HEVC_SLICE_PARAMS, hevc_slice_params, slice_qp_delta, 1),
    FIELD("hevc", "main", HEVC_SLICE_PARAMS, hevc_slice_params, data_byte_offset, 1),
    FIELD("hevc", "main", HEVC_SLICE_PARAMS, hevc_slice_params, ref_idx_l0[0], 1),
    FIELD("hevc", "weighted", HEVC_SLICE_PARAMS, hevc_slice_params, pred_weight_table.luma_log2_weight_denom, 1),
    FIELD("hevc", "dependent-slices", HEVC_SLICE_PARAMS, hevc_slice_params, num_entry_point_offsets, 1),
    { "hevc", "entry_point_offsets[0]", "tiles-uniform", V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, 0, 4, 1 },
    /* HEVC_EXT_SPS_ST_RPS, which older headers do not have */
    { "hevc", "ext_sps_st_rps.delta_poc_s0_minus1[0]", "random-access,low-delay,rps-predicted",
      V4L2_CID_CODEC_STATELESS_BASE + 408, 14, 2, 1 },

    FLAG("av1", "basic", AV1_SEQUENCE, av1_sequence, AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA),
    FIELD("av1", "basic", AV1_SEQUENCE, av1_sequence, order_hint_bits, 4),
    FIELD("av1", "tiles", AV1_TILE_GROUP_ENTRY, av1_tile_group_entry, tile_offset, 1),
    FIELD("av1", "tile-groups", AV1_TILE_GROUP_ENTRY, av1_tile_group_entry, tile_size, 1),
    FIELD("av1", "tiles-explicit", AV1_FRAME, av1_frame, tile_info.mi_col_starts[1], 16),
    FIELD("av1", "tile-groups", AV1_FRAME, av1_frame, tile_info.tile_size_bytes, 2),
    FIELD("av1", "tiles", AV1_FRAME, av1_frame, tile_info.context_update_tile_id, 1),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, quantization.base_q_idx, 1),
    FIELD("av1", "qmatrix", AV1_FRAME, av1_frame, quantization.qm_y, 1),
    FIELD("av1", "deltaq", AV1_FRAME, av1_frame, quantization.delta_q_res, 1),
    FIELD("av1", "superres", AV1_FRAME, av1_frame, superres_denom, 1),
    FIELD("av1", "segments", AV1_FRAME, av1_frame, segmentation.feature_data[1][0], 1),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, loop_filter.level[0], 1),
    FIELD("av1", "deltaq", AV1_FRAME, av1_frame, loop_filter.delta_lf_res, 1),
    FIELD("av1", "low-delay", AV1_FRAME, av1_frame, cdef.y_pri_strength[0], 1),
    FIELD("av1", "low-delay", AV1_FRAME, av1_frame, cdef.bits, 1),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, skip_mode_frame[1], 1),
    FIELD("av1", "low-delay", AV1_FRAME, av1_frame, primary_ref_frame, 1),
    FIELD("av1", "restoration", AV1_FRAME, av1_frame, loop_restoration.frame_restoration_type[0], 1),
    FIELD("av1", "restoration", AV1_FRAME, av1_frame, loop_restoration.loop_restoration_size[0], 64),
    FIELD("av1", "global-motion", AV1_FRAME, av1_frame, global_motion.params[1][2], 64),
    FIELD("av1", "global-motion", AV1_FRAME, av1_frame, global_motion.invalid, 2),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, order_hints[1], 1),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, reference_frame_ts[0], 1024),
    FIELD("av1", "basic", AV1_FRAME, av1_frame, ref_frame_idx[0], 1),
    FIELD("av1", "forward-key", AV1_FRAME, av1_frame, refresh_frame_flags, 1),
    FLAG("av1", "frame-parallel", AV1_FRAME, av1_frame, AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF),
    FLAG("av1", "screen", AV1_FRAME, av1_frame, AV1_FRAME_FLAG_ALLOW_INTRABC),
    FLAG("av1", "basic", AV1_FRAME, av1_frame, AV1_FRAME_FLAG_SKIP_MODE_ALLOWED),
    FLAG("av1", "resize", AV1_FRAME, av1_frame, AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE),
    FIELD("av1", "grain", AV1_FILM_GRAIN, av1_film_grain, grain_seed, 1),
    FLAG("av1", "grain", AV1_FILM_GRAIN, av1_film_grain, AV1_FILM_GRAIN_FLAG_APPLY_GRAIN),
    FIELD("av1", "grain-refs", AV1_FILM_GRAIN, av1_film_grain, film_grain_params_ref_idx, 7),
    FLAG("av1", "grain-cfl", AV1_FILM_GRAIN, av1_film_grain, AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA),
};
#define NB_FIELDS (sizeof(fields) / sizeof(*fields))

static const struct field *wanted;
static atomic_int corrupted;

static void write_list(const char *path)
{
    FILE *file = fopen(path, "w");

    for (unsigned i = 0; file && i < NB_FIELDS; i++)
        fprintf(file, "%s %s:%llx %s\n", fields[i].codec, fields[i].name,
                (unsigned long long)fields[i].flip, fields[i].clip);
    exit(!file || fclose(file));
}

__attribute__((constructor)) static void read_settings(void)
{
    const char *text = getenv("CORRUPT");
    char name[128];

    if (getenv("CORRUPT_LIST"))
        write_list(getenv("CORRUPT_LIST"));
    for (unsigned i = 0; text && i < NB_FIELDS; i++) {
        snprintf(name, sizeof(name), "%s:%s:%llx", fields[i].codec, fields[i].name,
                 (unsigned long long)fields[i].flip);
        if (!strcmp(text, name))
            wanted = &fields[i];
    }
    if (text && !wanted) {
        fprintf(stderr, "corrupt shim: no field %s\n", text);
        abort();
    }
}

__attribute__((destructor)) static void write_count(void)
{
    const char *path = getenv("CORRUPT_COUNT");
    FILE *file = path && corrupted ? fopen(path, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "corrupted %d\n", corrupted);
    fclose(file);
}

/* A copy of the control's value with the field changed. */
static void corrupt(struct v4l2_ext_control *control, uint8_t *copy)
{
    uint64_t value = 0;

    if (control->id != wanted->id || control->size > MAX_PAYLOAD ||
        control->size < wanted->offset + wanted->size)
        return;
    if (getenv("CORRUPT_IN_PLACE"))
        copy = control->ptr;
    else
        memcpy(copy, control->ptr, control->size);
    memcpy(&value, copy + wanted->offset, wanted->size);
    value ^= wanted->flip;
    memcpy(copy + wanted->offset, &value, wanted->size);
    control->ptr = copy;
    corrupted++;
}

int ioctl(int fd, unsigned long request, ...)
{
    int (*next)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    struct v4l2_ext_control controls[MAX_CONTROLS];
    static _Thread_local uint8_t copies[MAX_CONTROLS][MAX_PAYLOAD];
    struct v4l2_ext_controls set;
    va_list args;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    if (request != VIDIOC_S_EXT_CTRLS || !wanted)
        return next(fd, request, arg);
    set = *(struct v4l2_ext_controls *)arg;
    if (set.which != V4L2_CTRL_WHICH_REQUEST_VAL || set.count > MAX_CONTROLS)
        return next(fd, request, arg);
    memcpy(controls, set.controls, set.count * sizeof(*controls));
    set.controls = controls;
    for (unsigned i = 0; i < set.count; i++)
        corrupt(&controls[i], copies[i]);
    return next(fd, request, &set);
}
