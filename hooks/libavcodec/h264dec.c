Before Vulkan: clients take the first device that can be created, and a Vulkan
device can be created where it cannot decode.

@hook configuration
@within /^const FFCodec ff_h264_decoder / /^};/
@before '#if CONFIG_H264_VULKAN_HWACCEL'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+                               HWACCEL_V4L2REQUEST(h264),
+#endif

The last one, as a DRM device can be created where nothing decodes.

@hook configuration for DRM devices
@within /^const FFCodec ff_h264_decoder / /^};/
@before 'NULL'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL && CONFIG_V4L2_REQUEST_DRM
+                               HWACCEL_V4L2REQUEST_DRM(h264),
+#endif
