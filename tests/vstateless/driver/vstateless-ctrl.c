// SPDX-License-Identifier: GPL-2.0-only
/*
 * Controls: registration from the codecs' tables, and packing for the model
 */

#include <linux/mm.h>

#include "driver.h"

static int vstateless_try_ctrl(struct v4l2_ctrl *ctrl)
{
	struct vstateless_ctx *ctx =
		container_of(ctrl->handler, struct vstateless_ctx, hdl);
	const struct vstateless_codec *codec = ctx->codec;
	unsigned int i;

	/* Controls of other codecs can be set, but nobody looks at them. */
	for (i = 0; i < codec->num_controls; i++)
		if (codec->controls[i].id == ctrl->id)
			return codec->check(ctx, ctrl->id, ctrl->p_new.p);
	return 0;
}

/*
 * The state lives in the handler; a job takes all values from there. Only what
 * decides about CAPTURE formats has an effect at once.
 */
static int vstateless_s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct vstateless_ctx *ctx =
		container_of(ctrl->handler, struct vstateless_ctx, hdl);
	const struct vstateless_codec *codec = ctx->codec;
	u8 bit_depth, chroma_format_idc;

	if (!codec->image || ctrl->id != codec->image_id)
		return 0;
	codec->image(ctrl->p_new.p, &bit_depth, &chroma_format_idc);
	return vstateless_set_image(ctx, bit_depth, chroma_format_idc);
}

static const struct v4l2_ctrl_ops vstateless_ctrl_ops = {
	.try_ctrl	= vstateless_try_ctrl,
	.s_ctrl		= vstateless_s_ctrl,
};

/*
 * Decode mode and start code have the same two values in all codecs: 0 is
 * slice based (no start code), 1 is frame based (Annex B).
 */
static void set_menu(struct v4l2_ctrl_config *config, enum vstateless_menu menu)
{
	bool second = menu == VSTATELESS_MENU_SECOND ||
		      menu == VSTATELESS_MENU_BOTH_SECOND;

	config->min = menu == VSTATELESS_MENU_SECOND;
	config->max = menu != VSTATELESS_MENU_FIRST;
	config->def = second;
}

static void add_control(struct vstateless_ctx *ctx,
			const struct vstateless_codec *codec, unsigned int index)
{
	struct v4l2_ctrl_config config = codec->controls[index];

	if (codec->optional_id == config.id && !*codec->optional)
		return;

	config.ops = &vstateless_ctrl_ops;
	if (config.id == codec->decode_mode)
		set_menu(&config, vstateless_params.decode_mode);
	else if (config.id == codec->start_code)
		set_menu(&config, vstateless_params.start_code);

	v4l2_ctrl_new_custom(&ctx->hdl, &config, NULL);
}

/* Every file has the controls of all codecs, as rkvdec's and visl's have. */
int vstateless_ctrl_init(struct vstateless_ctx *ctx)
{
	const struct vstateless_codec *codec;
	unsigned int count = 0;
	unsigned int i, j;
	int ret;

	for (i = 0; (codec = vstateless_codec_enum(i)); i++)
		count += codec->num_controls;

	v4l2_ctrl_handler_init(&ctx->hdl, count);
	for (i = 0; (codec = vstateless_codec_enum(i)); i++)
		for (j = 0; j < codec->num_controls; j++)
			add_control(ctx, codec, j);

	ret = ctx->hdl.error;
	if (!ret)
		ret = v4l2_ctrl_handler_setup(&ctx->hdl);
	if (ret)
		v4l2_ctrl_handler_free(&ctx->hdl);
	return ret;
}

/*
 * The values in force still have to fit the OUTPUT format, which may have been
 * set after them: rkvdec-h264.c checks the SPS again when streaming starts.
 */
int vstateless_ctrl_check(struct vstateless_ctx *ctx)
{
	const struct vstateless_codec *codec = ctx->codec;
	unsigned int i;
	int ret = 0;

	mutex_lock(ctx->hdl.lock);
	for (i = 0; i < codec->num_controls && !ret; i++) {
		u32 id = codec->controls[i].id;
		struct v4l2_ctrl *ctrl;

		list_for_each_entry(ctrl, &ctx->hdl.ctrls, node)
			if (ctrl->id == id)
				ret = codec->check(ctx, id, ctrl->p_cur.p);
	}
	mutex_unlock(ctx->hdl.lock);
	return ret;
}

static u32 packed_size(const struct v4l2_ctrl *ctrl)
{
	return sizeof(struct vstateless_control) +
	       round_up(ctrl->elems * ctrl->elem_size, 8);
}

static bool in_request(struct v4l2_ctrl_handler *request, u32 id)
{
	return request && v4l2_ctrl_request_hdl_ctrl_find(request, id);
}

static void pack(const struct v4l2_ctrl *ctrl, bool in_request, void *block)
{
	struct vstateless_control *header = block;

	header->id = ctrl->id;
	header->flags = in_request ? VSTATELESS_CONTROL_IN_REQUEST : 0;
	header->elem_size = ctrl->elem_size;
	header->elems = ctrl->elems;
	memcpy(header + 1, ctrl->p_cur.p_const, ctrl->elems * ctrl->elem_size);
}

static bool is_codecs(const struct vstateless_codec *codec, u32 id)
{
	unsigned int i;

	for (i = 0; i < codec->num_controls; i++)
		if (codec->controls[i].id == id)
			return true;
	return false;
}

/*
 * Copy every control of the coded format, after v4l2_ctrl_request_setup() has
 * put the request's values into force.
 * Returns a block of *size bytes, which the caller frees with kvfree(), or NULL
 * if there is no memory. Sleeps.
 */
void *vstateless_ctrl_pack(struct vstateless_ctx *ctx, struct media_request *req,
			   u32 *size)
{
	struct v4l2_ctrl_handler *request = NULL;
	struct v4l2_ctrl *ctrl;
	void *block;

	if (req)
		request = v4l2_ctrl_request_hdl_find(req, &ctx->hdl);

	mutex_lock(ctx->hdl.lock);
	*size = 0;
	list_for_each_entry(ctrl, &ctx->hdl.ctrls, node)
		if (is_codecs(ctx->codec, ctrl->id))
			*size += packed_size(ctrl);

	block = kvzalloc(*size, GFP_KERNEL);
	*size = 0;
	list_for_each_entry(ctrl, &ctx->hdl.ctrls, node) {
		if (!block || !is_codecs(ctx->codec, ctrl->id))
			continue;
		pack(ctrl, in_request(request, ctrl->id), block + *size);
		*size += packed_size(ctrl);
	}
	mutex_unlock(ctx->hdl.lock);

	if (request)
		v4l2_ctrl_request_hdl_put(request);
	return block;
}
