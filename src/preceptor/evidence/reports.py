"""What reading a version found, as its report keeps it, and what to do about a file that could not be read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from preceptor.errors import CODES

HIDDEN: Mapping[str, str] = {
    "render_mode": "drawn without ink",
    "tiny": "smaller than two points",
    "off_page": "outside the page",
    "same_colour": "in the colour of its background",
    "covered": "behind a picture or a filled area",
    "clipped": "cut off by a clipping path",
    "transparent": "fully transparent",
    "layer_off": "on a layer that is switched off",
    "unseen": "changes nothing on the page",
}
"""Kind of text that a reader cannot see → how it was hidden."""

ADVICE: Mapping[str, str] = {
    "ambiguous_version": "Give the version or the effective date, or say that it replaces the one that is there.",
    "file_too_large": "Split the file, or leave pictures out of it.",
    "parse_memory": "Split the document, or raise PRECEPTOR_PARSE_MEMORY_MB.",
    "parse_pages": "Split the document, or raise PRECEPTOR_PARSE_PAGES.",
    "parse_text": "Split the document.",
    "parse_time": "Split the document, or raise PRECEPTOR_PARSE_CPU_SECONDS.",
    "pdf_broken": "Open it in a PDF reader and save it again, or ask its author for a sound copy.",
    "pdf_encrypted": "Save it without a password and add it again.",
    "pdf_no_text": "It is a scan: install tesseract and add it again, or add a copy with a text layer.",
    "pdf_not_pdf": "Check that the file is complete and that its name fits what it holds.",
    "text_not_utf8": "Save the text as UTF-8 and add it again.",
    "unsupported_media_type": "Save it in a form that is read here and add it again.",
}
"""Code of a failed reading → what a librarian can do."""


@dataclass(frozen=True)
class Unread:
    """A page no text was read from, and the code of the reason."""

    page: int
    why: str


@dataclass(frozen=True)
class Report:
    """`hidden`: characters by kind that readers cannot see, left out; `instructions`: pages with text that talks to
    machines, shown to readers, never quoted; `ocr`: pages read by character recognition; `unread`: pages not read;
    `duplicates`: groups of pages with the same text. Page numbers count from 1."""

    hidden: Mapping[str, int] = field(default_factory=dict[str, int])
    instructions: tuple[int, ...] = ()
    ocr: tuple[int, ...] = ()
    unread: tuple[Unread, ...] = ()
    duplicates: tuple[tuple[int, ...], ...] = ()


def read_report(stored: Mapping[str, Any]) -> Report:
    """The report in a version's `report` column; what is missing or of another form counts as nothing found."""
    hidden = _mapping(stored.get("hidden"))
    unread = list[Unread]()
    for row in _rows(stored.get("unread")):
        fields = _mapping(row)
        page = row if isinstance(row, int) else fields.get("page")
        if isinstance(page, int):
            unread.append(Unread(page, str(fields.get("why", ""))))
    return Report(
        {kind: n for kind, n in hidden.items() if isinstance(n, int) and n > 0},
        _numbers([_mapping(row).get("page", row) for row in _rows(stored.get("instructions"))]),
        _numbers(_rows(stored.get("ocr"))),
        tuple(unread),
        tuple(_numbers(_rows(row)) for row in _rows(stored.get("duplicates"))),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _numbers(values: Iterable[Any]) -> tuple[int, ...]:
    return tuple(sorted({n for n in values if isinstance(n, int)}))


def hidden_words(kind: str) -> str:
    """How text of this kind was hidden, in words."""
    return HIDDEN.get(kind, kind.replace("_", " "))


def page_list(pages: Iterable[int]) -> str:
    """Page numbers as people write them: 1–3, 7."""
    runs = list[tuple[int, int]]()
    for page in sorted(set(pages)):
        if runs and page == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], page
        else:
            runs.append((page, page))
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def failure_words(code: str | None) -> str:
    """Why a version could not be read, and what to do about it."""
    if code is None or code not in CODES:
        return "The reason was not kept; add the file again."
    return f"{CODES[code]} {ADVICE.get(code, 'Add the file again; if it fails again, ask your administrator.')}"


def report_lines(report: Report) -> list[str]:
    """The findings in sentences, none when there are none."""
    lines = list[str]()
    if report.hidden:
        kinds = ", ".join(f"{n} characters {hidden_words(kind)}" for kind, n in report.hidden.items())
        lines.append(f"hidden text left out: {kinds}")
    if report.instructions:
        lines.append(f"text that instructs machines, never quoted: page {page_list(report.instructions)}")
    if report.ocr:
        lines.append(f"read by OCR: page {page_list(report.ocr)}")
    if report.unread:
        whys = ", ".join(f"page {u.page}" + (f" ({u.why.replace('_', ' ')})" if u.why else "") for u in report.unread)
        lines.append(f"not read: {whys}")
    lines.extend(f"the same text on pages {page_list(group)}" for group in report.duplicates)
    return lines
