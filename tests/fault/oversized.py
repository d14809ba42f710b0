#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An H.264 stream whose pictures are larger than a decoder's first buffer.

    oversized.py >out.h264

All macroblocks are I_PCM: 384 bytes each, three times what the hwaccel asks
for at first. Too large (600 KiB) to be kept with the other streams.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "clips" / "generate"))
# pylint: disable=wrong-import-position
from h264 import Writer
from h264_presets import Stream

STREAM = Stream("I0 P1", seed=99, width=480, height=400, progressive=True, pcm=1.0,
                intra=1.0, skip=0, reorder=0)

sys.stdout.buffer.write(Writer(STREAM).write())
