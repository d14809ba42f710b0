# SPDX-License-Identifier: LGPL-2.1-or-later
"""The streams of av1.py: lists of frames, each as it differs from FRAME.

Slots are named by refs (LAST to ALTREF). primary is an index of refs, 7 none.
lf_deltas None: disabled, (): not updated, ten values (None: unchanged): updated.
A feature row is quantiser, filter level of Y vertical and horizontal, U, V,
reference, skip, global motion, each None or a value (5.9.14). cdef: damping, then
strengths of Y and UV as coded. lr: types of the planes as coded (0 none, 1
switchable, 2 Wiener, 3 self-guided), log2 of the units. motion: type and
parameters by reference from LAST = 0. tile_cols: log2, or a list of widths.
"""

SEQUENCE = {
    "size": (136, 104), "sb128": 0, "filter_intra": 1, "intra_edge": 1, "interintra": 1,
    "masked": 1, "warped": 1, "dual_filter": 1, "hint_bits": 7, "jnt_comp": 1, "ref_frame_mvs": 1,
    "superres": 0, "cdef": 1, "restoration": 1, "depth": 8, "mono": 0, "full_range": 0,
    "separate_uv": 0, "frame_ids": None,
}

FRAME = {
    "type": 1, "show": 1, "showable": 1, "error_resilient": 0, "disable_cdf_update": 0, "end_update": 1,
    "screen": 0, "integer_mv": 0, "id": 0, "override": 0, "size": None, "size_of": None, "superres": 0,
    "render": None, "primary": 0, "refresh": 1, "refs": (0, 1, 2, 3, 4, 5, 6), "short": 0,
    "high_precision": 1, "filter": 4, "switchable_motion": 1, "ref_mvs": 1,
    "tile_cols": 0, "tile_rows": 0, "context_tile": 0, "size_bytes": 2, "groups": None, "split": 0,
    "q": 12, "q_delta": (0, 0, 0, 0, 0), "qm": None, "segmentation": None,
    "delta_q": None, "delta_lf": None, "delta_lf_multi": 0,
    "levels": (8, 12, 6, 9), "sharpness": 0, "lf_deltas": (), "cdef": (4, (9, 5)),
    "lr": ((0, 0, 0), 6, 6), "tx_select": 1, "compound": 1, "skip_mode": 1, "warped": 1, "reduced_tx": 0,
    "motion": {}, "bytes": 3000,
}

TRANSLATION, ROTZOOM, AFFINE = 1, 2, 3
ONE = 1 << 16


def frame(hint, **fields):
    return {**FRAME, "hint": hint, **fields}


def key(hint, **fields):
    return frame(hint, type=0, **fields)


def intra_only(hint, **fields):
    return frame(hint, type=2, **fields)


def switch(hint, **fields):
    return frame(hint, type=3, **fields)


def existing(slot):
    return {"existing": slot}


def rows(**features):
    """Feature rows by segment: s0=(...) to s7=(...), short ones filled up."""
    full = []
    for i in range(8):
        row = tuple(features.get(f"s{i}", ()))
        full.append(row + (None,) * (8 - len(row)))
    return full


def one_feature(index, values):
    """The feature in each segment that has a value; segment 7 is always in use."""
    return [(None,) * index + (value,) + (None,) * (7 - index) for value in values]


def segments():
    """each feature alone; maps: new, temporal, kept; data: new, kept, of other references"""
    quant = one_feature(0, (None, 6, -8, 20, -20, 40, 3, 60))
    yield key(0, segmentation={"features": quant})
    yield frame(1, refresh=2, segmentation={"map": 1, "temporal": 1})
    yield frame(2, refresh=4, refs=(1, 0, 0, 0, 0, 0, 0), segmentation={"map": 0})
    for index in range(1, 5):
        features = one_feature(index, (None, 20, -10, 40, -40, 30, 10, 63))
        yield frame(2 + index, refs=(2, 1, 0, 3, 1, 2, 0), refresh=8,
                    segmentation={"map": index & 1, "temporal": index == 3, "features": features})
    yield frame(7, refresh=16, segmentation={"map": 1, "features": one_feature(5, (0, 1, 2, 3, 4, 5, 6, 7))})
    yield frame(8, refs=(4, 3, 2, 1, 0, 4, 3), segmentation={"map": 1, "temporal": 1})
    skip = one_feature(6, (None, 0, None, None, 0, None, None, 0))
    yield frame(9, refresh=32, segmentation={"map": 1, "features": skip})
    moved = one_feature(7, (None, None, 0, None, 0, None, None, 0))
    yield frame(10, refresh=64, segmentation={"map": 1, "features": moved},
                motion={0: (TRANSLATION, (3 << 13, -5 << 13, ONE, 0, 0, ONE))})
    yield frame(11, segmentation=None, refresh=0)
    yield frame(12, primary=4, refs=(0, 1, 2, 3, 3, 5, 6), segmentation={"map": 0})
    yield frame(13, primary=7, segmentation={"features": quant})


def segments_mixed():
    """all features at once, in hidden frames, 128x128 superblocks, frames without segmentation between"""
    features = rows(s0=(5, 3, -3, 8, -8), s1=(None, None, None, None, None, 0), s2=(-9, None, 20),
                    s3=(None, None, None, None, None, None, 0), s4=(30, -20, None, 12, None, 4),
                    s5=(None, None, None, None, None, None, None, 0), s6=(2,), s7=(-4, 1, 2, 3, 4))
    other = features[::-1][:7] + [(9,) + (None,) * 7]
    yield key(0)
    yield frame(1, refresh=2, segmentation={"map": 1, "features": features})
    yield frame(4, refresh=4, show=0, refs=(1, 0, 1, 0, 1, 0, 1), segmentation={"map": 1, "temporal": 1})
    yield frame(2, refresh=8, refs=(1, 0, 1, 0, 2, 2, 2), segmentation=None)
    yield frame(3, refresh=16, refs=(3, 1, 0, 1, 2, 2, 2), primary=1, segmentation={"map": 0})
    yield existing(2)
    yield frame(5, refs=(2, 4, 3, 1, 0, 1, 2),
                segmentation={"map": 1, "temporal": 1, "features": other})
    yield frame(6, refs=(2, 4, 3, 1, 0, 1, 2), primary=4, segmentation={"map": 0})


def lossless_segments():
    """lossless and other segments in one frame, then all of them; superres without loss"""
    yield key(0, q=1, segmentation={"features": one_feature(0, (None, -1, 6, -200, 9, -1, 20, -2))},
              tx_select=0)
    yield frame(1, refresh=2, q=3, segmentation={"map": 1, "temporal": 1})
    yield frame(2, refresh=4, q=2, segmentation={"map": 1, "features": one_feature(0, [-2] * 8)})
    yield frame(3, refs=(2, 1, 0, 1, 0, 1, 2), q=0, superres=13, lr=((2, 3, 1), 6, 6))
    yield frame(4, refs=(0, 2, 1, 1, 0, 1, 2), q=2, segmentation=None)


def deltas():
    """quantiser and loop filter levels that change in the frame: one or four, all resolutions"""
    yield key(0, delta_q=0, delta_lf=0)
    for i in range(4):
        yield frame(1 + 2 * i, refresh=2 << i, delta_q=i, delta_lf=3 - i, delta_lf_multi=1)
        yield frame(2 + 2 * i, delta_q=3 - i, delta_lf=i, delta_lf_multi=i == 2,
                    lf_deltas=(9, -4, 6, None, 0, 11, None, -8, 5, -7))
    yield frame(9, delta_q=1)
    yield frame(10, delta_q=1, delta_lf=1, delta_lf_multi=1, levels=(30, 20, 1, 0),
                segmentation={"map": 1, "features": one_feature(1, (9, None, -9, 5, 0, 20, 2, 12))})


def global_motion():
    """translation, rotation with zoom, affine; from the primary reference's, from none; not invertible"""
    turn = (5 << 10, -3 << 10, ONE + (20 << 1), 30 << 1, -30 << 1, ONE + (20 << 1))
    shear = (-9 << 10, 12 << 10, ONE - (40 << 1), 60 << 1, 10 << 1, ONE + (70 << 1))
    wild = (0, 0, ONE - (4000 << 1), 3000 << 1, 4000 << 1, ONE + (2000 << 1))
    shift = (7 << 13, -11 << 13, ONE, 0, 0, ONE)
    yield key(0)
    yield frame(1, refresh=2, motion={0: (TRANSLATION, shift), 3: (ROTZOOM, turn), 6: (AFFINE, shear)})
    yield frame(2, refresh=4, refs=(1, 0, 1, 0, 1, 0, 1),
                motion={0: (AFFINE, shear), 3: (ROTZOOM, shear), 5: (AFFINE, wild), 6: (TRANSLATION, shift)})
    yield frame(3, refresh=8, refs=(2, 1, 0, 2, 1, 0, 1), high_precision=0, warped=0,
                motion={0: (TRANSLATION,
                (6 << 14, 3 << 14, ONE, 0, 0, ONE)), 1: (AFFINE, wild), 2: (ROTZOOM, turn)})
    yield frame(4, refresh=16, refs=(3, 2, 1, 0, 3, 2, 1), screen=1, integer_mv=1,
                motion={0: (TRANSLATION, (8 << 14, -8 << 14, ONE, 0, 0, ONE)), 4: (ROTZOOM, turn)})
    yield frame(5, refs=(3, 2, 1, 0, 3, 2, 1), error_resilient=1,
                motion={i: (1 + i % 3, shear) for i in range(7)})
    yield frame(6, primary=2, refs=(4, 3, 1, 0, 3, 2, 1), motion={0: (AFFINE, turn), 2: (AFFINE, shear)})
    yield intra_only(7, refresh=32)
    yield frame(8, primary=0, refs=(5, 3, 1, 0, 3, 2, 1), motion={0: (ROTZOOM, turn), 1: (ROTZOOM, shear)})


def short_refs():
    """five of seven references follow from order hints, which wrap at three bits; skip mode forward and backward"""
    yield key(0)
    yield frame(2, refresh=0x0c, short=1, refs=(0, 0, 0, 1, 0, 0, 0))
    yield frame(6 - 8 & 7, refresh=0x40, show=0, refs=(2, 0, 1, 2, 0, 0, 0))
    yield frame(4, refresh=0x20, show=0, refs=(2, 0, 0, 0, 6, 6, 6))
    yield frame(3, refresh=0x10, short=1, refs=(2, 0, 0, 0, 0, 0, 0))
    yield existing(5)
    yield frame(5, refresh=0x80, short=1, refs=(5, 0, 0, 4, 0, 0, 0))
    yield existing(6)
    yield frame(7, refresh=0x02, short=1, refs=(6, 0, 0, 5, 0, 0, 0), error_resilient=1)
    yield frame(0, refresh=0x01, short=1, refs=(1, 0, 0, 6, 0, 0, 0))
    yield frame(1, refresh=0x04, refs=(0, 1, 6, 7, 6, 7, 1))


def loop_filters():
    """sharpness, deltas of references and modes: updated, kept, off, of another reference; planes without filter"""
    yield key(0, sharpness=3, levels=(40, 35, 30, 25))
    yield frame(1, refresh=2, sharpness=7, levels=(63, 1, 0, 20),
                lf_deltas=(20, -20, 5, 9, -30, 14, 40, -7, 13, -15))
    yield frame(2, refresh=4, refs=(1, 0, 1, 0, 1, 0, 1), sharpness=1, levels=(20, 60, 50, 0))
    yield frame(3, refresh=8, refs=(0, 1, 2, 0, 1, 0, 1),
                lf_deltas=(None, 63, None, -64, None, None, 1, None, None, -1),
                levels=(32, 32, 32, 32))
    yield frame(4, refresh=16, refs=(3, 2, 1, 0, 3, 2, 1), lf_deltas=None, sharpness=5, levels=(50, 0, 9, 9))
    yield frame(5, refs=(3, 2, 1, 0, 3, 2, 1), primary=2, levels=(0, 0, 0, 0))
    yield frame(6, refs=(4, 3, 1, 0, 3, 2, 1), primary=1, levels=(0, 44, 12, 33), sharpness=6)
    yield frame(7, refs=(4, 3, 1, 0, 3, 2, 1), primary=7, levels=(24, 24, 24, 24))
    # Those of frame 4, which has them switched off, are those that it would have loaded.
    yield frame(8, refresh=32, refs=(4, 3, 1, 0, 3, 2, 1), levels=(30, 40, 20, 10))
    yield frame(9, refs=(5, 3, 1, 0, 3, 2, 1), lf_deltas=(None, 9, *[None] * 8), levels=(50, 30, 20, 10))


def tile_grids():
    """tiles of chosen widths and heights, one to four bytes of size, groups of tiles, each tile's CDFs"""
    yield key(0, tile_cols=[1, 3, 1], tile_rows=[2, 2], context_tile=4, size_bytes=2)
    yield frame(1, refresh=2, tile_cols=[2, 3], tile_rows=[1, 1, 2], context_tile=5, groups=[1, 3, 2])
    yield frame(2, refresh=4, tile_cols=2, tile_rows=1, context_tile=3, size_bytes=3, groups=[4, 2])
    yield frame(3, refresh=8, tile_cols=[1, 1, 1, 1, 1], tile_rows=[1, 1, 1, 1], context_tile=19,
                size_bytes=4)
    yield frame(4, refs=(1, 0, 2, 3, 1, 0, 1), tile_cols=[5], tile_rows=[3, 1], context_tile=1, split=1)
    yield frame(5, refs=(3, 0, 2, 3, 1, 0, 1), tile_cols=1, tile_rows=2, context_tile=6, groups=[1] * 8)
    yield frame(6, refs=(0, 1, 2, 3, 1, 0, 1), tile_cols=0, tile_rows=0)


def superres():
    """superres of all denominators together with loop restoration, tiles, references of other widths"""
    kinds = ((2, 0, 3), (3, 1, 2), (1, 2, 0), (1, 1, 1))
    yield key(0, superres=16, lr=((1, 2, 3), 6, 6))
    for i, denom in enumerate((9, 10, 11, 12, 13, 14, 15, 0)):
        yield frame(1 + i, refresh=1 << (i + 1) % 8, superres=denom, lr=(kinds[i % 4], 6 + i % 3, 6 + i % 2),
                    tile_rows=i % 2, context_tile=i % 2, refs=tuple(max(i - n, 0) for n in range(7)),
                    cdef=(3 + i % 4, (17 * i % 64, 23 * i % 64)))


def restoration():
    """all types and unit sizes of loop restoration, eight CDEF strengths"""
    strengths = [(i * 9 % 64, 63 - i * 7) for i in range(8)]
    yield key(0, lr=((1, 1, 1), 6, 6), cdef=(3, *strengths))
    for i, types in enumerate(((2, 2, 2), (3, 3, 3), (0, 1, 2), (1, 0, 0), (2, 3, 1), (3, 0, 2))):
        yield frame(1 + i, refresh=2 << i, refs=tuple(max(i - n, 0) for n in range(7)),
                    lr=(types, 6 + i % 3, 6 + (i % 3 if i & 1 else max(i % 3 - 1, 0))),
                    cdef=(3 + i % 4, *strengths[:1 << i % 4]))


def restoration_large():
    """the same with superblocks of 128x128"""
    strengths = [(i * 11 % 64, 60 - i * 5) for i in range(8)]
    yield key(0, lr=((1, 1, 1), 8, 7), cdef=(6, *strengths))
    for i, types in enumerate(((2, 3, 1), (3, 2, 2), (1, 1, 0), (0, 3, 3))):
        yield frame(1 + i, refresh=2 << i, refs=tuple(max(i - n, 0) for n in range(7)),
                    lr=(types, 7 + i % 2, 7 if i & 1 else 7), cdef=(3 + i % 4, *strengths[:8 >> i % 4]),
                    delta_q=1, delta_lf=0, delta_lf_multi=1)


def interpolation():
    """each filter, switchable, reduced transform sets, largest transforms, integer vectors, simple motion"""
    yield key(0, reduced_tx=1, disable_cdf_update=1)
    for i in range(5):
        yield frame(1 + i, refresh=2 << i, filter=i, reduced_tx=i & 1, tx_select=i != 3,
                    switchable_motion=i != 2, warped=i != 1, compound=i != 4, high_precision=i & 1,
                    ref_mvs=i != 3)
    yield frame(6, screen=1, integer_mv=1, end_update=0)
    yield frame(7, screen=1, refs=(0, 5, 4, 3, 2, 1, 0), disable_cdf_update=1, skip_mode=0)
    yield frame(8, refs=(0, 5, 4, 3, 2, 1, 0), filter=3, primary=5)


def matrices():
    """quantiser matrices with a level for each plane, a delta for each quantiser"""
    yield key(0, qm=(0, 7, 14), q_delta=(3, -5, 6, 9, -4))
    for i in range(1, 8):
        yield frame(i, refresh=1 << i, qm=(2 * i, 15 - 2 * i, (5 * i) % 16) if i != 4 else None, q=8 + 3 * i,
                    q_delta=((0, -2, 5, -2, 5), (0, 0, 0, 0, 0), (-7, 4, -6, -3, 8))[i % 3])


def matrices_shared():
    """quantiser matrices, U and V alike"""
    yield key(0, qm=(4, 11))
    for i in range(1, 6):
        yield frame(i, refresh=1 << i, qm=(3 * i, i), q_delta=(i - 3, 2, -i, 0, 0))


def monochrome():
    """no chroma: segments, levels, tiles, matrices, restoration"""
    yield key(0, lr=((1,), 7, 7), qm=(5, 9), cdef=(5, (7,), (60,)))
    yield frame(1, refresh=2, lr=((2,), 6, 6), delta_q=1, delta_lf=1, delta_lf_multi=1)
    yield frame(2, refresh=4, refs=(1, 0, 1, 0, 1, 0, 1), tile_cols=1, tile_rows=1, context_tile=3,
                q_delta=(4, 0, 0, 0, 0),
                segmentation={"map": 1, "features": one_feature(1, (9, None, -9, 5, 0, 20, 2, 12))})
    yield frame(3, refs=(2, 0, 1, 0, 1, 0, 1), segmentation={"map": 1, "temporal": 1}, filter=2,
                motion={0: (ROTZOOM, (3 << 10, 5 << 10, ONE + 80, 60, -60, ONE + 80))}, superres=11,
                lr=((3,), 7, 7))
    yield frame(4, refs=(0, 1, 2, 0, 1, 0, 1), skip_mode=1)


def switches():
    """switch frames, also of another size; hidden key frames that are shown later; frame numbers"""
    count = 0

    def number(item):
        nonlocal count
        count += 3
        return {**item, "id": count % 256}

    yield number(key(0))
    yield number(frame(1, refresh=2))
    yield number(switch(2, refs=(1, 0, 1, 0, 1, 0, 1)))
    yield number(frame(3, refresh=4))
    yield number(key(8, show=0, refresh=0x80))
    yield number(frame(4, refresh=8, refs=(2, 0, 1, 0, 7, 7, 7), error_resilient=1))
    yield number(frame(5, refresh=16, refs=(3, 2, 1, 0, 7, 7, 7)))
    yield existing(7)
    yield number(frame(9, refresh=1, refs=(7, 0, 1, 2, 3, 4, 5)))
    yield number(switch(10, size=(88, 72), refs=(0, 7, 6, 5, 4, 3, 2)))
    yield number(frame(11, size=(88, 72), size_of=3))
    yield number(frame(12, size=(136, 104), refresh=2, render=(120, 90)))
    yield number(intra_only(13, refresh=4, size=(100, 80)))
    yield number(frame(14, refs=(1, 2, 0, 3, 1, 2, 0), size_of=1, primary=7))
    yield number(frame(15, refs=(1, 2, 0, 3, 1, 2, 0), override=1, size_of=0, primary=2))


def plain():
    """no order hints and none of the sequence's tools"""
    yield key(0)
    for i in range(1, 7):
        yield frame(0, refresh=1 << i % 8, refs=tuple((i - 1 - n) % i for n in range(7)), filter=i % 5,
                    error_resilient=i == 4, full_range=1)


def large_blocks():
    """128x128 superblocks, all tools at once, hidden frames"""
    grid = {"tile_cols": [1, 1], "tile_rows": [1, 1], "context_tile": 2, "size_bytes": 3}
    yield key(0, **grid, lr=((1, 2, 3), 8, 7), delta_q=0, delta_lf=1, delta_lf_multi=1)
    yield frame(8, show=0, refresh=2, **grid, groups=[3, 1], qm=(9, 3, 12))
    yield frame(4, show=0, refresh=4, refs=(0, 0, 0, 0, 1, 1, 1), superres=10, lr=((3, 1, 1), 7, 7))
    yield frame(2, refresh=8, refs=(0, 0, 0, 0, 2, 1, 1), sharpness=4,
                lf_deltas=(4, 8, -9, 3, 2, 1, -12, 6, 7, 8),
                motion={4: (AFFINE, (5 << 10, -7 << 10, ONE + 60, 90, 30, ONE - 40))})
    yield frame(3, refresh=16, refs=(3, 0, 0, 0, 2, 1, 1), segmentation={
        "map": 1, "features": rows(s0=(4,), s2=(None, 9, -9), s4=(-5, None, None, 7, 9), s7=(12, 3))})
    yield existing(2)
    yield frame(6, refs=(4, 2, 3, 3, 1, 1, 1), segmentation={"map": 1, "temporal": 1}, primary=0, refresh=32)
    yield existing(1)
    yield frame(9, refs=(1, 5, 2, 4, 3, 0, 5), screen=1, cdef=(5, (3, 63), (62, 1), (0, 0), (31, 17)))


def preset(frames, seed, **fields):
    return {"frames": frames, "seed": seed, "sequence": {**SEQUENCE, **fields}}


NO_TOOLS = dict.fromkeys(("filter_intra", "intra_edge", "interintra", "masked", "warped", "dual_filter",
                          "hint_bits", "jnt_comp", "ref_frame_mvs", "cdef", "restoration"), 0)

PRESETS = {
    "segments": preset(segments, seed=4),
    "segments-mixed": preset(segments_mixed, seed=1, sb128=1, size=(200, 136)),
    "lossless-segments": preset(lossless_segments, seed=10, superres=1),
    "deltas": preset(deltas, seed=7),
    "global-motion": preset(global_motion, seed=7),
    "short-refs": preset(short_refs, seed=4, hint_bits=3),
    "loop-filters": preset(loop_filters, seed=4),
    "tile-grids": preset(tile_grids, seed=7, size=(264, 200)),
    "superres": preset(superres, seed=8, superres=1, size=(200, 136)),
    "restoration": preset(restoration, seed=5, size=(200, 136)),
    "restoration-large": preset(restoration_large, seed=4, sb128=1, size=(264, 200), depth=10),
    "interpolation": preset(interpolation, seed=6),
    "no-dual-filter": preset(interpolation, seed=6, dual_filter=0, depth=10, full_range=1),
    "matrices": preset(matrices, seed=4, separate_uv=1),
    "matrices-10bit": preset(matrices_shared, seed=6, depth=10),
    "mono": preset(monochrome, seed=4, mono=1, superres=1),
    "mono-10bit": preset(monochrome, seed=3, mono=1, superres=1, depth=10),
    "switches": preset(switches, seed=7, hint_bits=8, frame_ids=(7, 8)),
    "plain": preset(plain, seed=10, **NO_TOOLS),
    "large-blocks": preset(large_blocks, seed=9, sb128=1, size=(200, 136), superres=1, depth=10,
    separate_uv=1),
}
