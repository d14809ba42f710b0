configure finds the hwaccels in this list.

@hook AV1
@before 'extern const struct FFHWAccel ff_av1_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_av1_v4l2request_hwaccel;

@hook H.264
@before 'extern const struct FFHWAccel ff_h264_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_h264_v4l2request_hwaccel;

@hook HEVC
@before 'extern const struct FFHWAccel ff_hevc_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_hevc_v4l2request_hwaccel;

@hook MPEG-2
@before 'extern const struct FFHWAccel ff_mpeg2_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_mpeg2_v4l2request_hwaccel;

@hook VP8
@before 'extern const struct FFHWAccel ff_vp8_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_vp8_v4l2request_hwaccel;

@hook VP9
@before 'extern const struct FFHWAccel ff_vp9_vaapi_hwaccel;'
+extern const struct FFHWAccel ff_vp9_v4l2request_hwaccel;
