ffmpeg names a corrupt frame but does not count it; a device whose jobs fail
would end in "0 decode errors".

@hook count corrupt frames
@after 'if (frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT)) {'
+            dp->dec.decode_errors++;
