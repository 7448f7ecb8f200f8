"""A text as it would read with what hides an identifier undone, each reading leading back to the original."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preceptor.deid import view_escapes, view_letters, view_lines, view_markup, view_rtf, view_spaced
from preceptor.deid.labels import Label
from preceptor.deid.plain import plain
from preceptor.deid.view_offsets import Layer


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text: `plain` (same length), `decoded`, `shown` or `spaced`.

    `labels` are the labels that may be taken from it, None for all. Positions are code points of `text`.
    """

    text: str
    name: str
    labels: frozenset[Label] | None = None
    layers: tuple[Layer, ...] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original text that covers `[start, end)` of this view; 0 <= start <= end <= its length.

        Where an edit changed the length inside the range's ends, all of what the edit replaced is covered: more
        rather than less. A deletion right before or after the range is not. Logarithmic in the edits.
        """
        for layer in reversed(self.layers):
            start, end = layer.source(start, end)
        return start, end

    def touches(self, start: int, end: int, around: int = 0) -> bool:
        """Whether anything was changed in `[start, end)` or within `around` characters of it.

        A find with nothing changed inside and in what its rule reads around it is a find of the plain view too.
        """
        start, end = max(0, start - around), min(len(self.text), end + around)
        for layer in reversed(self.layers):
            if layer.touches(start, end):
                return True
            start, end = layer.source(start, end)
        return False


Step = Callable[[str], Layer | None]
_DECODE: tuple[Step, ...] = (
    view_rtf.undo_rtf,
    view_escapes.decode_quoted,
    view_escapes.decode_plus,
    view_escapes.decode_percent,
    view_escapes.decode_backslash,
    view_markup.decode_references,
    # "&amp;#74;" and "%2541" are encoded twice.
    view_escapes.decode_percent,
    view_markup.decode_references,
)
# A comment around a tag is a comment only when the tag is gone.
_TAGS: tuple[Step, ...] = (view_markup.take_out_tags, view_markup.take_out_tags)
_LINES: tuple[Step, ...] = (view_lines.join_lines, view_lines.join_before_sign)
_SPACED: tuple[Step, ...] = (view_spaced.join_mail, view_spaced.join_mail_sign, view_spaced.join_spaced)
_UNPRINTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


_LETTERS: tuple[Callable[[str, AbstractSet[str]], Layer | None], ...] = (
    view_letters.join_pairs,
    view_letters.repair_encoding,
    view_letters.turn_round,
    view_letters.show_tags,
    view_letters.drop_unseen,
    view_letters.mend_damaged,
    view_letters.fold_letters,
    view_letters.fold_small_digits,
    view_letters.fold_flags,
)


def views(text: str) -> Iterator[View]:
    """The readings of `text`: the plain one always, up to three more only where something was undone.

    `decoded` has escapes and character references decoded and keeps the tags, whose attributes may hold an
    identifier; `shown` is what a reader sees: tags out, invisible characters dropped, look-alikes in ASCII, broken
    lines joined; `spaced` is `shown` with spelled-out words and numbers joined. Never raises; the time is linear in
    the text and the edits, and the readings together are at most six times as long as the text.
    """
    yield View(plain(text), "plain")
    shown, layers = _apply(text, _DECODE, ())
    decoded = len(layers)
    shown, layers = _apply(shown, _TAGS, layers)
    if 0 < decoded < len(layers):
        yield View(plain(layers[decoded - 1].text), "decoded", None, layers[:decoded])
    shown, layers = _letters(shown, layers)
    shown, layers = _apply(shown, _LINES, layers)
    if layers:
        yield View(plain(shown), "shown", None, layers)
    # A tab parts the cells of a table; as a line end it keeps them apart.
    spaced, joined = _apply(plain(shown.replace("\t", "\n") if "\t" in shown else shown), _SPACED, layers)
    if len(joined) > len(layers):
        yield View(spaced, "spaced", view_spaced.SPACED_LABELS, joined)


def _apply(text: str, steps: tuple[Step, ...], layers: tuple[Layer, ...]) -> tuple[str, tuple[Layer, ...]]:
    """`text` after the steps that change it, and their layers after `layers`."""
    for step in steps:
        layer = step(text)
        if layer is not None:
            text, layers = layer.text, (*layers, layer)
    return text, layers


def _letters(text: str, layers: tuple[Layer, ...]) -> tuple[str, tuple[Layer, ...]]:
    """The steps that look at single characters; each sees the different characters that the text then holds."""
    if text.isascii() and not _UNPRINTED.search(text):
        return text, layers
    held: frozenset[str] = frozenset(text)
    for step in _LETTERS:
        layer = step(text, held)
        if layer is not None:
            text, layers = layer.text, (*layers, layer)
            held = frozenset(text)
    return text, layers
