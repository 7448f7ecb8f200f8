"""Does an exported log match its signed head? Needs the two files, and no database, network or product state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from preceptor.audit.checkpoint import (
    Checkpoint,
    Note,
    VerifierKey,
    checkpoint_of,
    parse_note,
    parse_verifier_key,
    signed_by,
)
from preceptor.audit.formats import Row, notes_of, parse_line, split_checkpoint_file
from preceptor.audit.leaf import decode, leaf_hash
from preceptor.audit.merkle import Frontier
from preceptor.errors import IntegrityFailure, Invalid

Reason = Literal[
    "leaf_changed",
    "leaf_missing",
    "leaf_order",
    "tail_cut",
    "tail_extra",
    "root_mismatch",
    "signature",
    "key_mismatch",
    "malformed",
    "other_tenant",
    "anchor_mismatch",
    "empty",
]

_BATCH = 1024


@dataclass(frozen=True)
class Report:
    """What the check found.

    `tree_size` and `root` (hex) are those of the signed head, None when it could not be read. `checked` counts
    the leading leaves whose line, number, tenant and own hash hold. `first_bad` is the number of the first wrong
    line where the file itself shows it; `between` is the half-open range of leaf numbers in which the first
    wrong leaf lies where only roots show it. `anchors` counts the older heads the export agreed with.
    """

    ok: bool
    key: Literal["pinned", "unpinned"]
    tree_size: int | None
    root: str | None
    checked: int
    reason: Reason | None
    detail: str
    cannot_detect: str
    first_bad: int | None = None
    between: tuple[int, int] | None = None
    anchors: int = 0

    def as_dict(self) -> dict[str, object]:
        """The answer of `preceptor audit verify`; what was not located is left out."""
        answer: dict[str, object] = {
            "ok": self.ok,
            "tree_size": self.tree_size,
            "root": self.root,
            "checked": self.checked,
            "key": self.key,
            "anchors": self.anchors,
            "detail": self.detail,
            "cannot_detect": self.cannot_detect,
        }
        if self.reason is not None:
            answer["reason"] = self.reason
        if self.first_bad is not None:
            answer["first_bad"] = self.first_bad
        if self.between is not None:
            answer["between"] = list(self.between)
        return answer


@dataclass(frozen=True)
class _Finding:
    """One thing that is wrong."""

    reason: Reason
    detail: str
    first_bad: int | None = None
    between: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Mark:
    """A signed root the export must have after `size` leaves; the head is the last mark."""

    size: int
    root: bytes
    is_anchor: bool


def verify_export(
    export: Iterable[str | bytes],
    checkpoint_text: str,
    pinned_key: str | None,
    anchors: Sequence[str] = (),
) -> Report:
    """Check an export against its signed head and against older heads kept elsewhere.

    `export` gives the lines in order (`formats.read_lines`) and is read once, in constant memory, up to the first
    fault. `checkpoint_text` is a checkpoint file; `pinned_key` a verifier key the reader trusts already, else the
    one in the file is used and the report says `unpinned`; each anchor is an older checkpoint file, a bare note, or an
    anchor file of many heads (`audit/anchors.py`), in which those of other logs are passed over.
    Only a `pinned_key` that is not a verifier key raises (`Invalid`); all else is in the report.
    """
    in_file, note_text = split_checkpoint_file(checkpoint_text)
    pinned = parse_verifier_key(pinned_key) if pinned_key is not None else None
    label: Literal["pinned", "unpinned"] = "pinned" if pinned else "unpinned"
    try:
        note = parse_note(note_text)
        head = checkpoint_of(note)
    except IntegrityFailure as failure:
        return _report(label, None, 0, _Finding("malformed", failure.text), ())
    key = _key_to_use(head, in_file, pinned, pinned_key)
    if isinstance(key, _Finding):
        return _report(label, head, 0, key, ())
    signed = signed_by(note, key)
    if signed != "signed":
        return _report(label, head, 0, _unsigned(signed, pinned is not None), ())
    marks = _marks(head, key, anchors)
    if isinstance(marks, _Finding):
        return _report(label, head, 0, marks, ())
    walk = _Walk(head, marks)
    finding = walk.follow(iter(export))
    return _report(label, head, walk.checked, finding, walk.passed)


def _key_to_use(
    head: Checkpoint, in_file: str | None, pinned: VerifierKey | None, pinned_key: str | None
) -> VerifierKey | _Finding:
    if pinned is not None:
        if in_file is not None and in_file != pinned_key:
            return _Finding("key_mismatch", "The checkpoint file names another key than the pinned one.")
        key = pinned
    elif in_file is None:
        return _Finding("malformed", "The checkpoint file has no vkey line and no key was pinned.")
    else:
        try:
            key = parse_verifier_key(in_file)
        except Invalid as failure:
            return _Finding("malformed", f"The vkey line of the checkpoint file is wrong: {failure.text}")
    if key.name != head.origin:
        return _Finding("key_mismatch", "The key is of another log than the head: another tenant's, perhaps.")
    return key


def _unsigned(signed: Literal["unsigned", "forged"], is_pinned: bool) -> _Finding:
    if signed == "unsigned" and is_pinned:
        return _Finding("key_mismatch", "The head is not signed by the pinned key.")
    return _Finding("signature", "The signature of the head does not hold: head or signature was changed.")


def _marks(head: Checkpoint, key: VerifierKey, anchors: Sequence[str]) -> list[_Mark] | _Finding:
    """The roots to meet, by size; anchors before the head where sizes are equal."""
    marks: list[_Mark] = []
    for text in anchors:
        try:
            notes = [parse_note(one) for one in notes_of(text)]
            heads = [(note, checkpoint_of(note)) for note in notes]
        except IntegrityFailure as failure:
            return _Finding("malformed", f"An anchor cannot be read: {failure.text}")
        ours = [(note, older) for note, older in heads if older.origin == head.origin]
        if not ours:
            return _Finding("anchor_mismatch", "An anchor is of another log.")
        wrong = _older(head, key, ours, marks)
        if wrong is not None:
            return wrong
    marks.sort(key=lambda mark: mark.size)
    marks.append(_Mark(head.size, head.root, is_anchor=False))
    return marks


def _older(
    head: Checkpoint, key: VerifierKey, ours: Sequence[tuple[Note, Checkpoint]], marks: list[_Mark]
) -> _Finding | None:
    """Adds the heads of one anchor to `marks`, or says what is wrong with one."""
    for note, older in ours:
        if signed_by(note, key) != "signed":
            return _Finding("anchor_mismatch", "An anchor is not signed by the key of the head.")
        if older.size > head.size:
            return _Finding("anchor_mismatch", "An anchor has more leaves than the head: the log was set back.")
        marks.append(_Mark(older.size, older.root, is_anchor=True))
    return None


class _Walk:
    """One pass over the lines: the only mutable thing here."""

    def __init__(self, head: Checkpoint, marks: list[_Mark]) -> None:
        self.size = head.size
        self.tenant = head.origin.rpartition("/")[2]
        self.waiting = list(reversed(marks))
        self.passed: tuple[_Mark, ...] = ()
        self.checked = 0
        self.frontier = Frontier()
        self.pending: list[bytes] = []

    def follow(self, lines: Iterator[str | bytes]) -> _Finding | None:
        """The first thing wrong with the lines, or None."""
        wrong = self._meet_marks()
        if wrong is not None:
            return wrong
        for line in lines:
            row = parse_line(line)
            if row is None:
                return self._here("malformed", "is not of the documented form")
            if self.checked == self.size:
                return self._here("tail_extra", "comes after the last leaf of the signed head")
            wrong = self._row(row, lines) or self._meet_marks()
            if wrong is not None:
                return wrong
        return self._end()

    def _row(self, row: Row, rest: Iterator[str | bytes]) -> _Finding | None:
        if row.index < self.checked:
            return self._here("leaf_order", "has the number of an earlier line")
        if row.index > self.checked:
            if _appears(self.checked, rest):
                return self._here("leaf_order", "is not where its number says; it stands further on")
            return self._here("leaf_missing", "is missing")
        found = leaf_hash(row.leaf)
        if found != row.hash:
            return self._here("leaf_changed", "does not have the hash written beside it")
        try:
            entry = decode(row.leaf)
        except IntegrityFailure:
            return self._here("malformed", "holds a leaf that is not of the documented form")
        if entry.tenant != self.tenant:
            return self._here("other_tenant", "is an entry of another tenant than the head")
        self.checked += 1
        self.pending.append(found)
        if len(self.pending) == _BATCH:
            self._settle()
        return None

    def _meet_marks(self) -> _Finding | None:
        while self.waiting and self.waiting[-1].size == self.checked:
            mark = self.waiting[-1]
            self._settle()
            if self.frontier.root() != mark.root:
                between = (self._proven(), mark.size)
                if mark.is_anchor:
                    return _Finding("anchor_mismatch", _REWRITTEN.format(*between), between=between)
                return _Finding("root_mismatch", _OTHER_ROOT.format(*between), between=between)
            self.passed = (*self.passed, self.waiting.pop())
        return None

    def _settle(self) -> None:
        self.frontier = self.frontier.extend(self.pending)
        self.pending.clear()

    def _proven(self) -> int:
        """How many leading leaves a signed root has already vouched for."""
        return self.passed[-1].size if self.passed else 0

    def _end(self) -> _Finding | None:
        if self.checked == self.size:
            return None
        if self.checked == 0:
            return _Finding("empty", f"The export has no leaf; the signed head has {self.size}.")
        between = (self._proven(), self.size)
        return _Finding("tail_cut", _CUT.format(self.checked, self.size, *between), between=between)

    def _here(self, reason: Reason, what: str) -> _Finding:
        return _Finding(reason, f"Leaf {self.checked} {what}.", first_bad=self.checked)


_REWRITTEN = (
    "Every line is sound in itself, but the leaves do not give the root of an older head: the log was rewritten. "
    "The first wrong leaf is not before number {0} and is before number {1}."
)
_OTHER_ROOT = (
    "Every line is sound in itself, but the leaves do not give the signed root: a leaf and its hash were replaced "
    "together, or leaves were moved and renumbered. The first wrong leaf is not before number {0} and is before "
    "number {1}; only an older head kept elsewhere narrows this."
)
_CUT = (
    "The export has {0} leaves, the signed head {1}. Either the end was cut, or leaves were taken out and the rest "
    "renumbered; the first wrong leaf is not before number {2} and is before number {3}."
)


def _appears(index: int, rest: Iterator[str | bytes]) -> bool:
    """Whether a later line carries this number; reads the rest of the export."""
    rows = (parse_line(line) for line in rest)
    return any(row is not None and row.index == index for row in rows)


def _report(
    label: Literal["pinned", "unpinned"],
    head: Checkpoint | None,
    checked: int,
    finding: _Finding | None,
    passed: Sequence[_Mark],
) -> Report:
    older = [mark.size for mark in passed if mark.is_anchor]
    return Report(
        ok=finding is None,
        key=label,
        tree_size=head.size if head else None,
        root=head.root.hex() if head else None,
        checked=checked,
        reason=finding.reason if finding else None,
        detail=finding.detail if finding else f"All {checked} leaves stand under the signed root.",
        cannot_detect=_cannot_detect(label, older),
        first_bad=finding.first_bad if finding else None,
        between=finding.between if finding else None,
        anchors=len(older),
    )


def _cannot_detect(label: Literal["pinned", "unpinned"], older: Sequence[int]) -> str:
    """What this very check, with the key and anchors it was given, could not have seen."""
    parts: list[str] = []
    if label == "unpinned":
        parts.append(
            "The key came with the head: whoever rewrote the log could have made a new key and signed again. "
            "Pin a key received another way."
        )
    if older:
        parts.append(
            f"Leaves from number {max(older)} on could have been rewritten or left out by whoever holds the "
            "signing key; earlier ones only by one who also holds every anchor."
        )
    else:
        parts.append(
            "No older head was given: whoever holds the signing key could have rewritten any leaf, or cut the "
            "end before signing. Give heads kept elsewhere as anchors."
        )
    parts.append("Entries after this head, and acts that were never entered, are not seen.")
    return " ".join(parts)
