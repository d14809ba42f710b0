# SPDX-License-Identifier: LGPL-2.1-or-later
"""The streams that h264.py can write.

order lists the coded frames: picture types (two letters: a field pair; small
letters: no reference), display position, marks (see Writer.coded_frame).
"""
from dataclasses import dataclass, field


@dataclass
class Variant:
    """A picture parameter set; pictures take one of the stream's by lot."""
    number: int = 0
    qp: int = 26
    weighted_p: bool = False
    weighted_b: int = 0
    constrained: bool = False
    deblock_control: bool = True
    redundant: bool = False      # redundant_pic_cnt in the slice headers
    chroma_qp: int = 0
    chroma_qp_cr: int = 0
    default_active: tuple = (1, 1)
    qs: int = 26                 # of SP and SI slices, which there are none of


@dataclass
class Stream:
    order: str
    seed: int = 1
    width: int = 112
    height: int = 96
    progressive: bool = False
    mbaff: bool = False
    references: int = 4
    reorder: int = 2
    frame_num_bits: int = 4
    poc_type: int = 0
    poc_bits: int = 6
    poc_delta: bool = False
    poc_zero: bool = False       # delta_pic_order_always_zero_flag
    inference: bool = True       # direct_8x8_inference_flag
    poc_cycle: tuple = (4, 4)
    poc_non_ref: int = -2
    poc_bottom: int = 1
    gaps: bool = False
    sps_id: int = 0
    profile: int = 0             # 0: the lowest that has the tools
    idr_id: int = 0
    pps: list = field(default_factory=lambda: [Variant()])
    transform_8x8: bool = False
    scaling: tuple = ()
    slices: int = 1
    slice_pps: bool = False      # slices take a PPS by lot, not pictures
    mixed_slices: float = 0
    direct: str = "spatial"
    deblock: tuple = ((0, 0, 0),)
    modify: float = 0
    mmco: float = 0
    long_terms: int = 0
    single_fields: bool = False
    qp: tuple = (18, 36)
    intra: float = 0.08
    skip: float = 0.15
    pcm: float = 0.2
    again: tuple = ()            # what changes in the stream at each mark @
    no_reset: bool = False       # MMCO 1 for each picture instead of MMCO 5: the same pictures

    @property
    def columns(self):
        return (self.width + 15) // 16

    @property
    def rows(self):
        lines = 16 if self.progressive else 32
        return (self.height + lines - 1) // lines * (lines // 16)


FIELDS = "IP0 PP3 bb1 bb2 PP6 bb4 bb5 IP9 bb7 bb8 PP12< bb10 bb11"
MIXED = "I0 PP3 b1 bb2 P6 bb4 b5 PP9 bb7 bb8 P12 b10 b11 IP15 b13 bb14"
# No frame picture may have a field pair of B pictures as its first one of list
# 1: FFmpeg before 9.0 misreads the co-located macroblocks of such a pair.
PYRAMID = "IP0 PP4 BB2 bb1 bb3 P8 B6 b5 bb7 PP12 B10 bb9 b11"
FRAMES = "I0 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11"

PRESETS = {
    "field-p": Stream("IP0 PP1 PP2 PP3 PP4 II5 PP6 PP7", seed=21, reorder=0),
    "field-b-spatial": Stream(FIELDS, seed=22),
    "field-b-temporal": Stream(FIELDS, seed=23, direct="temporal"),
    "paff-spatial": Stream(MIXED, seed=24, poc_delta=True),
    "paff-temporal": Stream(MIXED, seed=25, poc_delta=True, direct="temporal"),
    "paff-implicit": Stream(MIXED, seed=26, poc_delta=True, direct="both", pps=[Variant(weighted_b=2)]),
    "paff-explicit": Stream(MIXED, seed=27, poc_delta=True, direct="both", slices=2,
                            pps=[Variant(weighted_p=True, weighted_b=1)]),
    "paff-pyramid": Stream(PYRAMID, seed=28, poc_delta=True, references=5,
                           pps=[Variant(weighted_b=2)]),
    "paff-modify": Stream(MIXED, seed=29, poc_delta=True, direct="both", modify=1),
    "paff-long-term": Stream(MIXED, seed=71, poc_delta=True, modify=0.6, mmco=0.7, long_terms=2,
                             references=5),
    "field-long-term": Stream("IP0 PP1 PP2< PP3 PP4 PP5 PP6 PP7 PP8 PP9 PP10", seed=60, mmco=0.7,
                              long_terms=2, references=5, reorder=0, modify=0.6),
    "paff-mmco": Stream("IP0 PP1 P2 PP3 PP4< P5 PP6 IP7 PP8 P9 PP10 PP11 P12 PP13", seed=31, mmco=0.8,
                        single_fields=True, references=6, reorder=0, modify=0.4),
    "paff-high": Stream(MIXED, seed=32, poc_delta=True, direct="both", transform_8x8=True,
                        scaling=("sps", "pps"), pps=[
                            Variant(0, chroma_qp=3, chroma_qp_cr=-4), Variant(1, qp=30, chroma_qp_cr=5)]),
    "paff-odd-size": Stream("IP0 P2 bb1 PP4 b3 PP6 bb5", seed=33, width=98, height=76, poc_delta=True),
    "long-term": Stream(FRAMES + " P12 P13 P14 P15", seed=38, progressive=True, modify=0.5, mmco=0.6,
                        long_terms=3, references=5, reorder=0),
    "long-term-idr": Stream("I0^ P1 P2 P3 P4 P5 I6*^ P7 P8 P9", seed=35, progressive=True, modify=0.5,
                            references=3, reorder=0, idr_id=1),
    "mmco5": Stream("I0 P1 P2 P3 P4! P5 P6 P7! P8 P9", seed=36, progressive=True, references=3, reorder=0),
    "gaps": Stream("I0 P1 P2 P3~ P4 P5 P6~ P7 P8", seed=37, progressive=True, gaps=True, references=5,
                   reorder=0),
    "poc1": Stream("I0 P2 b1 P4 b3 P6 b5 P8 b7", seed=38, progressive=True, poc_type=1, direct="both",
                   poc_delta=True, reorder=1),
    "poc1-deltas": Stream("I0 P3 b1 P5 b4 P9 b7 P10 P12 b11", seed=62, progressive=True, poc_type=1, direct="both",
                          poc_delta=True, reorder=1, poc_cycle=(3, 2, 4), poc_non_ref=-1, poc_bottom=2, modify=0.3,
                          references=3, pps=[Variant(0, qs=20, default_active=(2, 3)),
                                             Variant(1, qs=31, default_active=(1, 2), qp=30)]),
    "poc1-zero": Stream("I0 P2 b1 P4 b3 P6 b5 P8 b7", seed=48, progressive=True, poc_type=1, poc_zero=True,
                        direct="both", reorder=1),
    "poc1-field": Stream("IP0 PP2 bb1 P4 b3 PP6 bb5 PP8 b7", seed=39, poc_type=1, poc_delta=True, reorder=1),
    "poc2-field": Stream("IP0 PP1 pp2 P3 p4 PP5 pp6 PP7", seed=40, poc_type=2, reorder=0),
    "direct-4x4": Stream("I0 P3 b1 b2 P6 b4 b5 P9 b7 b8", seed=49, progressive=True, inference=False,
                         direct="both", skip=0.3),
    "pps-plain": Stream("I0 P2 b1 P4 b3 P6 b5", seed=50, progressive=True, reorder=1,
                        pps=[Variant(deblock_control=False, redundant=True)]),
    "field-refs16": Stream(" ".join(["IP0"] + [f"PP{i}" for i in range(1, 20)]), seed=51, width=64, height=64,
                           references=16, frame_num_bits=5, reorder=0, modify=0.3, qp=(26, 38),
                           deblock=((1, 0, 0),)),
    "qp-extremes": Stream("I0 P2 b1 P4 b3 P6 b5 P8 b7", seed=52, progressive=True, qp=(0, 51), slices=2,
                          transform_8x8=True, reorder=1, pps=[
                              Variant(0, qp=0), Variant(1, qp=51, chroma_qp=12, chroma_qp_cr=-12),
                              Variant(2, qp=1)]),
    "slices-mixed": Stream("I0 P3 b1 b2 P6 b4 b5", seed=41, progressive=True, slices=5, mixed_slices=0.4,
                           modify=0.5, deblock=((0, 0, 0), (1, 0, 0), (2, 3, -2), (0, -6, 6))),
    "pps-change": Stream(FRAMES, seed=42, progressive=True, references=3, reorder=0, sps_id=5, slices=2, pps=[
        Variant(0), Variant(7, qp=32, weighted_p=True), Variant(255, qp=20, constrained=True, chroma_qp=-6),
        Variant(1, default_active=(3, 1), chroma_qp=4)]),
    "scaling-sps": Stream("I0 P2 b1 P4 b3 P6 b5", seed=43, progressive=True, scaling=("sps",),
                          transform_8x8=True, reorder=1),
    "scaling-pps": Stream("I0 P2 b1 P4 b3 P6 b5", seed=44, progressive=True, scaling=("pps",),
                          transform_8x8=True, reorder=1, pps=[Variant(0), Variant(1), Variant(2)]),
    "emulation": Stream("I0 P1 P2 P3 I4* P5 I6* P7", seed=45, progressive=True, frame_num_bits=16,
                        poc_bits=16, idr_id=65535, reorder=0, slices=2),
    "paff-mbaff": Stream(MIXED, seed=53, mbaff=True, poc_delta=True, direct="both"),
    "mbaff-weights": Stream("I0 P2 b1 PP4 b3 P6 bb5 P8 b7", seed=54, mbaff=True, poc_delta=True, reorder=1,
                            direct="both", modify=0.5, pps=[Variant(0, weighted_p=True, weighted_b=1),
                                                            Variant(1, weighted_b=2, qp=30)]),
    "mbaff-high": Stream(MIXED, seed=55, mbaff=True, poc_delta=True, transform_8x8=True, scaling=("sps", "pps"),
                         mmco=0.5, long_terms=2, references=5, modify=0.5,
                         pps=[Variant(0, chroma_qp=3, chroma_qp_cr=-4), Variant(1, qp=30, chroma_qp_cr=5)]),
    "slices-32": Stream("I0 P3 b1 b2 P6 b4 b5", seed=56, progressive=True, slices=32, mixed_slices=0.3,
                        modify=0.4, deblock=((0, 0, 0), (1, 0, 0), (2, 3, -2))),
    "sets-again": Stream("I0 P2 b1 P4@ b3 P6 b5@ I7*@ P9 b8 P11@ b10", seed=57, progressive=True, reorder=1,
                         slices=2, pps=[Variant(0), Variant(3, qp=30)], again=(
                             {"pps": [Variant(0, qp=32, weighted_p=True), Variant(3, weighted_b=2)]},
                             {"pps": [Variant(0, constrained=True), Variant(3, chroma_qp=-6)]},
                             {"references": 2, "poc_type": 1, "frame_num_bits": 6, "transform_8x8": True,
                              "scaling": ("sps",), "pps": [Variant(3, weighted_p=True), Variant(0, qp=20)]},
                             {"scaling": ("pps",), "pps": [Variant(0, default_active=(2, 1)), Variant(3)]})),
    "gaps-field": Stream("IP0 PP1 PP2 PP3~ PP4 P5 PP6~ PP7 P8", seed=58, gaps=True, references=5, reorder=0),
    "mmco5-field": Stream("IP0 PP1 PP2 P3! PP4 P5 PP6 P7! PP8", seed=59, references=3, reorder=0),
    "mmco5-b": Stream("I0 P3 b1 b2 P6! P9 b7 b8 P12! P15 b13 b14", seed=64, progressive=True, references=3,
                      direct="both", pps=[Variant(0, weighted_b=2), Variant(1)]),
    "mmco5-paff": Stream("IP0 PP3 bb1 b2 P6! PP9 bb7 b8 P12!< P16< bb13 b14", seed=65, references=3,
                         poc_delta=True, poc_bits=4, direct="both", pps=[Variant(0, weighted_b=2), Variant(1)]),
    # What FFmpeg's software takes from the PPS of a picture's first slice is the same in all.
    "slices-pps": Stream("I0 P3 b1 b2 P6 b4 b5 P9 b7 b8", seed=66, progressive=True, slices=4, slice_pps=True, modify=0.3,
                         deblock=((0, 0, 0), (2, 3, -2)), pps=[
                             Variant(0, qp=22, weighted_b=1), Variant(3, qp=34, weighted_p=True, default_active=(2, 2)),
                             Variant(9, qp=28, deblock_control=False, redundant=True)]),
    "extended": Stream("IP0 P2 bb1 PP4 b3", seed=61, profile=88, reorder=1, slices=2),
    "ipcm": Stream("I0 P2 b1 P4 b3", seed=46, progressive=True, pcm=0.6, intra=0.3, reorder=1),
}
