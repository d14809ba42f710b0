@hook number of formats
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@before /^\s+CONFIG_H264_VAAPI_HWACCEL \+ \\$/
+                     CONFIG_H264_V4L2REQUEST_HWACCEL + \

The first hwaccel that is tested behind the chroma formats is DXVA2: its place
is 4:2:0 at 8 bit.

@hook pixel format
@within /^static enum AVPixelFormat get_pixel_format\(/ /^}/
@before '#if CONFIG_H264_DXVA2_HWACCEL'
+#if CONFIG_H264_V4L2REQUEST_HWACCEL
+            *fmt++ = AV_PIX_FMT_DRM_PRIME;
+#endif
