/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text and JSON of v4l2request-info, from the same calls. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "v4l2request_info.h"

static void write_quoted(Writer *w, const char *string)
{
    fputc('"', w->file);
    for (const unsigned char *s = (const unsigned char *)string; *s; s++) {
        if (*s == '"' || *s == '\\')
            fprintf(w->file, "\\%c", *s);
        else if (*s < 0x20)
            fprintf(w->file, "\\u%04x", *s);
        else
            fputc(*s, w->file);
    }
    fputc('"', w->file);
}

/* Text has blanks where JSON has underscores. */
static void write_words(Writer *w, const char *key)
{
    for (; *key; key++)
        fputc(*key == '_' ? ' ' : *key, w->file);
}

static void begin_value(Writer *w, const char *key)
{
    if (w->json) {
        if (w->depth)
            fprintf(w->file, "%s\n", w->used >> w->depth & 1 ? "," : "");
        fprintf(w->file, "%*s", 2 * w->depth, "");
        if (key) {
            write_quoted(w, key);
            fputs(": ", w->file);
        }
    } else {
        fprintf(w->file, "%*s", 2 * (w->depth - 1), "");
        if (key) {
            write_words(w, key);
            fputs(": ", w->file);
        }
    }
    w->used |= 1 << w->depth;
}

static void end_value(Writer *w)
{
    if (!w->json)
        fputc('\n', w->file);
}

static void begin_nested(Writer *w, const char *key, int is_array)
{
    if (w->json) {
        begin_value(w, key);
        fputc(is_array ? '[' : '{', w->file);
    } else if (key) {
        fprintf(w->file, "%*s", 2 * (w->depth - 1), "");
        write_words(w, key);
        fputs(":\n", w->file);
    } else if (w->depth) {
        fprintf(w->file, "%*s-\n", 2 * (w->depth - 1), "");
    }
    w->depth++;
    w->used     &= ~(1 << w->depth);
    w->is_array &= ~(1 << w->depth);
    w->is_array |= is_array << w->depth;
}

void writer_begin(Writer *w, const char *key)
{
    begin_nested(w, key, 0);
}

void writer_begin_array(Writer *w, const char *key)
{
    begin_nested(w, key, 1);
}

void writer_end(Writer *w)
{
    int is_array = w->is_array >> w->depth & 1;
    int empty    = !(w->used >> w->depth & 1);

    w->depth--;
    if (w->json) {
        if (!empty)
            fprintf(w->file, "\n%*s", 2 * w->depth, "");
        fputc(is_array ? ']' : '}', w->file);
        if (!w->depth)
            fputc('\n', w->file);
    }
}

void writer_number(Writer *w, const char *key, int64_t value)
{
    begin_value(w, key);
    fprintf(w->file, "%"PRId64, value);
    end_value(w);
}

void writer_real(Writer *w, const char *key, double value)
{
    begin_value(w, key);
    fprintf(w->file, "%.3f", value);
    end_value(w);
}

void writer_flag(Writer *w, const char *key, int value)
{
    begin_value(w, key);
    if (w->json)
        fputs(value ? "true" : "false", w->file);
    else
        fputs(value ? "yes" : "no", w->file);
    end_value(w);
}

void writer_string(Writer *w, const char *key, const char *value)
{
    begin_value(w, key);
    if (!w->json)
        fputs(value ? value : "none", w->file);
    else if (value)
        write_quoted(w, value);
    else
        fputs("null", w->file);
    end_value(w);
}

void writer_format(Writer *w, const char *key, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    writer_string(w, key, text);
}

void writer_list(Writer *w, const char *key, const char *const *strings, int nb_strings)
{
    if (!w->json && !nb_strings)
        return;
    begin_value(w, key);
    if (w->json)
        fputc('[', w->file);
    for (int i = 0; i < nb_strings; i++) {
        fputs(i ? ", " : "", w->file);
        if (w->json)
            write_quoted(w, strings[i]);
        else
            fputs(strings[i], w->file);
    }
    if (w->json)
        fputc(']', w->file);
    end_value(w);
}
