/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Check classes, personalities and the log
 */

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "libavcodec/avcodec.h"
#include "libavutil/log.h"

#include "check.h"
#include "model.h"

/*
 * "default" is what a careful client has to get right everywhere; the others
 * imitate one driver's appetite (mainline 7.3).
 */
static const struct model_personality personalities[] = {
    { .name = "default" },
    { .name = "rkvdec",   .errors = MODEL_QUIRK_DPB_FLAGS },
    { .name = "hantro",   .errors = MODEL_QUIRK_DPB_FLAGS | MODEL_QUIRK_BIT_SIZES |
                            MODEL_QUIRK_VP9_FEATURES | MODEL_QUIRK_SLOTS },
    { .name = "cedrus",   .silent = MODEL_QUIRK_BIT_SIZES | MODEL_QUIRK_PIC_NUM },
    { .name = "mediatek", .errors = MODEL_QUIRK_POC_PAIRS | MODEL_QUIRK_START_CODE |
                            MODEL_QUIRK_FIELDS | MODEL_QUIRK_PIC_NUM | MODEL_QUIRK_SLOTS |
                            MODEL_QUIRK_TILE_COUNT },
    { .name = "tegra",    .errors = MODEL_QUIRK_PICTURE_TYPE | MODEL_QUIRK_FIELDS |
                            MODEL_QUIRK_CABAC },
};

/* What a device may refuse by nature is no fault of the client. */
#define QUIRKS_CAPABILITY	(MODEL_QUIRK_FIELDS | MODEL_QUIRK_CABAC)

const struct model_personality *model_personality(const char *name)
{
    for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++)
        if (!strcmp(personalities[i].name, name))
            return &personalities[i];
    return NULL;
}

static void log_line(const struct model *m, const char *kind, const char *text)
{
    const struct vstateless_event *event = m->job.event;

    if (event)
        fprintf(m->options->log, "vstateless-model: context %llu job %llu ts %llu: %s%s\n",
                (unsigned long long)m->context, (unsigned long long)event->job,
                (unsigned long long)event->timestamp, kind, text);
    else
        fprintf(m->options->log, "vstateless-model: context %llu: %s%s\n",
                (unsigned long long)m->context, kind, text);
    fflush(m->options->log);
}

static void keep_reason(struct model *m, const char *format, va_list args)
{
    if (!m->job.reason[0])
        vsnprintf(m->job.reason, sizeof(m->job.reason), format, args);
}

int model_fail(struct model *m, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    keep_reason(m, format, args);
    va_end(args);
    return -EINVAL;
}

int model_check(struct model *m, bool good, const char *format, ...)
{
    va_list args;

    if (good || m->options->lax)
        return 0;
    va_start(args, format);
    keep_reason(m, format, args);
    va_end(args);
    return -EINVAL;
}

int model_warn(struct model *m, uint32_t quirk, const char *format, ...)
{
    const struct model_personality *personality = m->options->personality;
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (personality->errors & quirk)
        return model_check(m, false, "%s (%s)", text, personality->name);
    if ((personality->silent | QUIRKS_CAPABILITY) & quirk)
        return 0;
    m->job.warnings++;
    log_line(m, "warning: ", text);
    return 0;
}

void model_log(const struct model *m, const char *format, ...)
{
    char text[320];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_line(m, "", text);
}

/*
 * libavcodec says what is wrong with a slice only in its log. One message is
 * an error for us whatever its level: mpegvideo_motion.c leaves the prediction
 * out when a vector points outside of the picture, and the pixels are then
 * what the buffer held before.
 */
static void log_callback(void *avcl, int level, const char *format, va_list args)
{
    const AVClass *class = avcl ? *(const AVClass **)avcl : NULL;
    bool outside = strstr(format, "motion vector out of boundary");
    struct model *m;

    if (!class || (level > AV_LOG_ERROR && !outside) || strcmp(class->class_name, "AVCodecContext"))
        return;
    m = ((AVCodecContext *)avcl)->opaque;
    if (!m || !m->job.event || m->job.reason[0])
        return;
    keep_reason(m, format, args);
    m->job.reason[strcspn(m->job.reason, "\n")] = '\0';
}

void model_log_init(void)
{
    av_log_set_callback(log_callback);
}
