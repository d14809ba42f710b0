# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Explanations of differences, read from controls-explained.txt, which says how
they are written. None may be wider than what it is about: each field, value,
stream and condition in it has to be needed.
"""

import fnmatch
import operator
import re

COMPARE = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
           ">": operator.gt, ">=": operator.ge}
OURS, PEER = 0, 1


class Explanation:
    def __init__(self, line):
        head, self.whose, self.text = (part.strip() for part in line.split("|", 2))
        self.codec, names, self.values, streams, *conditions = head.split()
        self.head = head
        self.fields = [(name, re.compile(glob(name))) for name in names.split(",")]
        self.streams = streams.split(",")
        self.conditions = [re.fullmatch(r"([\w.\[\]]+)([=!<>]=?)([\w.\[\]#]+)", word).groups() for word in conditions]
        self.unused = {name for name, _ in self.fields} | set(self.streams)

    def first_missing(self, case):
        """The job from which on the peer has given up, -1 if it does not in this stream."""
        if case.codec == self.codec and case.name in self.streams and self.values.startswith("from-"):
            return int(self.values.removeprefix("from-"))
        return -1

    def about(self, codec, stream, name):
        """(the pattern of fields, that of streams) that a field of a stream fits, or nothing."""
        if codec != self.codec:
            return None
        fields = [text for text, pattern in self.fields if pattern.fullmatch(name)]
        streams = [text for text in self.streams if fnmatch.fnmatchcase(stream, text)]
        return (fields[0], streams[0]) if fields and streams else None

    def fits(self, difference, pair):
        return self.values_fit(difference, pair) and \
            all(holds(condition, difference, pair) for condition in self.conditions)

    def values_fit(self, difference, pair):
        if self.values.startswith("="):
            return difference.peer == result(self.values[1:], difference, pair)
        if self.values.startswith("from-"):
            return difference.peer == "none" and difference.element >= int(self.values.removeprefix("from-"))
        left, right = self.values.split(":")
        return fnmatch.fnmatchcase(str(difference.ours).replace(" ", "-"), left) and \
            fnmatch.fnmatchcase(str(difference.peer).replace(" ", "-"), right)


def glob(name):
    """Regular expression of a field's name: * is anything, [*] an index, [2-5] such a set of them."""
    parts = re.split(r"(\[\d-\d\]|\[\*\]|\*|\?)", name)
    special = {"[*]": r"\[[^]]*\]", "*": ".*", "?": "."}
    return "".join(rf"\[{part}\]" if re.fullmatch(r"\[\d-\d\]", part) else special.get(part, re.escape(part))
                   for part in parts)


def lookup(name, side, difference, pair):
    """A field of the same job; a leading dot stands for the struct that the difference is in."""
    if name.startswith("."):
        name = difference.name.rpartition(".")[0] + name
    value = pair.value(side, name, difference.element)
    if value is None:
        raise KeyError(f"{difference.name}: no field {name}")
    return value


def holds(condition, difference, pair):
    name, compare, wanted = condition
    return COMPARE[compare](operand(name, difference, pair), operand(wanted, difference, pair))


def operand(word, difference, pair):
    """A number, N, the element, #, or a field of ours; # is the index of what differs."""
    if "#" in word:
        word = word.replace("#", re.findall(r"\[(\d+)\]", difference.name)[-1])
    if word.isdecimal():
        return int(word)
    if word in ("N", "element"):
        return difference.ours if word == "N" else difference.element
    return lookup(word, OURS, difference, pair)


def result(expression, difference, pair):
    """Sums and products of numbers, N (our value) and the peer's .FIELDs."""
    if not isinstance(difference.ours, int):
        return None
    text = re.sub(r"\bN\b", str(difference.ours), expression)
    text = re.sub(r"\.[a-z_]+", lambda match: str(lookup(match[0], PEER, difference, pair)), text)
    if not re.fullmatch(r"[\d+*-]+", text):
        raise ValueError(f"not an expression: {expression}")
    return eval(text)  # pylint: disable=eval-used # digits and operators only


class Explanations:
    def __init__(self, name):
        with open(name, encoding="utf-8") as file:
            self.all = [Explanation(line) for line in file if line.strip() and not line.startswith("#")]
        self.candidates = {}

    def find(self, case, difference, pair):
        """The first one that fits; what of it was needed is remembered. None without one."""
        key = case.codec, case.name, difference.name
        if key not in self.candidates:
            self.candidates[key] = [(e, needed) for e in self.all if (needed := e.about(*key))]
        for explanation, needed in self.candidates[key]:
            if explanation.fits(difference, pair):
                explanation.unused.difference_update(needed)
                return explanation
        return None

    def first_missing(self, case):
        """The job from which on the peer has given up, -1 if it does not in this stream."""
        return max((e.first_missing(case) for e in self.all), default=-1)
