Before Vulkan: clients take the first device that can be created, and a Vulkan
device can be created where it cannot decode.

@hook configuration
@within /^const FFCodec ff_h264_decoder / /^};/
@before '#if CONFIG_H264_VULKAN_HWACCEL'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+                               HWACCEL_V4L2REQUEST(h264),
+#endif
