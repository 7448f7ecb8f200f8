"""Exact BM25 over packed postings: analysis of words, the index of one document version, and ranking."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import Stemmer
from numpy.typing import NDArray

K1 = 1.2  # saturation and length normalisation, the middle of the ranges in Robertson & Zaragoza 2009, section 3.3
B = 0.6

_STOP_WORDS = """
a an the and or but if of in on at to for from by with as is are was were be been being am do does
did done has have had having will would shall can could may might must it its this that these those
there their them they he she his her him we our us you your i my me who whom whose which what when
where why how than then so such into onto about between during through per via s t also not no nor
any some each other
"""
_STOP = frozenset(_STOP_WORDS.split())
_TOKEN = re.compile(r"[^\W_]+(?:[-/.,'+&][^\W_]+)*")
_BROKEN = re.compile(r"(?<=[^\W\d_])-\s*\n\s*(?=[^\W\d_])")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GLUED = re.compile(r"([a-z]{5,})\d{1,2}")  # a word with its footnote number
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−\u00ad\u2010"), "-") | dict.fromkeys(map(ord, "’‘ʹ′"), "'")


class _NoMarks(dict[int, int | None]):
    """Code point → itself, or None for a combining mark; filled as characters are met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = found = None if unicodedata.combining(chr(code)) else code
        return found


_MARKS = _NoMarks()
_stem_word: Callable[[str], str] = Stemmer.Stemmer("english").stemWord  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_stems: dict[str, str] = {}
_terms: dict[str, tuple[str, ...]] = {}
_MEMORY = 200_000  # words whose stem is remembered, and whose terms are

Key = TypeVar("Key")


def fold(text: str) -> str:
    """Compatibility form, no diacritics, plain dashes and apostrophes, case folded; for comparing, not for offsets."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.translate(_DASHES)).translate(_MARKS).casefold()


def stem(word: str) -> str:
    """The Snowball English stem of a folded word; words with a digit are codes and stay whole."""
    found = _stems.get(word)
    if found is None:
        if len(_stems) >= _MEMORY:
            _stems.clear()
        found = word if any(c.isdigit() for c in word) else _stem_word(word)
        _stems[word] = found
    return found


def tokens(text: str) -> list[list[str]]:
    """The folded words of `text` in order, each with its variants, unstemmed, stop words included.

    "pharmacist-led" gives pharmacist, led and pharmacistled; "2,300" gives 2300; "0.6" and "g3b" stay whole; a word
    broken over a line end ("infor-⏎mation") also gives the joined one. The first variants are the parts.
    """
    return [_variants(word) for word in _words(text)]


def _words(text: str) -> list[str]:
    """The folded words of `text` in order, those broken over a line end joined by their hyphen."""
    folded = fold(text)
    if "\n" in folded:
        folded = _BROKEN.sub("-", folded)
    return _TOKEN.findall(folded)


def _variants(token: str) -> list[str]:
    if _NUMBER.fullmatch(token):
        return [re.sub(r",(?=\d{3})", "", token)]
    token = re.sub(r"'s?(?=$|[-/])", "", token)
    parts = [p for p in re.split(r"[-/.,'+&]", token) if p]
    if len(parts) <= 1:
        glued = _GLUED.fullmatch(token)
        return [token, glued[1]] if glued else [token]
    if all(p.isdigit() for p in parts):
        return re.findall(r"\d+(?:\.\d+)?", token.replace(",", "")) or parts
    if re.search(r"\d[.,]\d", token):
        return [p for p in re.split(r"[-/'+&]", token.replace(",", "")) if p]
    whole = "".join(parts)
    return [*parts, whole] if len(whole) <= 40 else parts


def analyze(text: str) -> list[str]:
    """The index terms of `text`, in order: folded, stop words dropped, stemmed; numbers and codes whole."""
    found = list[str]()
    for word in _words(text):
        terms = _terms.get(word)
        found.extend(_remembered(word) if terms is None else terms)
    return found


def _remembered(word: str) -> tuple[str, ...]:
    """The index terms of one folded word."""
    if len(_terms) >= _MEMORY:
        _terms.clear()
    kept = (v for v in _variants(word) if v not in _STOP and (len(v) > 1 or v.isdigit()))
    _terms[word] = found = tuple(stem(variant) for variant in kept)
    return found


@dataclass(frozen=True, eq=False)
class Postings:
    """Where a term stands in a version: passage ordinals, rising, and how often in each."""

    ordinals: NDArray[np.uint32]
    tfs: NDArray[np.uint16]

    def to_bytes(self) -> bytes:
        """Little-endian: all ordinals (4 bytes each), then all frequencies (2 bytes each)."""
        return self.ordinals.astype("<u4").tobytes() + self.tfs.astype("<u2").tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Postings:
        """The reverse of `to_bytes`; ValueError when the length is not a multiple of six."""
        if len(packed) % 6:
            raise ValueError("packed postings are broken")
        count = len(packed) // 6
        return cls(
            np.frombuffer(packed, "<u4", count).astype(np.uint32, copy=False),
            np.frombuffer(packed, "<u2", count, offset=4 * count).astype(np.uint16, copy=False),
        )


@dataclass(frozen=True, eq=False)
class Lengths:
    """The length of each passage of a version in terms, by ordinal."""

    terms: NDArray[np.uint16]

    def to_bytes(self) -> bytes:
        """Little-endian, two bytes each."""
        return self.terms.astype("<u2").tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Lengths:
        """The reverse of `to_bytes`; ValueError when the length is odd."""
        return cls(np.frombuffer(packed, "<u2").astype(np.uint16, copy=False))


@dataclass(frozen=True, eq=False)
class VersionIndex:
    """All that BM25 needs of one version: the length of each passage in terms, and the postings of each term."""

    lengths: Lengths
    postings: dict[str, Postings]


def build_index(texts: Sequence[str]) -> VersionIndex:
    """The index of a version from the index texts of its passages, whose places are the passages' ordinals.

    A passage with an empty text has length 0 and is not counted among the passages of the collection.
    """
    lengths = np.zeros(len(texts), np.uint16)
    gathered: dict[str, tuple[list[int], list[int]]] = {}
    for ordinal, text in enumerate(texts):
        counts = Counter(analyze(text))
        lengths[ordinal] = min(sum(counts.values()), 65_535)
        for term, count in counts.items():
            ordinals, tfs = gathered.setdefault(term, ([], []))
            ordinals.append(ordinal)
            tfs.append(min(count, 65_535))
    postings = {
        term: Postings(np.array(ordinals, np.uint32), np.array(tfs, np.uint16))
        for term, (ordinals, tfs) in gathered.items()
    }
    return VersionIndex(Lengths(lengths), postings)


@dataclass(frozen=True, slots=True)
class Ranked(Generic[Key]):
    """A passage found: the key of its version, its ordinal there, its score (> 0)."""

    key: Key
    ordinal: int
    score: float


def idf(passages: int, df: int) -> float:
    """ln(1 + (N − df + ½)/(df + ½)): the Robertson–Sparck Jones weight, kept positive."""
    return float(np.log1p((passages - df + 0.5) / (df + 0.5)))


class Scores(Generic[Key]):
    """The BM25 score of every passage of some versions (Robertson & Zaragoza 2009, equation 3.15).

    `query` maps terms (as `analyze` gives them) to weights. N, document frequencies and the average length are
    those of the given versions, empty passages left out.
    """

    def __init__(
        self,
        query: Mapping[str, float],
        versions: Sequence[tuple[Key, Lengths, Mapping[str, Postings]]],
        *,
        k1: float = K1,
        b: float = B,
    ) -> None:
        self._keys = [key for key, _, _ in versions]
        self._offsets = np.cumsum([0, *(len(lengths.terms) for _, lengths, _ in versions)])
        self._place = {key: int(at) for key, at in zip(self._keys, self._offsets, strict=False)}
        self._all = np.zeros(int(self._offsets[-1]))
        total = sum(int(np.count_nonzero(lengths.terms)) for _, lengths, _ in versions)
        if not total:
            return
        average = sum(int(lengths.terms.sum(dtype=np.int64)) for _, lengths, _ in versions) / total
        norms = np.concatenate([lengths.terms for _, lengths, _ in versions]).astype(np.float64)
        norms = k1 * (1 - b + b * norms / average)
        for term, weight in sorted(query.items()):
            rows = [(self._offsets[n], p) for n, (_, _, postings) in enumerate(versions) if (p := postings.get(term))]
            df = sum(len(p.ordinals) for _, p in rows)
            if not df or weight <= 0:
                continue
            gain = weight * idf(total, df)
            places = np.concatenate([p.ordinals + offset for offset, p in rows])
            tf = np.concatenate([p.tfs for _, p in rows]).astype(np.float64)
            self._all[places] += gain * tf * (k1 + 1) / (tf + norms[places])

    def of(self, key: Key, ordinal: int) -> float:
        """The score of one passage of a given version; 0.0 where none of the terms stands."""
        return float(self._all[self._place[key] + ordinal])

    def best(self, k: int) -> list[Ranked[Key]]:
        """The `k` best passages with a score; equal scores keep the order of versions, then ordinals."""
        hits = np.flatnonzero(self._all > 0)
        if len(hits) > 4 * k > 0:  # sort only what can be among the best, ties at the edge included
            edge = np.partition(self._all[hits], len(hits) - k)[len(hits) - k]
            hits = hits[self._all[hits] >= edge]
        best: list[int] = hits[np.lexsort((hits, -self._all[hits]))][: max(k, 0)].tolist()
        found = list[Ranked[Key]]()
        for place in best:
            owner = int(np.searchsorted(self._offsets, place, side="right")) - 1
            found.append(Ranked(self._keys[owner], place - int(self._offsets[owner]), float(self._all[place])))
        return found


def rank(
    query: Mapping[str, float],
    versions: Sequence[tuple[Key, Lengths, Mapping[str, Postings]]],
    k: int,
    *,
    k1: float = K1,
    b: float = B,
) -> list[Ranked[Key]]:
    """The `k` best passages of exactly these versions; see `Scores`."""
    return Scores(query, versions, k1=k1, b=b).best(k)
