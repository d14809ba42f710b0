/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: one field of one control is wrong in every
 * VIDIOC_S_EXT_CTRLS. A test that still passes does not test that field.
 *
 *   CORRUPT=CODEC:FIELD    the field, from the table below
 *   CORRUPT_COUNT=FILE     "corrupted N" at the end: how often
 *   CORRUPT_LIST=FILE      write the table as "CODEC FIELD CLIP" and exit
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

#define MAX_PAYLOAD 4096
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
    uint8_t copies[MAX_CONTROLS][MAX_PAYLOAD];
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
