"""An answer as the console shows it: what is said, of which version, side by side where sources differ. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from preceptor.evidence.library import Version
from preceptor.evidence.passages import PATH_MARK
from preceptor.web.words import FORMS, ROLES, confidence_words, day, in_force_words, note_words

BESIDE = ("more", "condition", "exception", "other_version")
"""Roles of statements that stand below the columns of a conflict, not in them."""

Versions = Mapping[uuid.UUID, tuple[Version, Version]]
"""A cited version → itself and the newest version of its document."""


@dataclass(frozen=True)
class Cited:
    """A quotation with what stands below it. `current` is False for a version that is not in force today."""

    quote: str
    title: str
    page: int
    link: str
    version: str
    force: str
    current: bool
    ocr: bool
    place: str


@dataclass(frozen=True)
class Said:
    """A statement: its role in words ("" for a plain answer), its heading path from outside in, its quotations."""

    role: str
    path: tuple[str, ...]
    citations: tuple[Cited, ...]


@dataclass(frozen=True)
class Side:
    """A column of a comparison or a conflict."""

    title: str
    facts: str
    statements: tuple[Said, ...]


@dataclass(frozen=True)
class AnswerView:
    """All that the page of an answer shows beside the JSON of the answer itself. With `sides` the statements stand
    in columns, otherwise in `statements`; `outdated` says in sentences which quoted versions are not the current ones.
    """

    heading: str
    statements: tuple[Said, ...]
    sides: tuple[Side, ...]
    nearest: tuple[Said, ...]
    notes: tuple[str, ...]
    outdated: tuple[str, ...]
    confidence: str


def cited_versions(answer: Mapping[str, Any]) -> set[uuid.UUID]:
    """The versions an answer quotes, as an answer and as nearest passages."""
    return {
        uuid.UUID(citation["version_id"])
        for statement in [*answer["statements"], *answer["nearest"]]
        for citation in statement["citations"]
    }


def view_answer(answer: Mapping[str, Any], versions: Versions, today: date) -> AnswerView:
    """The view of an answer's JSON; members that older answers lack do no harm."""
    form = str(answer.get("form") or "statement")
    run = str(answer["run"])
    statements = [_said(s, run, versions, today) for s in answer["statements"]]
    rows = list(zip(answer["statements"], statements, strict=True))
    apart: list[tuple[Mapping[str, Any], Said]] = []
    if form == "comparison":
        apart = rows
    elif form == "conflict":
        apart = [row for row in rows if row[0].get("role") not in BESIDE]
    sides = _sides(apart)
    if len(sides) < 2:
        sides, apart = (), []
    rest = [said for row, said in rows if all(row is not other for other, _ in apart)]
    confidence: float = answer["confidence"]
    unsaid = answer["abstained"] or (form == "conflict" and sides)  # which side is right is not known
    return AnswerView(
        heading=FORMS.get(form, "What the sources say") if sides else "What the sources say",
        statements=tuple(rest),
        sides=sides,
        nearest=tuple(_said(s, run, versions, today) for s in answer["nearest"]),
        notes=tuple(note_words(str(code)) for code in answer.get("notes") or () if code != "not_current"),
        outdated=tuple(_outdated(answer["statements"], versions, today)),
        confidence=f"{confidence:.2f}" + ("" if unsaid else f", {confidence_words(confidence)}"),
    )


def _said(statement: Mapping[str, Any], run: str, versions: Versions, today: date) -> Said:
    path = tuple(part.strip() for part in str(statement.get("heading") or "").split(PATH_MARK.strip()) if part.strip())
    return Said(
        ROLES.get(str(statement.get("role")), ""),
        path,
        tuple(_cited(citation, run, versions, today) for citation in statement["citations"]),
    )


def _cited(citation: Mapping[str, Any], run: str, versions: Versions, today: date) -> Cited:
    known = versions.get(uuid.UUID(citation["version_id"]))
    version = known[0] if known else None
    query = urlencode({"start": citation["start"], "end": citation["end"], "answer": run})
    return Cited(
        quote=citation["quote"],
        title=citation["title"],
        page=citation["page"],
        link=f"/pages/{citation['version_id']}/{citation['page']}?{query}",
        version=citation["version"],
        force=in_force_words(version, today) if version else citation["in_force"],
        current=version is None or version.in_force_from <= today < version.in_force_until,
        ocr=citation.get("source") == "ocr",
        place=f"characters {citation['start']}–{citation['end']}",
    )


def _sides(rows: Sequence[tuple[Mapping[str, Any], Said]]) -> tuple[Side, ...]:
    """Statements by the version they quote first, in the order of the answer."""
    held = dict[str, list[Said]]()
    for row, said in rows:
        held.setdefault(row["citations"][0]["version_id"], []).append(said)
    sides = list[Side]()
    for group in held.values():
        first = group[0].citations[0]
        facts = [f"version {first.version}" if first.version else "", first.force]
        sides.append(Side(first.title, " · ".join(f for f in facts if f), tuple(group)))
    return tuple(sides)


def _outdated(statements: Sequence[Mapping[str, Any]], versions: Versions, today: date) -> list[str]:
    """One sentence for each quoted version that is not in force today."""
    found = dict[uuid.UUID, str]()
    for statement in statements:
        for citation in statement["citations"]:
            known = versions.get(uuid.UUID(citation["version_id"]))
            if known is None or known[0].in_force_from <= today < known[0].in_force_until:
                continue
            version, newest = known
            name = f"version {version.version} of {version.title}" if version.version else version.title
            if version.in_force_from > today:
                text = f"Quoted from {name}, which begins on {day(version.in_force_from)}."
            else:
                text = f"Quoted from {name}, which is no longer in force since {day(version.in_force_until)}."
                if newest.id != version.id:
                    text += f" The newest version here is {newest.version or 'one without a number'}."
            found[version.id] = text
    return list(found.values())
