#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""VP8 with random macroblocks and the header fields that no encoder uses.

    vp8.py PRESET >out.ivf

In VP8 every string of bytes is macroblocks: behind a header that is planned,
random ones follow, from which the decoder's probabilities make modes, vectors
and coefficients. There are enough of them that no partition ends early. The
same preset always makes the same bytes.
"""
import random
import sys
from dataclasses import dataclass

from ivf import write_ivf
from vp8_header import BoolWriter, Header, Segmentation


@dataclass
class Stream:
    """What a preset chooses; sizes: of the key frames, in turns."""
    sizes: tuple = ((96, 80),)
    frames: int = 12
    keys: int = 6               # distance of key frames
    versions: tuple = (0,)      # of the groups that begin with them
    seed: int = 1
    mode_bytes: int = 24        # for a macroblock
    token_bytes: int = 60
    quant: tuple = (4, 24)
    plan: tuple = ()            # functions that change a header


def per_group(values, stream, number):
    return values[number // stream.keys % len(values)]


def base_header(stream, rng, number):
    key = number % stream.keys == 0
    width, height = per_group(stream.sizes, stream, number)
    return Header(key=key, version=per_group(stream.versions, stream, number), width=width, height=height,
                  level=rng.randrange(8, 40), quant=rng.randint(*stream.quant), skip=rng.randrange(100, 200),
                  intra=rng.randrange(160, 240), last=rng.randrange(90, 170), golden=128)


def random_bits(rng, writer, count):
    for _ in range(count):
        writer.flag(rng.random() < 0.5)


def frame(stream, header, rng):
    blocks = (header.width + 15) // 16 * ((header.height + 15) // 16)
    writer = BoolWriter()
    header.write(writer)
    random_bits(rng, writer, 8 * stream.mode_bytes * blocks)
    first = writer.to_bytes()
    rows, columns, count = (header.height + 15) // 16, (header.width + 15) // 16, 1 << header.parts
    parts = []
    for n in range(count):
        own = len(range(n, rows, count)) * columns
        parts.append(bytes(rng.randrange(256) for _ in range(stream.token_bytes * own + 8)))
    table = b"".join(len(part).to_bytes(3, "little") for part in parts[:-1])
    return header.tag(len(first)) + first + table + b"".join(parts)


# What a preset adds to its headers: functions of header, lots and frame number.

def references(h, rng, number):
    """Golden and altref: from the frame, from each other, or from the last one."""
    if h.key:
        return
    h.refresh_golden, h.refresh_altref = rng.random() < 0.2, rng.random() < 0.2
    h.copy_golden, h.copy_altref = rng.choice(((0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (1, 1)))
    h.refresh_last = rng.random() < 0.7
    h.last, h.golden = 100, rng.choice((100, 128, 156))


def sign_bias(h, rng, _):
    if not h.key:
        h.sign_bias = rng.choice(((0, 0), (1, 0), (0, 1), (1, 1)))
        h.last = 60


def invisible(h, rng, number):
    h.show = number % 6 in (0, 1, 4) or number == 11
    if not h.show and not h.key:
        h.refresh_altref, h.refresh_last = True, rng.random() < 0.5


def segments_map(h, rng, number):
    """Map and data are updated together, alone, or stay; always enabled."""
    data = h.key or number % 4 in (1, 2)
    update = h.key or number % 4 in (2, 3)
    absolute = number % 3 != 0
    low, high = (5, 60) if absolute else (-15, 30)
    h.segmentation = Segmentation(
        quant=tuple(rng.randint(low, high) for _ in range(4)) if data else None,
        level=tuple(rng.randint(*((0, 63) if absolute else (-20, 20))) for _ in range(4)) if data else None,
        absolute=absolute,
        probs=tuple(rng.choice((None, rng.randrange(60, 200))) for _ in range(3)) if update else None)


def loop_filter(h, rng, number):
    h.simple = number // 3 % 2 == 1
    h.level = rng.choice((0, 5, 20, 40, 63))
    h.sharpness = rng.randrange(8)


def deltas(h, rng, number):
    """A key frame resets them; then they change one by one, or stay."""
    h.deltas = h.key or number % 5 != 3
    if h.deltas and number % 3 != 2:
        h.ref_deltas = tuple(rng.choice((None, rng.randint(-30, 30))) for _ in range(4))
        h.mode_deltas = tuple(rng.choice((None, rng.randint(-30, 30))) for _ in range(4))


def probabilities(h, rng, number):
    """All tables; every second frame's are for itself alone."""
    h.refresh_entropy = number % 2 == 0
    changed = rng.sample(range(1056), 200 if number % 3 else 30)
    # The first in each row is for the end of the block: that keeps it short.
    h.coefficients = {n: rng.randrange(120, 250) for n in changed}
    if not h.key:
        h.y_modes = rng.choice((None, tuple(rng.randrange(40, 220) for _ in range(4))))
        h.uv_modes = rng.choice((None, tuple(rng.randrange(40, 220) for _ in range(3))))
        h.vectors = {n: rng.randrange(20, 120) for n in rng.sample(range(38), 12)}


def partitions(h, _, number):
    h.parts = (0, 1, 2, 3, 3, 2)[number % 6]


def no_skip(h, _, number):
    h.skip = None if number % 3 else 128


def quantisers(h, rng, number):
    h.quant = (0, 127, 60, 3, 100, 20)[number % 6]
    quantiser_deltas(h, rng, number)


def quantiser_deltas(h, rng, _):
    h.quant_deltas = tuple(rng.choice((0, rng.randint(-15, 15))) for _ in range(5))


def scaling(h, _, number):
    h.scale = ((1, 2), (3, 0), (0, 1))[number // 4 % 3]


def colors(h, _, number):
    # Not a clamping that changes: FFmpeg makes another colour range of it.
    h.color_space, h.clamping = number // 3 % 2, 1


PRESETS = {
    "references": Stream(plan=(references,), seed=2, frames=16, keys=16),
    "sign-bias": Stream(plan=(references, sign_bias), seed=3, frames=16, keys=8),
    "invisible": Stream(plan=(invisible, references), seed=4, frames=18, keys=9),
    "segments": Stream(plan=(segments_map,), seed=5, frames=16, keys=8),
    "loop-filter": Stream(plan=(loop_filter, deltas), seed=6, frames=15, keys=8),
    "simple-filter": Stream(plan=(loop_filter,), seed=16, versions=(1, 2, 3), frames=12, keys=4),
    "probabilities": Stream(plan=(probabilities,), seed=7, frames=14, keys=7),
    "partitions": Stream(sizes=((64, 144),), plan=(partitions,), seed=8, frames=12, token_bytes=100),
    "no-skip": Stream(plan=(no_skip,), seed=9, frames=9, keys=9, token_bytes=110),
    "quantisers": Stream(plan=(quantisers,), seed=10),
    "versions": Stream(versions=(0, 1, 2, 3), frames=16, keys=4, seed=11, plan=(sign_bias,)),
    "scaling": Stream(sizes=((80, 64), (96, 64), (80, 48)), plan=(scaling,), frames=12, keys=4, seed=12),
    "colors": Stream(plan=(colors,), frames=9, keys=3, seed=13, quant=(0, 8)),
    "resize": Stream(sizes=((96, 80), (141, 67), (33, 120), (16, 16), (97, 81)), frames=20, keys=4, seed=14),
    "tiny": Stream(sizes=((1, 1), (17, 3), (8, 40)), frames=12, keys=4, seed=15, mode_bytes=120, token_bytes=300),
    "wide": Stream(sizes=((4112, 16),), frames=2, keys=2, seed=18),
    "all-tools": Stream(sizes=((91, 75),), versions=(0, 3, 1, 2), frames=12, keys=3, seed=17, token_bytes=110,
                        plan=(references, sign_bias, segments_map, loop_filter, deltas, probabilities,
                              partitions, quantiser_deltas)),
}


def make(stream):
    rng = random.Random(stream.seed)
    for number in range(stream.frames):
        header = base_header(stream, rng, number)
        for change in stream.plan:
            change(header, rng, number)
        yield frame(stream, header, rng)


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in PRESETS:
        sys.exit(f"usage: vp8.py {'|'.join(PRESETS)} >out.ivf")
    stream = PRESETS[sys.argv[1]]
    write_ivf(sys.stdout.buffer, "VP80", stream.sizes[0], list(make(stream)))


if __name__ == "__main__":
    main()
