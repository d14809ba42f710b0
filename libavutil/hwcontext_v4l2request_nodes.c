/*
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

/**
 * @file
 * libudev is a convenience here and never a need: in containers and sandboxes
 * it is missing or knows nothing, and no program should fail to start because
 * of it. So it is loaded when a device is created, and sysfs and /dev answer
 * the same questions where it can't.
 */

#define _GNU_SOURCE /* scandir(), versionsort() */

#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#if HAVE_LIBUDEV_H
#include <dlfcn.h>
#include <libudev.h>
#endif

#include "avstring.h"
#include "error.h"
#include "hwcontext_v4l2request_nodes.h"
#include "log.h"
#include "macros.h"
#include "mem.h"

typedef struct PathList {
    char **paths;
    int nb_paths;
} PathList;

static int list_add(PathList *list, const char *path)
{
    char *copy;
    int ret;

    for (int i = 0; i < list->nb_paths; i++) {
        if (!strcmp(list->paths[i], path))
            return 0;
    }

    copy = av_strdup(path);
    if (!copy)
        return AVERROR(ENOMEM);

    ret = av_dynarray_add_nofree(&list->paths, &list->nb_paths, copy);
    if (ret < 0)
        av_free(copy);
    return ret;
}

#if HAVE_LIBUDEV_H
/** The functions that we use of libudev, under their own names. */
typedef struct Udev {
    void *library;
    struct udev *(*udev_new)(void);
    struct udev *(*udev_unref)(struct udev *);
    struct udev_enumerate *(*udev_enumerate_new)(struct udev *);
    struct udev_enumerate *(*udev_enumerate_unref)(struct udev_enumerate *);
    int (*udev_enumerate_add_match_subsystem)(struct udev_enumerate *, const char *);
    int (*udev_enumerate_scan_devices)(struct udev_enumerate *);
    struct udev_list_entry *(*udev_enumerate_get_list_entry)(struct udev_enumerate *);
    struct udev_list_entry *(*udev_list_entry_get_next)(struct udev_list_entry *);
    const char *(*udev_list_entry_get_name)(struct udev_list_entry *);
    struct udev_device *(*udev_device_new_from_syspath)(struct udev *, const char *);
    const char *(*udev_device_get_devnode)(struct udev_device *);
    struct udev_device *(*udev_device_unref)(struct udev_device *);
} Udev;

static int udev_load(Udev *u)
{
    u->library = dlopen("libudev.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!u->library)
        return AVERROR(ENOSYS);

#define LOAD(name) (u->name = (__typeof__(u->name))dlsym(u->library, #name))
    if (LOAD(udev_new) && LOAD(udev_unref) &&
        LOAD(udev_enumerate_new) && LOAD(udev_enumerate_unref) &&
        LOAD(udev_enumerate_add_match_subsystem) &&
        LOAD(udev_enumerate_scan_devices) &&
        LOAD(udev_enumerate_get_list_entry) &&
        LOAD(udev_list_entry_get_next) && LOAD(udev_list_entry_get_name) &&
        LOAD(udev_device_new_from_syspath) && LOAD(udev_device_get_devnode) &&
        LOAD(udev_device_unref))
        return 0;
#undef LOAD

    dlclose(u->library);
    return AVERROR(ENOSYS);
}

static int udev_add_device(const Udev *u, struct udev *udev, const char *syspath,
                           PathList *list)
{
    struct udev_device *device = u->udev_device_new_from_syspath(udev, syspath);
    const char *node = device ? u->udev_device_get_devnode(device) : NULL;
    int ret = node ? list_add(list, node) : 0;

    if (device)
        u->udev_device_unref(device);
    return ret;
}

static int list_by_udev(PathList *list)
{
    Udev u;
    struct udev *udev;
    struct udev_enumerate *enumerate = NULL;
    int ret = udev_load(&u);

    if (ret < 0)
        return 0;

    udev = u.udev_new();
    if (udev)
        enumerate = u.udev_enumerate_new(udev);
    if (enumerate &&
        u.udev_enumerate_add_match_subsystem(enumerate, "media") >= 0 &&
        u.udev_enumerate_scan_devices(enumerate) >= 0) {
        struct udev_list_entry *entry = u.udev_enumerate_get_list_entry(enumerate);

        for (; entry && ret >= 0; entry = u.udev_list_entry_get_next(entry))
            ret = udev_add_device(&u, udev, u.udev_list_entry_get_name(entry), list);
    }

    if (enumerate)
        u.udev_enumerate_unref(enumerate);
    if (udev)
        u.udev_unref(udev);
    dlclose(u.library);
    return ret;
}
#else
static int list_by_udev(PathList *list)
{
    return 0;
}
#endif

/**
 * List the entries of a directory with a prefix and a number as nodes in /dev,
 * ordered by number.
 */
static int list_by_directory(PathList *list, const char *directory, const char *prefix)
{
    struct dirent **entries;
    int ret = 0;
    int n = scandir(directory, &entries, NULL, versionsort);

    if (n < 0)
        return 0;

    for (int i = 0; i < n; i++) {
        const char *number;
        char path[sizeof("/dev/") + sizeof(entries[i]->d_name)];

        if (ret >= 0 && av_strstart(entries[i]->d_name, prefix, &number) &&
            *number && !number[strspn(number, "0123456789")]) {
            snprintf(path, sizeof(path), "/dev/%s", entries[i]->d_name);
            ret = list_add(list, path);
        }
        free(entries[i]);
    }
    free(entries);
    return ret;
}

int ff_v4l2_request_list_media(void *logctx, char ***paths, int *nb_paths)
{
    static const struct {
        const char *name;
        const char *directory;
    } sources[] = {
        { "libudev", NULL },
        { "sysfs",   "/sys/bus/media/devices" },
        { "/dev",    "/dev" },
    };
    PathList list = { NULL, 0 };
    int ret = 0;

    for (size_t i = 0; i < FF_ARRAY_ELEMS(sources) && ret >= 0 && !list.nb_paths; i++) {
        ret = sources[i].directory ? list_by_directory(&list, sources[i].directory, "media")
                                   : list_by_udev(&list);
        if (list.nb_paths)
            av_log(logctx, AV_LOG_DEBUG, "%d media devices known by %s.\n",
                   list.nb_paths, sources[i].name);
    }

    *paths    = list.paths;
    *nb_paths = list.nb_paths;
    return FFMIN(ret, 0);
}

static int is_node(const char *path, dev_t number)
{
    struct stat st;

    return !stat(path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == number;
}

/** The name that the kernel gives to a device number, "" if unknown. */
static void kernel_name(char *path, size_t size, unsigned major, unsigned minor)
{
    char line[128];
    const char *name;
    FILE *uevent;

    *path = 0;
    snprintf(line, sizeof(line), "/sys/dev/char/%u:%u/uevent", major, minor);
    uevent = fopen(line, "r");
    if (!uevent)
        return;

    while (fgets(line, sizeof(line), uevent)) {
        if (av_strstart(line, "DEVNAME=", &name)) {
            snprintf(path, size, "/dev/%.*s", (int)strcspn(name, "\n"), name);
            break;
        }
    }
    fclose(uevent);
}

char *ff_v4l2_request_node_path(unsigned major, unsigned minor)
{
    dev_t number = makedev(major, minor);
    PathList list = { NULL, 0 };
    char path[256];

    kernel_name(path, sizeof(path), major, minor);
    if (*path && is_node(path, number))
        return av_strdup(path);

    /* sysfs is not mounted, or somebody has renamed the node. */
    *path = 0;
    list_by_directory(&list, "/dev", "video");
    for (int i = 0; i < list.nb_paths; i++) {
        if (!*path && is_node(list.paths[i], number))
            av_strlcpy(path, list.paths[i], sizeof(path));
        av_free(list.paths[i]);
    }
    av_free(list.paths);
    return *path ? av_strdup(path) : NULL;
}
