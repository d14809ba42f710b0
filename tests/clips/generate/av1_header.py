# SPDX-License-Identifier: LGPL-2.1-or-later
"""AV1 sequence and frame headers. A frame is a dict with the names of
av1_presets.py; what its slots hold is known, because some fields are coded as
differences from them, or exist only when they allow it.

Section numbers are those of the AV1 Bitstream & Decoding Process
Specification, version 1.0.0 with errata 1.
"""
from av1_codes import log2, ns, su, subexp_with_ref
from av1_refs import set_frame_refs, skip_mode_allowed
from bits import Bits

KEY, INTER, INTRA_ONLY, SWITCH = range(4)
NO_PRIMARY = 7
IDENTITY, TRANSLATION, ROTZOOM, AFFINE = range(4)
NO_MOTION = (0, 0, 1 << 16, 0, 0, 1 << 16)
CODED_PARAMS = ((), (0, 1), (2, 3, 0, 1), (2, 3, 4, 5, 0, 1))
FEATURE_BITS = (8, 6, 6, 6, 6, 3, 0, 0)


def sequence_header(seq):
    """5.5"""
    bits = Bits()
    width, height = seq["size"]
    bits.u(3, 0)
    bits.flags(0, 0, 0, 0)
    bits.u(5, 0)
    bits.u(12, 0)
    bits.u(5, 4)
    bits.u(4, 8)
    bits.u(4, 8)
    bits.u(9, width - 1)
    bits.u(9, height - 1)
    bits.flags(seq["frame_ids"])
    if seq["frame_ids"]:
        bits.u(4, seq["frame_ids"][0] - 2)
        bits.u(3, seq["frame_ids"][1] - seq["frame_ids"][0] - 1)
    bits.flags(seq["sb128"], seq["filter_intra"], seq["intra_edge"], seq["interintra"],
               seq["masked"], seq["warped"], seq["dual_filter"], seq["hint_bits"])
    if seq["hint_bits"]:
        bits.flags(seq["jnt_comp"], seq["ref_frame_mvs"])
    # Screen content tools and integer vectors are chosen by each frame.
    bits.flags(1, 1)
    if seq["hint_bits"]:
        bits.u(3, seq["hint_bits"] - 1)
    bits.flags(seq["superres"], seq["cdef"], seq["restoration"])
    bits.flags(seq["depth"] == 10, seq["mono"], 0, seq["full_range"])
    if not seq["mono"]:
        bits.u(2, 0)
        bits.flags(seq["separate_uv"])
    bits.flags(0, 1)
    bits.align()
    return bits.to_bytes()


class FrameHeader:
    """One frame: seq and frame are dicts, slots a list of eight states."""

    def __init__(self, seq, frame, slots):
        self.seq, self.frame, self.slots, self.bits = seq, frame, slots, Bits()
        self.intra = frame["type"] in (KEY, INTRA_ONLY)
        self.whole = frame["type"] == SWITCH or (frame["type"] == KEY and frame["show"])
        self.resilient = self.whole or frame["error_resilient"]
        self.primary = NO_PRIMARY if self.intra or self.resilient else frame["primary"]
        self.refresh = 0xff if self.whole else frame["refresh"]
        self.refs = list(frame["refs"])
        if frame["short"]:
            self.refs = set_frame_refs(seq, frame, slots)
        before = slots[self.refs[self.primary]] if self.primary < NO_PRIMARY else {}
        self.old_motion = before.get("motion", [NO_MOTION] * 7)
        self.motion = [NO_MOTION] * 7
        seg = frame["segmentation"]
        self.features = None
        if seg is not None:
            self.features = seg.get("features") or before["features"]
        self.set_size()

    def set_size(self):
        if self.frame["size_of"] is not None and not self.intra:
            self.width, self.height = self.slots[self.refs[self.frame["size_of"]]]["size"]
        else:
            self.width, self.height = self.frame["size"] or self.seq["size"]
        denom = self.frame["superres"] or 8
        self.coded_width = (self.width * 8 + denom // 2) // denom

    def lossless(self):
        if any(self.frame["q_delta"]):
            return False
        rows = self.features or [()]
        return all(self.frame["q"] + (row[0] if row and row[0] is not None else 0) <= 0 for row in rows)

    def state(self):
        """What a slot keeps of this frame."""
        return {"hint": self.frame["hint"], "type": self.frame["type"], "size": (self.width, self.height),
                "motion": self.motion, "features": self.features, "id": self.frame["id"]}

    def superres(self):
        if self.seq["superres"]:
            self.bits.flags(self.frame["superres"])
            if self.frame["superres"]:
                self.bits.u(3, self.frame["superres"] - 9)

    def frame_size(self, override):
        if override:
            self.bits.u(9, self.width - 1)
            self.bits.u(9, self.height - 1)
        self.superres()
        render = self.frame["render"]
        self.bits.flags(render)
        if render:
            self.bits.u(16, render[0] - 1)
            self.bits.u(16, render[1] - 1)

    def size_with_refs(self):
        """5.9.7"""
        which = self.frame["size_of"]
        if which is None:
            self.bits.flags(*[0] * 7)
            self.frame_size(True)
        else:
            self.bits.flags(*[i == which for i in range(which + 1)])
            self.superres()

    def references(self):
        bits, frame, seq = self.bits, self.frame, self.seq
        if seq["hint_bits"]:
            bits.flags(frame["short"])
        if frame["short"]:
            bits.u(3, frame["refs"][0])
            bits.u(3, frame["refs"][3])
        for slot in self.refs:
            if not frame["short"]:
                bits.u(3, slot)
            if seq["frame_ids"]:
                size, ids = seq["frame_ids"][0], 1 << seq["frame_ids"][1]
                bits.u(size, (frame["id"] - self.slots[slot]["id"]) % ids - 1)

    def inter(self, override):
        bits, frame = self.bits, self.frame
        self.references()
        if override and not self.resilient:
            self.size_with_refs()
        else:
            self.frame_size(override)
        if not frame["integer_mv"]:
            bits.flags(frame["high_precision"])
        bits.flags(frame["filter"] == 4)
        if frame["filter"] != 4:
            bits.u(2, frame["filter"])
        bits.flags(frame["switchable_motion"])
        if not self.resilient and self.seq["ref_frame_mvs"]:
            bits.flags(frame["ref_mvs"])

    def frame_type(self):
        """5.9.2, up to the sizes"""
        bits, frame, seq = self.bits, self.frame, self.seq
        bits.flags(0)
        bits.u(2, frame["type"])
        bits.flags(frame["show"])
        if not frame["show"]:
            bits.flags(frame["showable"])
        if not self.whole:
            bits.flags(frame["error_resilient"])
        bits.flags(frame["disable_cdf_update"], frame["screen"])
        if frame["screen"]:
            bits.flags(frame["integer_mv"])
        if seq["frame_ids"]:
            bits.u(seq["frame_ids"][1], frame["id"])
        override = (self.width, self.height) != seq["size"] or frame["override"]
        if frame["type"] != SWITCH:
            bits.flags(override)
        bits.u(seq["hint_bits"], frame["hint"])
        if not self.intra and not self.resilient:
            bits.u(3, self.primary)
        if not self.whole:
            bits.u(8, self.refresh)
        if (not self.intra or self.refresh != 0xff) and self.resilient and seq["hint_bits"]:
            for slot in self.slots:
                bits.u(seq["hint_bits"], slot["hint"])
        if self.intra:
            self.frame_size(override)
            if frame["screen"] and self.coded_width == self.width:
                bits.flags(0)
        else:
            self.inter(override or frame["type"] == SWITCH)

    def edges(self, length, spec, most):
        """Superblocks where tiles begin: spec is log2 of their number or a list of sizes."""
        if isinstance(spec, int):
            step = length + (1 << spec) - 1 >> spec
            return list(range(0, length, step)) + [length]
        edges = [0]
        for size in spec:
            size = min(size, length - edges[-1])
            ns(self.bits, min(length - edges[-1], most), size - 1)
            edges.append(edges[-1] + size)
        assert edges[-1] == length, (length, spec)
        return edges

    def tile_info(self):
        """5.9.15; all frames are so small that one tile is possible."""
        bits, frame = self.bits, self.frame
        block = 128 if self.seq["sb128"] else 64
        cols = (self.coded_width + block - 1) // block
        rows = (self.height + block - 1) // block
        uniform = isinstance(frame["tile_cols"], int)
        bits.flags(uniform)
        if uniform:
            for count, wanted in ((cols, frame["tile_cols"]), (rows, frame["tile_rows"])):
                for i in range(log2(1, count)):
                    bits.flags(i < wanted)
                    if i >= wanted:
                        break
        self.cols = self.edges(cols, frame["tile_cols"], 4096 // block)
        widest = max(b - a for a, b in zip(self.cols, self.cols[1:]))
        self.rows = self.edges(rows, frame["tile_rows"], max(cols * rows // widest, 1))
        self.tile_bits = log2(1, len(self.cols) - 1) + log2(1, len(self.rows) - 1)
        if self.tile_bits:
            bits.u(self.tile_bits, frame["context_tile"])
            bits.u(2, frame["size_bytes"] - 1)

    def quantization(self):
        """5.9.12; q_delta: Y DC, U DC, U AC, V DC, V AC"""
        bits, frame, deltas = self.bits, self.frame, self.frame["q_delta"]
        separate = self.seq["separate_uv"]
        differ = separate and deltas[1:3] != deltas[3:]
        bits.u(8, frame["q"])
        coded = deltas[:1] if self.seq["mono"] else deltas if differ else deltas[:3]
        for i, delta in enumerate(coded):
            if i == 1 and separate:
                bits.flags(differ)
            bits.flags(delta)
            if delta:
                su(bits, 7, delta)
        bits.flags(frame["qm"])
        if frame["qm"]:
            for level in frame["qm"][:3 if separate else 2]:
                bits.u(4, level)

    def segmentation(self):
        """5.9.14; update_map and temporal as coded, features: 8 rows or None"""
        bits, seg = self.bits, self.frame["segmentation"]
        bits.flags(seg is not None)
        if seg is None:
            return
        features = seg.get("features")
        if self.primary != NO_PRIMARY:
            bits.flags(seg.get("map"))
            if seg.get("map"):
                bits.flags(seg.get("temporal"))
            bits.flags(features)
        for row in features or ():
            for size, value in zip(FEATURE_BITS, row):
                bits.flags(value is not None)
                if value is not None and size > 3:
                    su(bits, size + 1, value)
                elif value is not None:
                    bits.u(size, value)

    def deltas(self):
        """5.9.17, 5.9.18: resolutions, or None"""
        bits, frame = self.bits, self.frame
        if not frame["q"]:
            return
        bits.flags(frame["delta_q"] is not None)
        if frame["delta_q"] is None:
            return
        bits.u(2, frame["delta_q"])
        bits.flags(frame["delta_lf"] is not None)
        if frame["delta_lf"] is not None:
            bits.u(2, frame["delta_lf"])
            bits.flags(frame["delta_lf_multi"])

    def loop_filter(self):
        """5.9.11; lf_deltas None: disabled, (): not updated, ten values or None"""
        bits, frame, deltas = self.bits, self.frame, self.frame["lf_deltas"]
        levels = frame["levels"]
        bits.u(6, levels[0])
        bits.u(6, levels[1])
        if not self.seq["mono"] and (levels[0] or levels[1]):
            bits.u(6, levels[2])
            bits.u(6, levels[3])
        bits.u(3, frame["sharpness"])
        bits.flags(deltas is not None)
        if deltas is None:
            return
        bits.flags(deltas)
        for delta in deltas:
            bits.flags(delta is not None)
            if delta is not None:
                su(bits, 7, delta)

    def cdef(self):
        """5.9.19; cdef: damping, then strengths of Y and UV as they are coded"""
        damping, *strengths = self.frame["cdef"]
        size = log2(1, len(strengths))
        self.bits.u(2, damping - 3)
        self.bits.u(2, size)
        for strength in strengths:
            for value in strength[:1 if self.seq["mono"] else 2]:
                self.bits.u(6, value)

    def restoration(self):
        """5.9.20; lr: types of the planes as coded, log2 of the units of Y and UV"""
        bits = self.bits
        types, unit, uv_unit = self.frame["lr"]
        types = types[:1] if self.seq["mono"] else types
        for kind in types:
            bits.u(2, kind)
        if not any(types):
            return
        if self.seq["sb128"]:
            bits.flags(unit > 7)
        else:
            bits.flags(unit > 6)
            if unit > 6:
                bits.flags(unit > 7)
        if any(types[1:]):
            bits.flags(uv_unit < unit)

    def filters(self):
        lossless = self.lossless()
        if not lossless:
            self.loop_filter()
            if self.seq["cdef"]:
                self.cdef()
        if self.seq["restoration"] and not (lossless and self.coded_width == self.width):
            self.restoration()
        if not lossless:
            self.bits.flags(self.frame["tx_select"])

    def motion_param(self, kind, ref, index, value):
        """5.9.25"""
        size, precision = 12, 15
        if index < 2:
            size, precision = 12, 6
            if kind == TRANSLATION:
                coarse = not self.frame["high_precision"] or self.frame["integer_mv"]
                size, precision = 9 - coarse, 3 - coarse
        shift, diagonal = 16 - precision, index in (2, 5)
        offset = diagonal << precision
        value = (value >> shift) - offset
        old = (self.old_motion[ref][index] >> shift) - offset
        subexp_with_ref(self.bits, -(1 << size), (1 << size) + 1, old, value)
        return (value << shift) + (diagonal << 16)

    def global_motion(self):
        """5.9.24; motion: reference from 0 to type and six parameters"""
        bits = self.bits
        for ref in range(7):
            kind, wanted = self.frame["motion"].get(ref, (IDENTITY, NO_MOTION))
            params = list(NO_MOTION)
            bits.flags(kind != IDENTITY)
            if kind != IDENTITY:
                bits.flags(kind == ROTZOOM)
                if kind != ROTZOOM:
                    bits.flags(kind == TRANSLATION)
            for index in CODED_PARAMS[kind]:
                params[index] = self.motion_param(kind, ref, index, wanted[index])
            if kind == ROTZOOM:
                params[4:] = -params[3], params[2]
            self.motion[ref] = tuple(params)

    def write(self):
        """5.9.2"""
        bits, frame = self.bits, self.frame
        self.frame_type()
        if not frame["disable_cdf_update"]:
            bits.flags(not frame["end_update"])
        self.tile_info()
        self.quantization()
        self.segmentation()
        self.deltas()
        self.filters()
        if not self.intra:
            bits.flags(frame["compound"])
            if frame["compound"] and skip_mode_allowed(self.seq, frame, self.slots, self.refs):
                bits.flags(frame["skip_mode"])
        if not self.intra and not self.resilient and self.seq["warped"]:
            bits.flags(frame["warped"])
        bits.flags(frame["reduced_tx"])
        if not self.intra:
            self.global_motion()
        return bits
