"""The pieces a document is made of: text with what it is, and the gold offsets that follow from joining them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["plain", "span", "optional", "trap"]


@dataclass(frozen=True)
class Piece:
    """A run of text of one kind. `label` is set for spans only; `sub` names the shape, or the kind of a trap."""

    text: str
    kind: Kind = "plain"
    label: str = ""
    sub: str = ""

    def with_text(self, text: str) -> Piece:
        """The same piece with other text, as noise makes it."""
        return Piece(text, self.kind, self.label, self.sub)


class Gold(NamedTuple):
    """A document and its gold offsets, half open, in code points."""

    text: str
    spans: list[dict[str, object]]
    optional: list[dict[str, object]]
    traps: list[dict[str, object]]


def span(label: str, text: str, sub: str) -> Piece:
    """An identifier that must be hidden."""
    return Piece(text, "span", label, sub)


def optional(text: str, sub: str) -> Piece:
    """Text that may be hidden or not: a state, a year alone, a title."""
    return Piece(text, "optional", "", sub)


def trap(text: str, sub: str) -> Piece:
    """Text that looks like an identifier and is none."""
    return Piece(text, "trap", "", sub)


def merge_plain(pieces: list[Piece]) -> list[Piece]:
    """Join neighbouring plain pieces, so that patterns see the whole run."""
    out: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if out and piece.kind == "plain" and out[-1].kind == "plain":
            out[-1] = Piece(out[-1].text + piece.text)
        else:
            out.append(piece)
    return out


def join(pieces: list[Piece]) -> Gold:
    """Concatenate and compute offsets. Outer white space of a marked piece, which noise can add, stays outside."""
    text = ""
    found: dict[str, list[dict[str, object]]] = {"span": [], "optional": [], "trap": []}
    for piece in pieces:
        inner = piece.text.strip()
        if piece.kind != "plain" and inner:
            start = len(text) + piece.text.index(inner)
            row: dict[str, object] = {"start": start, "end": start + len(inner)}
            if piece.kind == "span":
                row |= {"label": piece.label, "sub": piece.sub, "text": inner}
            else:
                row["kind" if piece.kind == "trap" else "sub"] = piece.sub
            found[piece.kind].append(row)
        text += piece.text
    return Gold(text, found["span"], found["optional"], found["trap"])


def check(gold: Gold) -> None:
    """Raise AssertionError when a span is empty, out of the text, not its own text, or overlaps another marked run."""
    end = 0
    rows = sorted([*gold.spans, *gold.optional, *gold.traps], key=lambda r: int(str(r["start"])))
    for row in rows:
        start, stop = int(str(row["start"])), int(str(row["end"]))
        assert end <= start < stop <= len(gold.text), row
        inside = gold.text[start:stop]
        assert inside == inside.strip() and inside, row
        assert "text" not in row or row["text"] == inside, row
        end = stop
