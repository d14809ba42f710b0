Frames come from the hwaccel's own device, so a client may give a device only.

@hook config macro
@after /_d3d12va_hwaccel\)$/
+#define HWACCEL_V4L2REQUEST(codec) \
+    HW_CONFIG_HWACCEL(1, 0, 0, DRM_PRIME,    V4L2REQUEST,  ff_ ## codec ## _v4l2request_hwaccel)
