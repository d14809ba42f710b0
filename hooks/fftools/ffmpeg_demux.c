See ffmpeg_filter.c.

@hook frames for hwdownload
@before /^int ist_filter_add\(/
+void ist_keep_hw_frames(InputStream *ist)
+{
+    DemuxStream *ds = ds_from_ist(ist);
+
+    if ((ds->dec_opts.hwaccel_device_type == AV_HWDEVICE_TYPE_V4L2REQUEST ||
+         ds->dec_opts.hwaccel_device_type == AV_HWDEVICE_TYPE_DRM) &&
+        ds->dec_opts.hwaccel_output_format == AV_PIX_FMT_NONE)
+        ds->dec_opts.hwaccel_output_format = AV_PIX_FMT_DRM_PRIME;
+}
+
