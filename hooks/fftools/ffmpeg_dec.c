ffmpeg names a corrupt frame but does not count it; a device whose jobs fail
would end in "0 decode errors".

@hook count corrupt frames
@after 'if (frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT)) {'
+            dp->dec.decode_errors++;

Two configurations may have the same format (see libavcodec/decode.c): the one
of the device's type counts. A DRM device can be created on any desktop, so
"-hwaccel auto" makes none: where it could decode, ours was found before.

@hook device of a configuration
@within /^static enum AVPixelFormat get_format\(/ /^}/
@before 'if (config->pix_fmt == *p)'
+                if (config->device_type != dp->hwaccel_device_type)
+                    continue;

@hook no DRM device for auto
@within /^static int hw_device_setup_for_decode\(/ /^}/
@before '// Try to make a new device of this type.'
+            if (type == AV_HWDEVICE_TYPE_DRM && !hwaccel_device)
+                continue;
