/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A job's inputs, the table of CAPTURE buffers, and the codec rows
 */

#include <errno.h>
#include <string.h>

#include "libavcodec/defs.h"

#include "check.h"
#include "codecs.h"
#include "model.h"

/* References of frames up to this size are verified by default. */
#define VERIFY_PIXELS	(720 * 576)

static const struct model_codec *const codecs[] = {
    &model_mpeg2,
    &model_h264,
    &model_hevc,
    &model_vp8,
    &model_vp9,
    &model_av1,
};

void model_init(struct model *m, const struct model_options *options,
                uint64_t context, const struct model_memory *memory)
{
    *m = (struct model) {
        .options = options,
        .context = context,
        .memory = *memory,
    };
}

static void free_picture(struct model *m, struct model_frame *frame)
{
    if (frame->picture)
        m->codec->free_picture(frame->picture);
    *frame = (struct model_frame) { 0 };
}

static void close_codec(struct model *m)
{
    for (int i = 0; i < VSTATELESS_MAX_BUFFERS; i++)
        free_picture(m, &m->frame[i]);
    if (m->codec)
        m->codec->close(m->state);
    m->codec = NULL;
    m->state = NULL;
}

void model_uninit(struct model *m)
{
    m->job = (struct model_job) { 0 };
    close_codec(m);
    for (int i = 0; i < MODEL_MAX_MAPPINGS; i++)
        if (m->mapping[i].data)
            m->memory.unmap(m->memory.opaque, m->mapping[i].data, m->mapping[i].size);
}

void model_mem_gone(struct model *m, uint64_t mem)
{
    for (int i = 0; i < MODEL_MAX_MAPPINGS; i++) {
        struct model_mapping *mapping = &m->mapping[i];

        if (!mapping->data || mapping->mem != mem)
            continue;
        m->memory.unmap(m->memory.opaque, mapping->data, mapping->size);
        *mapping = (struct model_mapping) { 0 };
    }
    for (int i = 0; i < VSTATELESS_MAX_BUFFERS; i++)
        if (m->frame[i].picture && m->frame[i].mem == mem)
            free_picture(m, &m->frame[i]);
}

/*
 * Drivers free what they keep beside the pixels (cedrus its motion vectors);
 * pixels and timestamps stay where the client can see them.
 */
void model_streamoff(struct model *m)
{
    if (!m->codec)
        return;
    for (int i = 0; i < VSTATELESS_MAX_BUFFERS; i++)
        free_picture(m, &m->frame[i]);
    m->codec->flush(m->state);
}

static void *map(struct model *m, uint64_t mem, size_t size)
{
    struct model_mapping *unused = NULL;
    void *data;

    for (int i = 0; i < MODEL_MAX_MAPPINGS; i++) {
        struct model_mapping *mapping = &m->mapping[i];

        if (!mapping->data)
            unused = unused ? unused : mapping;
        else if (mapping->mem == mem && mapping->size >= size)
            return mapping->data;
    }
    if (!unused) {
        errno = ENOSPC;
        return NULL;
    }
    data = m->memory.map(m->memory.opaque, mem, size);
    if (data)
        *unused = (struct model_mapping) { .mem = mem, .data = data, .size = size };
    return data;
}

static const struct vstateless_buffer *find_buffer(const struct model *m, int index)
{
    const struct vstateless_event *event = m->job.event;

    for (uint32_t i = 0; i < event->num_buffers; i++)
        if (event->buffer[i].index == (uint32_t)index)
            return &event->buffer[i];
    return NULL;
}

struct model_format model_format(const struct model *m, int index)
{
    const struct vstateless_event *event = m->job.event;
    struct model_format format = {
        .fourcc = event->capture_fourcc,
        .width = event->capture_width,
        .height = event->capture_height,
    };

    if (index != (int)event->capture_index && m->frame[index].picture)
        return m->frame[index].format;
    memcpy(format.plane, event->plane, sizeof(format.plane));
    return format;
}

uint8_t *model_plane(struct model *m, int index, int plane)
{
    const struct vstateless_buffer *buffer = find_buffer(m, index);
    uint8_t *data;

    if (!buffer || !buffer->mem[plane]) {
        model_fail(m, "CAPTURE buffer %d has no plane %d", index, plane);
        return NULL;
    }
    data = map(m, buffer->mem[plane], model_format(m, index).plane[plane].sizeimage);
    if (!data)
        model_fail(m, "cannot map plane %d of CAPTURE buffer %d: %s", plane, index,
                   strerror(errno));
    return data;
}

int model_find(const struct model *m, uint64_t timestamp)
{
    const struct vstateless_event *event = m->job.event;
    int found = -1;

    for (uint32_t i = 0; i < event->num_buffers; i++) {
        const struct vstateless_buffer *buffer = &event->buffer[i];

        if ((buffer->flags & VSTATELESS_BUFFER_TIMESTAMP) && buffer->timestamp == timestamp &&
            (found < 0 || (int)buffer->index < found))
            found = buffer->index;
    }
    return found;
}

static bool verifies(const struct model *m, const AVFrame *pixels)
{
    return m->options->verify_references > 1 ||
           (m->options->verify_references && pixels->width * pixels->height <= VERIFY_PIXELS);
}

int model_find_reference(struct model *m, uint64_t timestamp)
{
    const struct vstateless_buffer *buffer;
    struct model_frame *frame;
    uint64_t checksum;
    int index, ret;

    index = model_find(m, timestamp);
    if (index < 0)
        return -1;
    frame = &m->frame[index];
    buffer = find_buffer(m, index);
    /*
     * The memory is another one after REQBUFS; another timestamp in our own
     * notes means that the last job in this buffer never reached us.
     */
    if (!frame->picture || frame->mem != buffer->mem[0] || frame->timestamp != timestamp)
        return -1;
    if (!frame->checksum_valid || !verifies(m, frame->pixels))
        return index;
    ret = model_checksum(m, index, frame->pixels->width, frame->pixels->height, &checksum);
    if (ret < 0)
        return -EIO;
    if (checksum != frame->checksum) {
        model_fail(m, "the pixels of reference ts %llu (CAPTURE buffer %d) are not what was decoded",
                   (unsigned long long)timestamp, index);
        return -EIO;
    }
    return index;
}

void model_store(struct model *m, void *picture, const AVFrame *pixels)
{
    const struct vstateless_event *event = m->job.event;
    struct model_frame *frame = &m->frame[event->capture_index];

    /* A second field has the same picture, with a reference of its own. */
    if (frame->picture)
        m->codec->free_picture(frame->picture);
    *frame = (struct model_frame) {
        .picture = picture,
        .pixels = pixels,
        .timestamp = event->timestamp,
        .mem = find_buffer(m, event->capture_index)->mem[0],
        .format = model_format(m, event->capture_index),
    };
    if (verifies(m, pixels))
        frame->checksum_valid = !model_checksum(m, event->capture_index, pixels->width,
                                                pixels->height, &frame->checksum);
}

const void *model_control(struct model *m, uint32_t id, size_t size)
{
    for (int i = 0; i < m->job.num_controls; i++)
        if (m->job.control[i].id == id && m->job.control[i].size >= size)
            return m->job.control[i].data;
    model_fail(m, "control 0x%x with %zu bytes is missing", id, size);
    return NULL;
}

int model_control_value(const struct model *m, uint32_t id, int def)
{
    int value;

    for (int i = 0; i < m->job.num_controls; i++)
        if (m->job.control[i].id == id && m->job.control[i].size == sizeof(value)) {
            memcpy(&value, m->job.control[i].data, sizeof(value));
            return value;
        }
    return def;
}

static int parse_controls(struct model *m, const uint8_t *data, size_t size)
{
    size_t pos = 0;

    while (size - pos >= sizeof(struct vstateless_control)) {
        struct vstateless_control header;
        size_t payload;

        memcpy(&header, data + pos, sizeof(header));
        pos += sizeof(header);
        payload = (size_t)header.elem_size * header.elems;
        if (payload > size - pos || m->job.num_controls == MODEL_MAX_CONTROLS)
            return model_fail(m, "control block is damaged");
        m->job.control[m->job.num_controls++] = (struct model_control) {
            .id = header.id,
            .size = payload,
            .data = data + pos,
        };
        payload = (payload + 7) & ~(size_t)7;
        pos += payload < size - pos ? payload : size - pos;
    }
    return 0;
}

/* A file handle may change its coded format while nothing is allocated. */
static int select_codec(struct model *m)
{
    uint32_t fourcc = m->job.event->coded_fourcc;

    if (m->codec && m->codec->fourcc == fourcc)
        return 0;
    close_codec(m);
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (codecs[i]->fourcc != fourcc)
            continue;
        m->state = codecs[i]->open(m);
        if (!m->state)
            return model_fail(m, "cannot open the %s decoder", codecs[i]->name);
        m->codec = codecs[i];
        return 0;
    }
    return model_fail(m, "no decoder for coded format 0x%08x", fourcc);
}

static int run(struct model *m, const uint8_t *controls)
{
    const struct vstateless_event *event = m->job.event;
    int ret;

    if (event->num_buffers > VSTATELESS_MAX_BUFFERS ||
        event->capture_index >= VSTATELESS_MAX_BUFFERS || !find_buffer(m, event->capture_index))
        return model_fail(m, "the job's CAPTURE buffer %u is not in its table", event->capture_index);
    ret = select_codec(m);
    if (ret < 0)
        return ret;
    ret = parse_controls(m, controls, event->controls_size);
    if (ret < 0)
        return ret;
    return m->codec->decode(m, m->state);
}

void model_run(struct model *m, const struct vstateless_event *event, const uint8_t *controls,
               uint8_t *bitstream, struct vstateless_done *done)
{
    int ret;

    memset(bitstream + event->bitstream_size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    m->job = (struct model_job) { .event = event, .bitstream = bitstream };
    ret = run(m, controls);
    /* A message of libavcodec alone decides only in log_callback()'s case. */
    if (!ret && m->job.reason[0])
        ret = -EINVAL;
    if (ret < 0)
        model_log(m, "failed: %s", m->job.reason[0] ? m->job.reason : strerror(-ret));
    else if (m->options->verbose)
        model_log(m, "decoded into CAPTURE buffer %u", event->capture_index);
    *done = (struct vstateless_done) {
        .job = event->job,
        .status = ret,
        .warnings = m->job.warnings,
        .bytes_written = m->job.bytes_written,
    };
    m->job.event = NULL;
}
