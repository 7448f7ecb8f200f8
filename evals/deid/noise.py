"""Damage (letter case, scanner and typing errors, line ends), applied piece by piece so that offsets hold."""

from __future__ import annotations

import random
import re

from .pieces import Piece

LEVELS: tuple[tuple[str, float], ...] = (
    ("clean", 0.65),
    ("lower", 0.12),
    ("upper", 0.08),
    ("ocr", 0.07),
    ("typo", 0.08),
)
"""Noise → share of documents."""

_SCAN = {
    "l": "1I|", "1": "lI", "I": "l1|", "0": "O", "O": "0Q", "o": "0c", "5": "S", "S": "5", "8": "B", "B": "8",
    "e": "c", "c": "e", "m": "rn", "a": "o", "n": "u", "u": "n", "h": "b", "t": "f", "i": "j",
    "g": "q", "2": "Z", "6": "G",
    "/": "1",
}  # fmt: skip
_SCAN_PAIRS = {"rn": "m", "cl": "d", "vv": "w", "fi": "h", "li": "h", "ri": "n"}
_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "y": "tu",
}  # fmt: skip


def choose(rng: random.Random) -> str:
    """A level by its share."""
    return rng.choices([n for n, _ in LEVELS], [w for _, w in LEVELS])[0]


def apply(level: str, pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """The pieces with the damage of `level`; the number and order of pieces stay."""
    if level == "lower":
        return [p.with_text(p.text.lower()) for p in pieces]
    if level == "upper":
        return [p.with_text(p.text.upper()) for p in pieces]
    if level == "ocr":
        rate = rng.choice((0.006, 0.012, 0.025))
        return [p.with_text(_scan(p.text, rate, rng)) for p in pieces]
    if level == "typo":
        rate = rng.choice((0.02, 0.04, 0.07))
        return [p.with_text(_mistype(p.text, rate, rng)) for p in pieces]
    return pieces


def _scan(text: str, rate: float, rng: random.Random) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        pair, char = text[at : at + 2], text[at]
        at += 1
        if pair in _SCAN_PAIRS and rng.random() < rate * 3:
            out.append(_SCAN_PAIRS[pair])
            at += 1
        elif char in _SCAN and rng.random() < rate * 1.5:
            other = _SCAN[char]
            out.append(other if other == "rn" else rng.choice(other))
        elif char.isalnum() and rng.random() < rate / 2:
            out.append(char + " ")
        elif char == " " and rng.random() < rate:
            out.append(rng.choice(("", "  ", "\n")))
        else:
            out.append(char)
    return "".join(out)


def _mistype(text: str, rate: float, rng: random.Random) -> str:
    return re.sub(r"[A-Za-z]{4,}", lambda m: _slip(m.group(), rng) if rng.random() < rate else m.group(), text)


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.55:
        return word[:at] + word[at + 1 :]
    if kind < 0.75:
        return word[:at] + word[at] + word[at:]
    return word[:at] + rng.choice(_NEAR.get(word[at], word[at])) + word[at + 1 :]


def wrap(pieces: list[Piece], width: int) -> list[Piece]:
    """End lines near `width`, inside identifiers too, as a fixed-width viewer or fax does."""
    out: list[Piece] = []
    column = 0
    for piece in pieces:
        words = re.split(r"( )", piece.text)
        for k, word in enumerate(words):
            if word == " " and column + len(words[k + 1].split("\n")[0]) >= width:
                words[k], column = "\n", 0
            else:
                column = len(word.rsplit("\n", 1)[1]) if "\n" in word else column + len(word)
        out.append(piece.with_text("".join(words)))
    return out
