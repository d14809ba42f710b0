At the end, so that no value changes and the libraries stay drop-in
replacements: 13 in FFmpeg 7.1, 15 in 8.x and 9.0.

@hook device type
@within /^enum AVHWDeviceType \{/ /^};/
@before /^};/
+    /// decoders behind the V4L2 Request API
+    AV_HWDEVICE_TYPE_V4L2REQUEST,
