# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Fields of the stateless codecs' controls, read from linux/v4l2-controls.h.

The kernel's header is the one place that has these structs; written down a
second time they would be wrong sooner or later. Nothing here knows a codec.
"""

import functools
import os
import re
import struct
from collections import namedtuple

SCALARS = {"__u8": "B", "__s8": "b", "__u16": "H", "__s16": "h", "__u32": "I", "__s32": "i",
           "__u64": "Q", "__s64": "q"}

# name has the indices ("dpb[2].flags.VALID"), generic has none ("dpb[].flags.VALID");
# mask is that of a flag, 0 for numbers.
Field = namedtuple("Field", "name generic offset format mask")


def system_header(include_dirs):
    for directory in [*include_dirs, "/usr/include"]:
        path = os.path.join(directory, "linux", "v4l2-controls.h")
        if os.path.exists(path):
            return path
    raise FileNotFoundError("linux/v4l2-controls.h")


class Layouts:
    """Structs and control numbers of one header."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read().replace("\\\n", " ")
        self.macros = dict(re.findall(r"^#define[ \t]+(\w+)[ \t]+(.+?)[ \t]*(?:/\*.*)?$",
                                      self.text, re.M))
        self.macros.update(re.findall(r"^\s+(V4L2_\w+) = (\d+)", self.text, re.M))
        self.structs = dict(re.findall(r"^struct (\w+) \{(.*?)^\}", self.text, re.M | re.S))
        self.known = {}
        self.controls = {self.number(name): name.removeprefix("V4L2_CID_STATELESS_").lower()
                         for name in self.macros if name.startswith("V4L2_CID_STATELESS_")}

    def number(self, text):
        """Value of a constant expression of the header's macros."""
        text = re.sub(r"_BITULL?\(", "(1 << ", text)
        text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
        while names := re.findall(r"\b[A-Za-z_]\w+", text):
            name = next(name for name in names if not name.startswith("0x"))
            text = re.sub(rf"\b{name}\b", f"({self.macros[name]})", text)
            text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
        if not re.fullmatch(r"[0-9a-fA-Fx()|+*<\s-]*", text):
            raise ValueError(f"not a number: {text}")
        return eval(text)  # pylint: disable=eval-used # digits and operators only

    def control(self, ident):
        """(name, fields of one element, its size) of a control."""
        if ident not in self.known:
            name = self.controls[ident]
            fields, size = [Field("", "", 0, "I", 0)], 4
            if f"v4l2_ctrl_{name}" in self.structs:
                fields, size, _ = self.fields(f"v4l2_ctrl_{name}")
            self.known[ident] = name, fields, size
        return self.known[ident]

    @functools.lru_cache(maxsize=1024)
    def decode(self, ident, payload):
        """[{field: value} for each element]; not to be written to, parameter sets come often."""
        _, fields, length = self.control(ident)
        return [{field.name: value(field, payload, base) for field in fields}
                for base in range(0, len(payload) - length + 1, length)]

    def fields(self, name):
        """(fields, size, alignment) of a struct."""
        fields, offset, align = [], 0, 1
        body = re.sub(r"/\*.*?\*/", "", self.structs[name], flags=re.S)
        for declaration in filter(None, map(str.strip, body.split(";"))):
            kind, member, dims = re.fullmatch(r"((?:struct |enum )?\w+) (\w+) ?((?:\[.*\])?)",
                                              " ".join(declaration.split())).groups()
            sub, size, alignment = self.member(name, kind, member)
            offset = (offset + alignment - 1) & -alignment
            align = max(align, alignment)
            for indices in all_indices([self.number(d) for d in re.findall(r"\[(.*?)\]", dims)]):
                label = member + "".join(f"[{i}]" for i in indices)
                fields += [Field(label + f.name, member + "[]" * len(indices) + f.generic,
                                 offset + f.offset, f.format, f.mask) for f in sub]
                offset += size
        return fields, (offset + align - 1) & -align, align

    def member(self, owner, kind, member):
        """(fields, size, alignment) of one element of a member."""
        if kind.startswith("struct "):
            sub, size, align = self.fields(kind.removeprefix("struct "))
            return [f._replace(name="." + f.name, generic="." + f.generic) for f in sub], size, align
        code = "I" if kind.startswith("enum ") else SCALARS[kind]
        size = struct.calcsize(code)
        flags = self.flags(owner) if member == "flags" else {}
        fields = [Field("." + flag, "." + flag, 0, code, mask) for flag, mask in flags.items()]
        rest = ~sum(flags.values()) & ((1 << 8 * size) - 1)
        if flags:
            fields.append(Field(".(undefined)", ".(undefined)", 0, code, rest))
        return fields or [Field("", "", 0, code, 0)], size, size

    def flags(self, owner):
        """The single bits that the comment of a struct refers to, by name."""
        comment = re.findall(rf"\* struct {owner} -.*?\*/", self.text, re.S)
        prefix = comment and re.search(r"@flags:[^@]*?(V4L2_\w+_)\{", comment[0], re.S)
        found = {}
        for name in self.macros if prefix else ():
            if name.startswith(prefix[1]) and not name.endswith("_MASK"):
                found[name.removeprefix(prefix[1]).removeprefix("FLAG_")] = self.number(name)
        return {name: mask for name, mask in found.items() if mask & (mask - 1) == 0}


def all_indices(dims):
    if not dims:
        return [()]
    return [(i, *rest) for i in range(dims[0]) for rest in all_indices(dims[1:])]


def size(field):
    return struct.calcsize(field.format)


def value(field, payload, base=0, order="<"):
    number, = struct.unpack_from(order + field.format, payload, base + field.offset)
    return number & field.mask if field.mask else number
