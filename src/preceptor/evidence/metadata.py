"""Title, version and effective dates of a document: what was said of it, then what its first pages say."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from preceptor.errors import Invalid

FRONT_CHARACTERS = 6_000  # dates further in belong to what the document talks about
TITLE_LIMIT = 200
EARLY_MONTHS = ("january", "february", "march", "april", "may", "june")
LATE_MONTHS = ("july", "august", "september", "october", "november", "december")
ALL_MONTHS = EARLY_MONTHS + LATE_MONTHS
_DATE = r"(\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}|[A-Z][a-z]{2,8}\.? \d{1,2}, ?\d{4})"
_FROM = re.compile(rf"^\W{{0,4}}effective(?: date| from)?\W{{1,4}}{_DATE}", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(
    rf"^\W{{0,4}}(?:effective (?:through|to|until)|expires(?: on)?|end date|expiration date)\W{{1,4}}{_DATE}",
    re.IGNORECASE | re.MULTILINE,
)
_RANGE = re.compile(
    rf"^\W{{0,4}}effective[^\n]{{0,40}}?{_DATE}\W{{0,3}}(?:through|to|until|[-–])\W{{0,3}}{_DATE}", re.I | re.M
)
_VERSION = re.compile(r"^\W{0,4}(?:policy )?version(?: number)?\W{1,4}([0-9][0-9A-Za-z.\-]{0,19})", re.I | re.M)


@dataclass(frozen=True)
class Metadata:
    """What is known of a version. `owner` is payer or department, '' when none; None means unknown."""

    stem: str
    owner: str = ""
    title: str | None = None
    version: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: bool = False


def parse_date(text: str) -> date | None:
    """A calendar date written as 2026-01-31, 1/31/2026 (month first) or January 31, 2026; None otherwise."""
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            return date(int(match[3]), int(match[1]), int(match[2]))
        if match := re.fullmatch(r"([A-Za-z]{3,9})\.? (\d{1,2}), ?(\d{4})", text):
            names = [m for m in ALL_MONTHS if m.startswith(match[1].lower())]
            if len(names) == 1:
                return date(int(match[3]), ALL_MONTHS.index(names[0]) + 1, int(match[2]))
    except ValueError:
        return None
    return None


def require_date(text: str) -> date:
    """An ISO date from a request; Invalid `invalid_date` for anything else."""
    found = parse_date(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    if found is None:
        raise Invalid("invalid_date")
    return found


def completed(said: Metadata, front: str, embedded_title: str | None, first_heading: str | None) -> Metadata:
    """`said` with its gaps filled from the document's own front matter; what was said always wins.

    Only labelled lines count ("Effective date: …", "Version …" at the start of a line): a date in a sentence
    is what the text talks about.
    """
    front = front[:FRONT_CHARACTERS]
    found = said
    if found.effective_from is None and (match := _RANGE.search(front)):
        found = replace(found, effective_from=parse_date(match[1]))
        if found.effective_to is None:
            found = replace(found, effective_to=parse_date(match[2]))
    if found.effective_from is None and (match := _FROM.search(front)):
        found = replace(found, effective_from=parse_date(match[1]))
    if found.effective_to is None and (match := _TO.search(front)):
        found = replace(found, effective_to=parse_date(match[1]))
    if found.version is None and (match := _VERSION.search(front)):
        found = replace(found, version=match[1].rstrip(".-"))
    if found.title is None:
        found = replace(found, title=_title(embedded_title, first_heading, said.stem))
    if found.effective_from and found.effective_to and found.effective_to < found.effective_from:
        if said.effective_from and said.effective_to:
            raise Invalid("invalid_date", "The document would end before it takes effect.")
        found = replace(found, effective_to=said.effective_to)
    return found


def _title(embedded: str | None, heading: str | None, stem: str) -> str:
    """The PDF's own title unless it is a file name or a program's, then the first heading, then the stem."""
    for candidate in (embedded, heading):
        text = " ".join((candidate or "").split())
        technical = re.search(r"\.(docx?|pdf|indd|qxd|pptx?|xlsx?|dvi)\b|^microsoft|^untitled|^slide ?\d", text, re.I)
        if len(text) >= 6 and " " in text and not technical:
            return text[:TITLE_LIMIT]
    return re.sub(r"[_\-]+", " ", stem)[:TITLE_LIMIT]


def version_key(version: str) -> tuple[tuple[int, int | str], ...]:
    """An order of versions in which numbers count as numbers: 2025.2 < 2025.10 < 2026.1."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return tuple((0, int(p)) if p.isdigit() else (1, p.lower()) for p in parts)
