Our codecs have two configurations of the format DRM_PRIME, one for each type of
device, and the loop ends at the first one that has the format. Left out with
--disable-v4l2-request-drm.

@hook device of a configuration
@before 'int ff_get_format(AVCodecContext *avctx, const enum AVPixelFormat *fmt)'
+#if CONFIG_V4L2_REQUEST_DRM
+/** Whether a later configuration of the same format is the one of the client's device. */
+static int is_for_other_device(const AVCodecContext *avctx, int n)
+{
+    const AVCodecHWConfigInternal *const *configs = ffcodec(avctx->codec)->hw_configs;
+    const AVHWDeviceContext *device;
+
+    if (!avctx->hw_device_ctx)
+        return 0;
+    device = (const AVHWDeviceContext *)avctx->hw_device_ctx->data;
+    if (configs[n]->public.device_type == device->type)
+        return 0;
+    for (int i = n + 1; configs[i]; i++) {
+        const AVCodecHWConfig *config = &configs[i]->public;
+
+        if (config->pix_fmt == configs[n]->public.pix_fmt &&
+            config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX &&
+            config->device_type == device->type)
+            return 1;
+    }
+    return 0;
+}
+#endif
+

@hook choice of a configuration
@within /^int ff_get_format\(/ /^}/
@before 'if (hw_config->public.pix_fmt == user_choice)'
+#if CONFIG_V4L2_REQUEST_DRM
+                if (is_for_other_device(avctx, i))
+                    continue;
+#endif
