# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parameter sets and slice headers of the H.264 writer (7.3.2.1, 7.3.2.2, 7.3.3)."""
from bits import Bits, h264_nal

SLICE_TYPES = {"P": 0, "B": 1, "I": 2}
PROFILE_MAIN, PROFILE_HIGH = 77, 100


def scaling_list(bits, rng, size):
    """Absent, the default one, one that ends early, or a whole one (7.3.2.1.1.1)."""
    kind = rng.randrange(4)
    bits.flags(kind)
    if not kind:
        return
    last, scale = 8, 0
    for i in range(size):
        if kind == 1:
            scale = 0
        elif kind == 2 and i == size // 2:
            bits.se((-last + 128) % 256 - 128)  # ends here: the rest repeats the last value
            return
        else:
            scale = min(120, 6 + i * 48 // size + rng.randrange(8))
        bits.se((scale - last + 128) % 256 - 128)
        if not scale:
            return
        last = scale


def sps(stream, rng):
    bits = Bits()
    high = stream.transform_8x8 or stream.scaling
    bits.u(8, stream.profile or (PROFILE_HIGH if high else PROFILE_MAIN))
    bits.u(8, 0)
    bits.u(8, 40)  # level 4: room for 16 frames of this size
    bits.ue(stream.sps_id)
    if high:
        bits.ue(1)
        bits.ue(0)
        bits.ue(0)
        bits.flags(0, "sps" in stream.scaling)
        if "sps" in stream.scaling:
            for index in range(8):
                scaling_list(bits, rng, 16 if index < 6 else 64)
    bits.ue(stream.frame_num_bits - 4)
    sps_poc(bits, stream)
    bits.ue(stream.references)
    bits.flags(stream.gaps)
    bits.ue(stream.columns - 1)
    bits.ue(stream.rows // (1 if stream.progressive else 2) - 1)
    bits.flags(stream.progressive)
    if not stream.progressive:
        bits.flags(stream.mbaff)
    bits.flags(stream.inference)
    sps_cropping(bits, stream)
    sps_vui(bits, stream)
    return h264_nal(3, 7, bits)


def sps_poc(bits, stream):
    bits.ue(stream.poc_type)
    if stream.poc_type == 0:
        bits.ue(stream.poc_bits - 4)
    elif stream.poc_type == 1:
        bits.flags(stream.poc_zero)
        bits.se(stream.poc_non_ref)
        bits.se(stream.poc_bottom)
        bits.ue(len(stream.poc_cycle))
        for offset in stream.poc_cycle:
            bits.se(offset)


def sps_cropping(bits, stream):
    right = stream.columns * 16 - stream.width
    bottom = stream.rows * 16 - stream.height
    bits.flags(right or bottom)
    if right or bottom:
        bits.ue(0)
        bits.ue(right // 2)
        bits.ue(0)
        bits.ue(bottom // (2 if stream.progressive else 4))


def sps_vui(bits, stream):
    """Only the bitstream restriction, so that all decoders reorder alike."""
    bits.flags(1, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    bits.flags(1)
    for value in (0, 0, 10, 10, stream.reorder, max(1, stream.references)):
        bits.ue(value)


def pps(stream, variant, rng):
    bits = Bits()
    bits.ue(variant.number)
    bits.ue(stream.sps_id)
    bits.flags(0, stream.poc_delta)
    bits.ue(0)
    bits.ue(variant.default_active[0] - 1)
    bits.ue(variant.default_active[1] - 1)
    bits.flags(variant.weighted_p)
    bits.u(2, variant.weighted_b)
    bits.se(variant.qp - 26)
    bits.se(variant.qs - 26)
    bits.se(variant.chroma_qp)
    bits.flags(variant.deblock_control, variant.constrained, variant.redundant)
    if stream.transform_8x8 or stream.scaling:
        bits.flags(stream.transform_8x8, "pps" in stream.scaling)
        if "pps" in stream.scaling:
            for index in range(8 if stream.transform_8x8 else 6):
                scaling_list(bits, rng, 16 if index < 6 else 64)
        bits.se(variant.chroma_qp_cr)
    return h264_nal(3, 8, bits)


def slice_header(bits, stream, pic, slice_):
    bits.ue(slice_.first)
    bits.ue(SLICE_TYPES[slice_.kind])
    bits.ue(slice_.pps.number)
    bits.u(stream.frame_num_bits, pic.frame_num % (1 << stream.frame_num_bits))
    if not stream.progressive:
        bits.flags(pic.structure is not None)
        if pic.structure is not None:
            bits.flags(pic.structure)
    if pic.idr:
        bits.ue(pic.idr_id)
    header_poc(bits, stream, pic)
    if slice_.pps.redundant:
        bits.ue(0)
    if slice_.kind == "B":
        bits.flags(slice_.spatial)
    if slice_.kind != "I":
        header_references(bits, pic, slice_)
    if pic.reference:
        header_marking(bits, pic)
    bits.se(slice_.qp - slice_.pps.qp)
    if not slice_.pps.deblock_control:
        return
    bits.ue(slice_.deblock[0])
    if slice_.deblock[0] != 1:
        bits.se(slice_.deblock[1])
        bits.se(slice_.deblock[2])


def header_poc(bits, stream, pic):
    frame_delta = stream.poc_delta and pic.structure is None
    if stream.poc_type == 0:
        bits.u(stream.poc_bits, pic.poc[pic.structure or 0] % (1 << stream.poc_bits))
        if frame_delta:
            bits.se(pic.poc[1] - pic.poc[0])
    elif stream.poc_type == 1 and not stream.poc_zero:
        expected = pic.expected_poc(stream)
        bits.se(pic.poc[pic.structure or 0] - expected - (stream.poc_bottom if pic.structure == 1 else 0))
        if frame_delta:
            bits.se(pic.poc[1] - pic.poc[0] - stream.poc_bottom)


def header_references(bits, pic, slice_):
    lists = 2 if slice_.kind == "B" else 1
    override = slice_.active[:lists] != list(slice_.pps.default_active)[:lists]
    bits.flags(override)
    if override:
        for which in range(lists):
            bits.ue(slice_.active[which] - 1)
    for which in range(lists):
        bits.flags(slice_.modifications[which])
        if slice_.modifications[which]:
            for operation, value in slice_.modifications[which]:
                bits.ue(operation)
                bits.ue(value)
            bits.ue(3)
    if slice_.pps.weighted_p if slice_.kind == "P" else slice_.pps.weighted_b == 1:
        header_weights(bits, slice_, lists)


def header_weights(bits, slice_, lists):
    """pred_weight_table(); sums of two weights stay below 128 (8.4.2.3)."""
    rng, denominator = slice_.rng, (slice_.rng.randint(2, 5), slice_.rng.randint(2, 5))
    bits.ue(denominator[0])
    bits.ue(denominator[1])
    for which in range(lists):
        for _ in range(slice_.active[which]):
            for plane, count in ((0, 1), (1, 2)):
                present = rng.randrange(2)
                bits.flags(present)
                for _ in range(count * present):
                    bits.se((1 << denominator[plane]) + rng.randint(-3, 3))
                    bits.se(rng.randint(-12, 12))


def header_marking(bits, pic):
    if pic.idr:
        bits.flags(0, pic.long_idr)
        return
    bits.flags(pic.marking)
    if pic.marking:
        for operation in pic.marking:
            for value in operation:
                bits.ue(value)
        bits.ue(0)
