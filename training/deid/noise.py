"""Documents made harder: other case, typing and scanning errors, other ordinary words in the place of theirs."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

from preceptor.deid.packed import packed_words
from preceptor.deid.tagger_features import HEAD, NAMES, RELATIVE, SAFE, STOP, TITLE, known
from preceptor.deid.tokens import tokenize
from training.deid.corpus import Example

STYLES = ("normal", "lower", "upper", "noisy")
"""How a document is written."""

_SHARES = (0.50, 0.22, 0.12, 0.16)
_FAR = 24
"""How many characters from an identifier an ordinary word must stand to be replaced: nearer ones are its context."""
_SCANNED = {
    "l": "1",
    "o": "0",
    "i": "l",
    "e": "c",
    "h": "b",
    "n": "m",
    "u": "v",
    "s": "5",
    "t": "f",
    "a": "o",
    "g": "q",
}
_KEYS = "qwertyuiop asdfghjkl zxcvbnm"


@cache
def _ordinary() -> tuple[str, ...]:
    """Safe words that are in no list of names, sorted, so that a draw repeats."""
    return tuple(
        sorted(word for word in packed_words("safe_words") if 4 <= len(word) <= 14 and not known(word) & NAMES)
    )


def styled(example: Example, style: str, rng: random.Random) -> Example:
    """The document in one of the `STYLES`; spans keep their places."""
    if style == "lower":
        return _same_length(example, example.text.lower())
    if style == "upper":
        return _same_length(example, example.text.upper())
    return _noisy(example, rng) if style == "noisy" else example


def draw_style(rng: random.Random) -> str:
    """A style, as often as training uses it."""
    return rng.choices(STYLES, _SHARES)[0]


def _same_length(example: Example, text: str) -> Example:
    """The document with its text in another case, unless a letter changed its length."""
    return replace(example, text=text) if len(text) == len(example.text) else example


def _noisy(example: Example, rng: random.Random) -> Example:
    """One word in seven with an error that keeps its length, and now and then a whole document in one case."""
    letters = list(example.text)
    scanned = rng.random() < 0.5
    for token in tokenize(example.text):
        if len(token.word) < 3 or rng.random() > 0.14:
            continue
        at = rng.randrange(token.start + 1, token.end)
        letter = letters[at].lower()
        if scanned and letter in _SCANNED:
            letters[at] = _SCANNED[letter]
        elif letter.isalpha() and letters[at - 1].isalpha() and rng.random() < 0.5 and at - 1 > token.start:
            letters[at - 1], letters[at] = letters[at], letters[at - 1]
        elif letter in _KEYS:
            letters[at] = _KEYS[(_KEYS.index(letter) + 1) % len(_KEYS)].replace(" ", "e")
    text = "".join(letters)
    case = rng.random()
    return _same_length(example, text.lower() if case < 0.35 else text.upper() if case < 0.45 else text)


def reworded(example: Example, rng: random.Random, share: float) -> Example:
    """The document with a share of its ordinary words, those far from any identifier, replaced by others."""
    text, spans, moved, done = "", list(example.spans), 0, 0
    out: list[tuple[int, int, str]] = []
    for token in tokenize(example.text):
        while spans and spans[0][1] <= token.start:
            start, end, label = spans.pop(0)
            out.append((start + moved, end + moved, label))
        bits = known(token.lower)
        near = any(start - _FAR < token.end and token.start < end + _FAR for start, end, _ in example.spans)
        plain = bits & SAFE and not bits & (NAMES | STOP | HEAD | TITLE | RELATIVE)
        if near or not plain or len(token.word) < 5 or rng.random() > share:
            continue
        word = rng.choice(_ordinary())
        word = word.upper() if token.word.isupper() else word.capitalize() if token.word[0].isupper() else word
        text += example.text[done : token.start] + word
        done, moved = token.end, moved + len(word) - (token.end - token.start)
    out += [(start + moved, end + moved, label) for start, end, label in spans]
    return replace(example, text=text + example.text[done:], spans=tuple(out))
