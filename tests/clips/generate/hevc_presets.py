# SPDX-License-Identifier: LGPL-2.1-or-later
"""The streams that hevc.py can write."""
from dataclasses import dataclass


@dataclass
class Stream:
    groups: int
    seed: int = 1
    width: int = 96
    height: int = 64
    poc_bits: int = 4
    references: int = 4
    sets: int = 0               # of the SPS, every second one predicted
    header_sets: str = "eps"    # explicit, predicted, of the SPS
    long_term: int = 0          # pictures at most
    candidates: tuple = ()      # long-term ones of the SPS: lsb, used
    modify: bool = False
    slices: int = 1
    grow: bool = False          # intra pictures have one slice
    dependent: bool = False
    extension: int = 0          # bytes of zeros in the slice headers
    extra_bits: int = 0
    sequences: int = 1          # with other parameter sets under the same ids
    ids: tuple = (0, 0, 0)      # of VPS, SPS and PPS
    min_transform: int = 0      # log2_min_luma_transform_block_size_minus2
    optional: bool = False      # what a slice header may have: output flag, offsets, deblocking
    rext: tuple = ()            # sequence and picture from which on the PPS has range extensions


PRESETS = {
    "long-term": Stream(groups=9, seed=2, long_term=3, candidates=((0, 1), (4, 1), (0, 0), (12, 1))),
    "long-term-own": Stream(groups=8, seed=3, long_term=4, poc_bits=5, slices=2),
    "rps-predicted": Stream(groups=9, seed=4, sets=9, references=5),
    "rps-of-sps": Stream(groups=9, seed=5, sets=64, header_sets="s", references=3),
    "list-modification": Stream(groups=7, seed=6, modify=True, references=6, slices=2, long_term=1),
    "emulation": Stream(groups=4, seed=7, extension=9, slices=3, dependent=True, extra_bits=2, sets=3),
    "new-params": Stream(groups=3, seed=8, sequences=4, sets=4, long_term=2, candidates=((4, 1),)),
    "more-slices": Stream(groups=2, seed=10, slices=6, grow=True, dependent=True),
    "rext-later": Stream(groups=2, seed=12, sequences=3, rext=(1, 0)),
    "rext-inside": Stream(groups=2, seed=13, sequences=2, rext=(0, 3)),     # made by a test
    "optional": Stream(groups=7, seed=11, ids=(9, 6, 37), min_transform=1, optional=True, references=5,
                       modify=True),
    "dpb16": Stream(groups=8, seed=9, references=15, poc_bits=8, modify=True, width=64, height=32),
}
