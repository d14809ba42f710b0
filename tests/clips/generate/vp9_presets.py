# SPDX-License-Identifier: LGPL-2.1-or-later
"""The streams of vp9.py: lists of frames, each as it differs from DEFAULTS.

refs are the slots of last, golden and altref; size_of is the reference whose
size the frame takes over. filter: 0 smooth, 1 regular, 2 sharp, 3 bilinear, 4
switchable. reset and context are as in the bitstream. lf_deltas None: disabled,
(): enabled, six values (None: unchanged): updated. A feature row is quantiser,
filter level, reference, skip, each None or a value.
"""

DEFAULTS = {
    "profile": 0, "depth": 8, "full_range": 0, "size": (136, 104), "render": None,
    "type": "inter", "show": 1, "error_resilient": 0, "reset": 0, "refresh": 1,
    "refs": (0, 1, 2), "sign_bias": (0, 0, 0), "size_of": 0, "high_precision": 1, "filter": 4,
    "refresh_context": 1, "parallel": 0, "context": 0,
    "level": 12, "sharpness": 0, "lf_deltas": (), "q": 12, "q_delta": (0, 0, 0),
    "segmentation": None, "tile_cols": 0, "tile_rows": 0,
    "tx_mode": 4, "reference_mode": 0, "changes": 0.02, "bytes": 600,
}


def frame(**fields):
    return {**DEFAULTS, **fields}


def key(**fields):
    return frame(type="key", size_of=None, **fields)


def intra_only(**fields):
    return frame(type="intra-only", size_of=None, show=0, **fields)


def existing(slot):
    return {"existing": slot}


def contexts():
    """Each context in use, forward and backward adaptation, none at all"""
    yield key()
    yield frame(refresh=2, context=0)
    yield frame(refresh=4, context=1)
    yield frame(context=2, parallel=1)
    yield frame(context=3, refresh_context=0)
    for i in range(8):
        yield frame(context=i % 4, parallel=i // 4, refresh=1 << i % 3, changes=0.05)
    yield frame(error_resilient=1)
    yield frame(context=1)
    yield frame(context=3)


def resets():
    """intra-only frames with all values of reset_frame_context, all indices

    Context 0 is never adapted before: FFmpeg loads the signalled context in
    intra-only frames, libvpx and the specification load context 0.
    """
    size = (80, 56)
    yield key(size=size, refresh_context=0)
    for reset, context in ((0, 0), (2, 1), (1, 0), (2, 3), (3, 2), (2, 2)):
        for i in range(1, 4):
            yield frame(size=size, context=i, refresh=1 << i % 3, changes=0.05)
        yield intra_only(size=size, reset=reset, context=context, refresh=8, refresh_context=0)
        for i in range(1, 4):
            yield frame(size=size, context=i, refresh=0, refs=(3, 0, 1))


def intra_frames():
    """intra-only frames in the middle, other slots, shown later"""
    yield key()
    yield frame(refresh=2)
    yield intra_only(refresh=0x30, reset=0)
    yield frame(refs=(4, 0, 1), refresh=4)
    yield existing(5)
    yield frame(refs=(5, 2, 0))
    yield intra_only(refresh=0x0f, reset=3)
    yield frame(refs=(0, 1, 2), refresh=0x80)
    yield existing(7)
    yield existing(7)
    yield frame(refs=(7, 0, 4))
    yield existing(3)
    yield key(show=0)
    yield existing(0)
    yield frame(refresh=0xff)


def row(q=None, level=None, ref=None, skip=None):
    return (q, level, ref, skip)


def segments():
    """every feature, absolute and as a difference, maps coded, predicted and kept"""
    tree = (200, 140, 150, 128, 110, 128, 190)
    features = [row(), row(q=20), row(q=-8, level=20), row(level=-12), row(ref=0), row(ref=1),
                row(ref=2, skip=0), row(q=3, level=3, skip=0)]
    absolute = [row(q=i * 4 + 1, level=i * 7) for i in range(8)]
    yield key(segmentation={"tree": tree, "features": absolute, "absolute": 1})
    yield frame(segmentation={})
    yield frame(segmentation={"tree": tree, "features": features})
    yield frame(segmentation={})
    yield frame(segmentation={"tree": tree, "pred": (180, 128, 90)})
    yield frame(segmentation={"tree": (255, 128, 255, 60, 200, 255, 9), "pred": (255, 100, 255)})
    yield frame(segmentation=None)
    yield frame(segmentation={"features": absolute, "absolute": 1})
    yield frame(segmentation={"tree": tree, "pred": (128, 128, 128), "features": features})
    yield intra_only(refresh=0x10, segmentation={"tree": tree})
    yield frame(segmentation={})
    yield frame(error_resilient=1, segmentation={"tree": tree, "features": features, "absolute": 1})
    yield frame(segmentation={"tree": tree, "pred": (50, 200, 128)})


def loop_filter():
    """levels, sharpness and deltas, kept and changed"""
    deltas = (12, -7, 30, None, -20, 5)
    yield key(level=20, lf_deltas=(None,) * 6)
    yield frame(level=40, sharpness=3)
    yield frame(level=63, sharpness=7, lf_deltas=deltas)
    yield frame(level=33, sharpness=5)
    yield frame(level=10, lf_deltas=None)
    yield frame(level=0, lf_deltas=(63, None, None, -63, None, None))
    yield frame(level=31, sharpness=1)
    yield frame(level=32, error_resilient=1)
    yield frame(level=18, sharpness=4, lf_deltas=(None, 9, None, 9, 9, None))


def filters():
    """each interpolation filter, both vector precisions, each transform mode"""
    yield key(tx_mode=3)
    yield frame(refresh=2, tx_mode=0)
    for i in range(10):
        yield frame(filter=i % 5, high_precision=i // 5, tx_mode=i % 5, refresh=1 << i % 3)


def compound():
    """compound prediction with each fixed reference, single and both"""
    size = (104, 72)
    yield key(size=size)
    yield frame(size=size, refresh=2)
    yield frame(size=size, refresh=4)
    for sign_bias in ((0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 0), (1, 0, 1), (0, 1, 1)):
        for mode in (1, 2):
            yield frame(size=size, sign_bias=sign_bias, reference_mode=mode, refresh=1 << mode)
    yield frame(size=size, sign_bias=(0, 0, 1), reference_mode=0)
    yield frame(size=size, sign_bias=(1, 1, 1))
    yield frame(size=size, sign_bias=(0, 0, 1), reference_mode=2, show=0)
    yield frame(size=size, sign_bias=(0, 0, 1), reference_mode=2)


def quantizers():
    """lossless, and what only looks like it: quantiser 0 with differences"""
    yield key(q=0, level=0)
    yield frame(q=0, level=0)
    yield frame(q=0, q_delta=(3, 0, 0))
    yield frame(q=0, q_delta=(0, -2, 0))
    yield frame(q=1, q_delta=(-1, -1, -1))
    yield frame(q=9, q_delta=(7, 5, -4))
    yield frame(q=0, q_delta=(0, 0, 15), tx_mode=2)
    yield frame(q=0, level=0, refresh=2)
    yield frame(q=30, q_delta=(-15, 15, -15))


def tile_rows():
    """2 and 4 tile rows, fewer rows of blocks than tiles"""
    size = (72, 200)
    yield key(size=size, tile_rows=2)
    yield frame(size=size, tile_rows=1)
    yield frame(size=size, tile_rows=2)
    yield frame(size=size)
    size = (72, 100)
    yield key(size=size, tile_rows=2)
    yield frame(size=size, tile_rows=2)


def tile_columns():
    """4 tile columns, then 2 and 1, with rows"""
    size = (1032, 72)
    yield key(size=size, tile_cols=2, bytes=260)
    yield frame(size=size, tile_cols=2, tile_rows=1, bytes=260)
    yield frame(size=size, tile_cols=1, bytes=260)
    yield frame(size=size, bytes=260)


def sizes():
    """key frames of small and odd sizes; render sizes"""
    for size in ((1, 1), (2, 2), (8, 8), (9, 15), (66, 10), (35, 67), (65, 65), (16, 130)):
        yield key(size=size, render=(size[1], size[0]) if size[0] > 60 else None)
        yield frame(size=size, refresh=2)
        yield frame(size=size, render=(10, 20), refs=(1, 0, 0))


def scaling():
    """sizes that change at inter frames: twice as large to 16 times smaller"""
    yield key(size=(128, 96))
    yield frame(size=(64, 48), size_of=None, refresh=2)
    yield frame(size=(64, 48), size_of=1, refresh=4)
    yield frame(size=(128, 96), size_of=0)
    yield frame(size=(100, 120), size_of=None, refresh=8)
    yield frame(size=(64, 48), refs=(2, 1, 0))
    yield frame(size=(100, 120), refs=(3, 0, 1), refresh=2)
    yield frame(size=(102, 70), refs=(3, 0, 1), size_of=None)
    yield frame(size=(102, 70))


def scaling_intra():
    """an intra-only frame changes the size; older references stay in use"""
    yield key(size=(96, 80))
    yield frame(size=(96, 80), refresh=2)
    yield intra_only(size=(64, 64), refresh=4)
    yield frame(size=(64, 64), refs=(2, 0, 1))
    yield frame(size=(96, 80), refs=(1, 0, 2), refresh=8)
    yield key(size=(96, 80))
    yield frame(size=(96, 80))


def hidden():
    """many hidden frames, one superframe of five, frames that refresh nothing"""
    yield key(show=0)
    yield frame(show=0, refresh=2)
    yield frame(show=0, refresh=4, sign_bias=(0, 0, 1), reference_mode=2)
    yield frame(show=0, refresh=0)
    yield frame(refresh=8)
    yield existing(1)
    yield frame(show=0, refresh=0x40)
    yield existing(6)
    yield frame(refs=(6, 1, 2))
    yield frame(show=0, refresh=0, context=1)
    yield frame(refs=(0, 6, 2), context=1)
    yield existing(0)


def errors():
    """error resilient frames among others: contexts, vectors, map start anew"""
    yield key(error_resilient=1)
    for i in range(9):
        yield frame(error_resilient=i % 3 == 1, refresh=1 << i % 3, context=i % 4)
    yield intra_only(error_resilient=1, refresh=2)
    yield frame(refs=(1, 0, 2))


def high(frames):
    def planned():
        for item in frames():
            yield item if "existing" in item else {**item, "profile": 2, "depth": 10, "q": item["q"] + 4}
    return planned


def full_range():
    yield key(full_range=1)
    yield frame()


PRESETS = {
    "contexts": {"frames": contexts, "seed": 1, "size": (136, 104)},
    "resets": {"frames": resets, "seed": 22, "size": (80, 56)},
    "intra-only": {"frames": intra_frames, "seed": 1, "size": (136, 104)},
    "segments": {"frames": segments, "seed": 2, "size": (136, 104)},
    "loop-filter": {"frames": loop_filter, "seed": 1, "size": (136, 104)},
    "filters": {"frames": filters, "seed": 2, "size": (136, 104)},
    "compound": {"frames": compound, "seed": 8, "size": (104, 72)},
    "quantizers": {"frames": quantizers, "seed": 2, "size": (136, 104)},
    "tile-rows": {"frames": tile_rows, "seed": 1, "size": (72, 200)},
    "tile-columns": {"frames": tile_columns, "seed": 2, "size": (1032, 72)},
    "sizes": {"frames": sizes, "seed": 8, "size": (66, 66)},
    "scaling": {"frames": scaling, "seed": 7, "size": (128, 96)},
    "scaling-intra": {"frames": scaling_intra, "seed": 4, "size": (96, 80)},
    "hidden": {"frames": hidden, "seed": 2, "size": (136, 104)},
    "errors": {"frames": errors, "seed": 1, "size": (136, 104)},
    "full-range": {"frames": full_range, "seed": 1, "size": (136, 104)},
    "high-segments": {"frames": high(segments), "seed": 21, "size": (136, 104), "profile": 2},
    "high-intra": {"frames": high(intra_frames), "seed": 1, "size": (136, 104), "profile": 2},
}
