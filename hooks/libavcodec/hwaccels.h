configure finds the hwaccels in this list.

@hook AV1
@before 'extern const struct FFHWAccel ff_av1_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_av1_v4l2request_hwaccel;

@hook H.264
@before 'extern const struct FFHWAccel ff_h264_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_h264_v4l2request_hwaccel;

@hook MPEG-2
@before 'extern const struct FFHWAccel ff_mpeg2_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_mpeg2_v4l2request_hwaccel;
