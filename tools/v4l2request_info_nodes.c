/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media devices and video nodes of the machine, and who may open them. */

#define _GNU_SOURCE /* O_CLOEXEC, asprintf() */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/media.h>
#include <linux/videodev2.h>

#include "libavutil/error.h"
#include "libavutil/hwcontext_v4l2request_internal.h"
#include "libavutil/hwcontext_v4l2request_nodes.h"
#include "libavutil/hwcontext_v4l2request_topology.h"
#include "libavutil/mem.h"

#include "v4l2request_info.h"

#define MAX_NODES 256

/* Nodes that were written, so that none is written twice. */
typedef struct Seen {
    dev_t nodes[MAX_NODES];
    int nb_nodes;
} Seen;

static int see(Seen *seen, dev_t number)
{
    for (int i = 0; i < seen->nb_nodes; i++) {
        if (seen->nodes[i] == number)
            return 0;
    }
    if (seen->nb_nodes < MAX_NODES)
        seen->nodes[seen->nb_nodes++] = number;
    return 1;
}

/* What has to be done so that this user may open the node. */
static void write_advice(Writer *w, const char *path)
{
    const struct passwd *user = getpwuid(geteuid());
    const struct group *group;
    struct stat st;

    if (stat(path, &st) < 0)
        return;
    group = getgrgid(st.st_gid);
    writer_format(w, "permissions", "%04o, user %u, group %s", st.st_mode & 07777, st.st_uid,
                  group ? group->gr_name : "unknown");
    if ((st.st_mode & 0060) != 0060 || !st.st_gid)
        writer_string(w, "advice", "only its owner may open it: add a rule to udev, such as "
                      "SUBSYSTEM==\"media\", GROUP=\"video\", MODE=\"0660\" (and video4linux), and reboot");
    else
        writer_format(w, "advice", "sudo usermod -a -G %s %s, and log in again; in a container: "
                      "--group-add %u", group ? group->gr_name : "GROUP", user ? user->pw_name : "USER",
                      st.st_gid);
}

/* Returns a file descriptor, or a negative value when the reason has been written. */
static int open_node(Writer *w, const char *path, Found *found)
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int err = errno;

    if (fd >= 0) {
        writer_string(w, "access", "yes");
        return fd;
    }

    switch (err) {
    case EACCES:
    case EPERM:
        writer_string(w, "access", "no permission");
        found->refused++;
        if (err == EACCES)
            write_advice(w, path);
        else
            writer_string(w, "advice", "in a container: pass the node to it (--device)");
        break;
    case EBUSY:
        writer_string(w, "access", "busy");
        writer_string(w, "advice", "another program uses it");
        found->refused++;
        break;
    default:
        writer_string(w, "access", av_err2str(AVERROR(err)));
        break;
    }
    return -1;
}

static const char *const kinds[] = {
    [V4L2_REQUEST_NODE_STATELESS] = "stateless decoder",
    [V4L2_REQUEST_NODE_UNKNOWN]   = "stateless decoder of another codec",
    [V4L2_REQUEST_NODE_STATEFUL]  = "stateful decoder",
    [V4L2_REQUEST_NODE_ENCODER]   = "encoder",
    [V4L2_REQUEST_NODE_PROCESSOR] = "image processor",
    [V4L2_REQUEST_NODE_OTHER]     = "camera, tuner or overlay",
    [V4L2_REQUEST_NODE_MEDIA]     = "media device",
    [V4L2_REQUEST_NODE_FOREIGN]   = "not a V4L2 device",
};

/* decoder: a decoder entity of a media device that can be opened leads to it */
static void write_video(Writer *w, const char *path, int decoder, Found *found)
{
    struct v4l2_capability cap = { 0 };
    enum V4L2RequestNodeKind kind;
    int fd;

    writer_begin(w, w->json ? NULL : path);
    if (w->json)
        writer_string(w, "path", path);
    fd = open_node(w, path, found);
    if (fd < 0) {
        writer_end(w);
        return;
    }

    kind = ff_v4l2_request_node_kind(fd);
    if (avpriv_v4l2request_ioctl(fd, VIDIOC_QUERYCAP, &cap) >= 0) {
        writer_string(w, "driver", (const char *)cap.driver);
        writer_string(w, "card", (const char *)cap.card);
    }
    writer_string(w, "kind", kinds[kind]);
    if (kind == V4L2_REQUEST_NODE_STATEFUL)
        writer_string(w, "use", "decoders of the name *_v4l2m2m");
    if (kind == V4L2_REQUEST_NODE_ENCODER)
        writer_string(w, "use", "encoders of the name *_v4l2m2m");
    if (kind == V4L2_REQUEST_NODE_STATELESS) {
        writer_flag(w, "usable", decoder);
        if (decoder)
            found->decoders++;
        else
            writer_string(w, "reason", "no decoder entity of a media device that can be opened belongs to it");
        info_codecs(w, fd);
    }
    close(fd);
    writer_end(w);
}

static int is_decoder(const V4L2RequestTopology *t, dev_t node)
{
    for (unsigned i = 0; i < t->header.num_entities; i++) {
        if (t->entities[i].function == MEDIA_ENT_F_PROC_VIDEO_DECODER &&
            ff_v4l2_request_decoder_node(t, t->entities[i].id) == node)
            return 1;
    }
    return 0;
}

/* The nodes of a media device; only one of them if it is wanted. */
static void write_interfaces(Writer *w, const V4L2RequestTopology *t, dev_t wanted, Seen *seen, Found *found)
{
    writer_begin_array(w, "nodes");
    for (unsigned i = 0; i < t->header.num_interfaces; i++) {
        const struct media_v2_interface *intf = &t->interfaces[i];
        dev_t number = makedev(intf->devnode.major, intf->devnode.minor);
        char *path;

        if (intf->intf_type != MEDIA_INTF_T_V4L_VIDEO || (wanted && wanted != number))
            continue;
        see(seen, number);
        path = ff_v4l2_request_node_path(intf->devnode.major, intf->devnode.minor);
        if (path) {
            write_video(w, path, is_decoder(t, number), found);
        } else {
            writer_begin(w, w->json ? NULL : "node");
            writer_format(w, "access", "no node %u:%u in /dev", intf->devnode.major, intf->devnode.minor);
            writer_string(w, "advice", "in a container: pass it as well (--device)");
            writer_end(w);
        }
        av_free(path);
    }
    writer_end(w);
}

/* Whether a media device has the wanted node, or is it. */
static int has_node(const V4L2RequestTopology *t, dev_t media, dev_t wanted)
{
    for (unsigned i = 0; i < t->header.num_interfaces; i++) {
        if (makedev(t->interfaces[i].devnode.major, t->interfaces[i].devnode.minor) == wanted)
            return 1;
    }
    return !wanted || media == wanted;
}

static void write_media(Writer *w, const char *path, dev_t wanted, Seen *seen, Found *found)
{
    struct media_device_info info = { 0 };
    V4L2RequestTopology t = { 0 };
    struct stat st = { 0 };
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int ret = fd >= 0 ? ff_v4l2_request_topology_read(fd, &t) : AVERROR(errno);

    stat(path, &st);
    if (fd >= 0)
        close(fd);
    if (ret >= 0 ? !has_node(&t, st.st_rdev, wanted) : wanted && wanted != st.st_rdev) {
        ff_v4l2_request_topology_free(&t);
        return;
    }

    writer_begin(w, w->json ? NULL : path);
    if (w->json)
        writer_string(w, "path", path);
    fd = open_node(w, path, found);
    if (fd >= 0 && ret >= 0 && avpriv_v4l2request_ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info) >= 0) {
        writer_string(w, "driver", info.driver);
        writer_string(w, "model", info.model);
        writer_string(w, "bus", info.bus_info);
        write_interfaces(w, &t, wanted == st.st_rdev ? 0 : wanted, seen, found);
    } else if (fd >= 0) {
        writer_string(w, "reason", "not a usable media device");
    }
    if (fd >= 0)
        close(fd);
    ff_v4l2_request_topology_free(&t);
    writer_end(w);
}

/* Video nodes that no media device showed us. */
static void write_others(Writer *w, dev_t wanted, Seen *seen, Found *found)
{
    writer_begin_array(w, "other_video_nodes");
    for (int i = 0; i < MAX_NODES; i++) {
        char path[32];
        struct stat st;

        snprintf(path, sizeof(path), "/dev/video%d", i);
        if (!stat(path, &st) && S_ISCHR(st.st_mode) && (!wanted || wanted == st.st_rdev) &&
            see(seen, st.st_rdev))
            write_video(w, path, 0, found);
    }
    writer_end(w);
}

void info_nodes(Writer *w, const char *device, Found *found)
{
    Seen seen = { 0 };
    struct stat st = { 0 };
    char **paths = NULL;
    int nb_paths = 0;

    if (device && (stat(device, &st) < 0 || !S_ISCHR(st.st_mode))) {
        writer_format(w, "error", "there is no device %s", device);
        return;
    }
    if (ff_v4l2_request_list_media(NULL, &paths, &nb_paths) < 0)
        return;
    writer_begin_array(w, "media_devices");
    for (int i = 0; i < nb_paths; i++)
        write_media(w, paths[i], st.st_rdev, &seen, found);
    writer_end(w);
    write_others(w, st.st_rdev, &seen, found);
    for (int i = 0; i < nb_paths; i++)
        av_free(paths[i]);
    av_free(paths);
}
