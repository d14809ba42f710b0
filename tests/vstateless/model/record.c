/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recorder of jobs; see record.h for the format
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"
#include "record.h"

static void append(const struct model_options *options, uint64_t context,
                   const struct vstateless_event *event, const uint8_t *controls,
                   const uint8_t *bitstream)
{
    uint32_t size = sizeof(*event) + event->controls_size + event->bitstream_size;
    bool good = false;
    char name[4096];
    FILE *file;

    snprintf(name, sizeof(name), "%s/context-%llu", options->record, (unsigned long long)context);
    file = fopen(name, "ab");
    if (file) {
        good = fwrite("VSR1", 4, 1, file) == 1 && fwrite(&size, sizeof(size), 1, file) == 1 &&
               fwrite(event, sizeof(*event), 1, file) == 1 &&
               fwrite(controls, 1, event->controls_size, file) == event->controls_size &&
               fwrite(bitstream, 1, event->bitstream_size, file) == event->bitstream_size;
        good &= !fclose(file);
    }
    if (!good)
        fprintf(options->log, "vstateless-model: cannot record to %s: %s\n", name, strerror(errno));
}

void record_job(const struct model_options *options, uint64_t context,
                const struct vstateless_event *event, const uint8_t *controls,
                const uint8_t *bitstream)
{
    append(options, context, event, controls, bitstream);
}

void record_streamoff(const struct model_options *options, uint64_t context)
{
    struct vstateless_event event = { .type = VSTATELESS_EVENT_STREAMOFF };

    append(options, context, &event, (const uint8_t *)"", (const uint8_t *)"");
}
