"""Words in a document that speak to a machine instead of a reader: found, named by rule, never followed.

A document's text is material, whatever it says. Finding such words only keeps them from being shown as an answer and
lets the report name their pages; nothing here is needed for safety of the answering itself, which executes nothing.
Policies use most of the single words ("disregard", "the system must", "instruct the patient"), so every rule asks for
two things together: who is spoken to (a model, an assistant, "you" who answers a user) and what it shall do.
Not proven: wishes phrased as ordinary policy text ("the device is covered without review") are not told apart from
policy; that is what the review of a document before it is added is for.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import itertools
import re
import unicodedata
from dataclasses import dataclass

from preceptor.evidence.instruction_languages import FOREIGN, FOREIGN_NEEDS, FOREIGN_SCRIPTS
from preceptor.evidence.instruction_rules import LEET, RULES, SCRAMBLED

_ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\U000e0000-\U000e007f]")
_LATIN = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјкмнорстухԁɡӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνι’‘“”",
    "ABESIJKMHOPCTYXaesijkmhopctyxdglABEZHIKMNOPTYXaopvi''\"\"",
)
_FROM_LEET = str.maketrans("013457@$", "oieast" + "as")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]{1,3}){9,}\w(?!\w)")
_ENCODED = re.compile(r"(?<![\w/+=])(?:[A-Za-z0-9+/]{20,}={0,2}|(?:[0-9a-fA-F]{2}){20,})(?![\w/+])")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_WORDS = re.compile(r"[a-z]{3,}(?: [a-z']+){2,}")
_BREAK = re.compile(r"[.!?](?=\s|$)|\n\s*\n")
_BEFORE = " .!?:;,\"'(>}*|-•#_~`"
"""What the patterns take along before the first word."""
LONGEST_TOKEN = 1_600
"""Characters of an encoded stretch that are read: an instruction stands at its beginning or is one of several. Rules
take time with the square of a text without blanks, and a document may hold any."""
MOST_TOKENS = 60
"""Encoded stretches of one text that are read."""
LONGEST = 600
"""Characters of a finding: it is widened to its sentence, up to here on both sides together."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Code points `start:end` of the text, end exclusive, and the name of the rule that found them."""

    start: int
    end: int
    rule: str


def find_instructions(text: str) -> list[Finding]:
    """The stretches of `text` that address a machine, widened to whole sentences, in order, without overlap."""
    found = [*_encoded(text), *_plain(text)]
    merged = list[Finding]()
    for item in sorted((_sentence(text, f) for f in found), key=lambda f: (f.start, -f.end)):
        if merged and item.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Finding(last.start, max(last.end, item.end), last.rule)
        else:
            merged.append(item)
    return merged


def _plain(text: str) -> list[Finding]:
    """What the rules find in the text read as a person reads it: look-alike letters, spaced letters and digits for
    letters undone, hidden separators dropped."""
    found = list[Finding]()
    folded, places = _folded(text)
    for rule, needs, pattern in RULES:
        if any(word in folded for word in needs):
            found.extend(
                _at(places, m.start() + len(m[0]) - len(m[0].lstrip(_BEFORE)), m.end(), rule)
                for m in pattern.finditer(folded)
            )
    lowered = text.lower()
    if any(word in lowered for word in FOREIGN_NEEDS) or FOREIGN_SCRIPTS.search(text):
        in_place = len(lowered) == len(text)  # one capital of Turkish grows by a code point
        found.extend(
            Finding(m.start(), m.end(), "other_language") for m in FOREIGN.finditer(lowered if in_place else text)
        )
    if re.search(r"[a-z][013457@$]+[a-z]|\b[013457@$][a-z]{2}", folded):
        found.extend(
            _at(places, m.start(), m.end(), "digits_for_letters")
            for m in LEET.finditer(folded.translate(_FROM_LEET))
            if m[0] != folded[m.start() : m.end()]
        )
    for run in _SPACED.finditer(text):
        letters = re.sub(r"[\W_]", "", run[0]).lower()
        if SCRAMBLED.search(letters):
            found.append(Finding(run.start(), run.end(), "spaced_letters"))
    return found


def _folded(text: str) -> tuple[str, list[int] | None]:
    """The text lower-case, compatibility forms and look-alikes undone, white space one blank a character, hidden
    separators gone; and where each of its characters stands in `text` (None: at the same place)."""
    if text.isascii():
        return re.sub(r"\s", " ", text.lower()), None
    same = unicodedata.normalize("NFKC", text).translate(_LATIN).lower()
    if len(same) == len(text) and not _ZERO_WIDTH.search(text):
        return re.sub(r"\s", " ", same), None
    pieces, places, at = list[str](), list[int](), 0
    for match in _NOT_ASCII.finditer(text):
        pieces.append(text[at : match.start()].lower())
        places.extend(range(at, match.start()))
        at = match.end()
        if not _ZERO_WIDTH.match(match[0]):
            letters = unicodedata.normalize("NFKC", match[0]).translate(_LATIN).lower()
            pieces.append(letters)
            places.extend([match.start()] * len(letters))
    pieces.append(text[at:].lower())
    places.extend(range(at, len(text)))
    return re.sub(r"\s", " ", "".join(pieces)), places


def _at(places: list[int] | None, start: int, end: int, rule: str) -> Finding:
    if places is None:
        return Finding(start, end, rule)
    return Finding(places[start], places[end - 1] + 1, rule)


def _encoded(text: str) -> list[Finding]:
    """Base64, hexadecimal, ROT13 and Unicode tag characters whose contents read as words that a rule finds."""
    found = list[Finding]()
    for match in itertools.islice(_ENCODED.finditer(text), MOST_TOKENS):
        for words in _decoded(match[0][:LONGEST_TOKEN]):
            if _WORDS.search(words.lower()) and (_plain(words) or SCRAMBLED.search(re.sub(r"\W", "", words.lower()))):
                found.append(Finding(match.start(), match.end(), "encoded"))
                break
    if "vafgehpg" in text.lower() or "vtaber" in text.lower():
        turned = codecs.encode(text, "rot13")
        found.extend(Finding(f.start, f.end, "rot13") for f in _plain(turned))
    found.extend(Finding(m.start(), m.end(), "tag_characters") for m in _TAGS.finditer(text))
    return found


def _decoded(token: str) -> list[str]:
    words = list[str]()
    token = token[: len(token) - len(token) % 4] if len(token) == LONGEST_TOKEN else token
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", token):
        words.append(bytes.fromhex(token).decode("ascii", "replace"))
    try:
        words.append(base64.b64decode(token + "=" * (-len(token) % 4), validate=True).decode("ascii", "replace"))
    except (binascii.Error, ValueError):
        return words
    return words


def _sentence(text: str, finding: Finding) -> Finding:
    """The finding widened to the sentences it touches, at most `LONGEST` characters, at visible characters."""
    room = max(0, LONGEST - (finding.end - finding.start))
    low = max(0, finding.start - room // 2)
    ends = [m.end() for m in _BREAK.finditer(text, low, finding.start)]
    start = ends[-1] if ends else (0 if low == 0 else finding.start)
    after = _BREAK.search(text, max(finding.start, finding.end - 1), min(len(text), finding.end + room // 2))
    end = after.end() if after else (len(text) if len(text) <= finding.end + room // 2 else finding.end)
    end = max(end, finding.end)
    while start < finding.start and text[start].isspace():
        start += 1
    while end > finding.end and text[end - 1].isspace():
        end -= 1
    return Finding(start, end, finding.rule)
