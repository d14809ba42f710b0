The format is offered for every pixel format: what the uAPI has no fields for
and what the device cannot do is refused with its reason when the hwaccel is
initialised.

@hook number of formats
@within /^static enum AVPixelFormat get_format\(/ /^}/
@before /^\s+CONFIG_HEVC_VAAPI_HWACCEL \+ \\$/
+                     CONFIG_HEVC_V4L2REQUEST_HWACCEL + \

@hook format
@within /^static enum AVPixelFormat get_format\(/ /^}/
@before 'switch (sps->pix_fmt) {'
+#if CONFIG_HEVC_V4L2REQUEST_HWACCEL
+    *fmt++ = AV_PIX_FMT_DRM_PRIME;
+#endif

A PPS may need tools that the controls cannot say, and FFmpeg asks for a format
when the SPS is another one only. Where no picture before is needed any more, it
is asked anew, as if the SPS had changed: software takes over.

@hook other PPS
@within /^static int hevc_frame_start\(/ /^}/
@before 'if (l->sps != sps) {'
+#if CONFIG_HEVC_V4L2REQUEST_HWACCEL
+    if (new_sequence && l->sps == sps && ff_v4l2_request_hevc_is_beyond(s))
+        set_sps(s, l, NULL);
+#endif

@hook declaration
@after '#include "hevcdec.h"'
+#if CONFIG_HEVC_V4L2REQUEST_HWACCEL
+#include "libavcodec/v4l2_request_hevc.h"
+#endif

Before Vulkan: clients take the first device that can be created, and a Vulkan
device can be created where it cannot decode.

@hook configuration
@within /^const FFCodec ff_hevc_decoder / /^};/
@before '#if CONFIG_HEVC_VULKAN_HWACCEL'
+#if CONFIG_HEVC_V4L2REQUEST_HWACCEL
+                               HWACCEL_V4L2REQUEST(hevc),
+#endif

The last one, as a DRM device can be created where nothing decodes.

@hook configuration for DRM devices
@within /^const FFCodec ff_hevc_decoder / /^};/
@before 'NULL'
+#if CONFIG_HEVC_V4L2REQUEST_HWACCEL && CONFIG_V4L2_REQUEST_DRM
+                               HWACCEL_V4L2REQUEST_DRM(hevc),
+#endif
