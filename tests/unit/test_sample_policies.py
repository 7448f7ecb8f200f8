"""The sample policies are what their sources say, complete, and hold the answers that their questions expect."""

from __future__ import annotations

import importlib.util
import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdfium2
import pytest

POLICIES = Path(__file__).resolve().parents[2] / "examples" / "policies"
MANIFEST: list[dict[str, Any]] = json.loads((POLICIES / "manifest.json").read_text("utf-8"))
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (POLICIES / "questions.jsonl").read_text("utf-8").splitlines()
]
ANSWERABLE = [q for q in QUESTIONS if q["answerable"]]
BY_PATH = {entry["path"]: entry for entry in MANIFEST}

# A procedure code of the licensed set is five digits, or four digits and a letter; the only five-digit number
# that may stand in a sample is the invented postal code, always after its state.
LICENSED_CODE = re.compile(r"(?<![\w.,-])(?<!ME )(?:\d{5}|\d{4}[FTUM])(?![\w-])")


def collapse(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


@cache
def pages(path: str) -> tuple[str, ...]:
    """The text of each page, white space collapsed; a Markdown or text file is one page."""
    file = POLICIES / path
    if file.suffix != ".pdf":
        return (collapse(file.read_text("utf-8")),)
    document = pypdfium2.PdfDocument(file)
    try:
        return tuple(collapse(page.get_textpage().get_text_range()) for page in document)
    finally:
        document.close()


def build_module() -> ModuleType:
    """`examples/policies/build.py`, which is a script and not part of a package."""
    spec = importlib.util.spec_from_file_location("sample_policies_build", POLICIES / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rebuilding_gives_the_committed_bytes(tmp_path: Path) -> None:
    module = build_module()
    module.build(tmp_path)
    changed = [pdf for pdf in module.SOURCES if (tmp_path / pdf).read_bytes() != (POLICIES / pdf).read_bytes()]
    assert changed == [], "run examples/policies/build.py and commit the PDFs"


def test_every_source_is_built_and_every_pdf_has_a_source() -> None:
    sources = build_module().SOURCES
    typ = {p.name for p in (POLICIES / "src").glob("*.typ")} - {"plan.typ"}
    assert sorted(sources.values()) == sorted(typ)
    assert set(sources) == {p.relative_to(POLICIES).as_posix() for p in POLICIES.rglob("*.pdf")}


def test_the_manifest_names_every_document_once() -> None:
    documents = {p.relative_to(POLICIES).as_posix() for p in POLICIES.rglob("*") if p.suffix in {".pdf", ".txt"}}
    documents |= {p.name for p in POLICIES.glob("*.md") if p.name != "README.md"}
    assert sorted(entry["path"] for entry in MANIFEST) == sorted(documents)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda e: e["path"])
def test_a_manifest_entry_agrees_with_its_document(entry: dict[str, Any]) -> None:
    assert ("payer" in entry) != ("department" in entry)
    start = date.fromisoformat(entry["effective_from"])
    assert entry["effective_to"] is None or date.fromisoformat(entry["effective_to"]) > start
    first = pages(entry["path"])[0]
    assert entry["version"] in first
    assert entry["title"].lower() in first.lower()
    # PDFs write the date in words in their fact box, the text documents as ISO.
    assert f"{start:%B} {start.day}, {start.year}" in first or start.isoformat() in first


def test_two_versions_of_one_policy_share_payer_and_stem_and_meet_without_overlap() -> None:
    old, new = BY_PATH["2025/cgm.pdf"], BY_PATH["2026/cgm.pdf"]
    assert old["payer"] == new["payer"] and Path(old["path"]).stem == Path(new["path"]).stem
    assert new["supersedes"] is True and "supersedes" not in old
    gap = date.fromisoformat(new["effective_from"]) - date.fromisoformat(old["effective_to"])
    assert gap.days == 1
    others = [Path(e["path"]).stem for e in MANIFEST if Path(e["path"]).stem != "cgm"]
    assert len(others) == len(set(others))


@pytest.mark.parametrize("path", [e["path"] for e in MANIFEST if e["path"].endswith(".pdf")])
def test_a_pdf_is_small_tagged_and_of_policy_length(path: str) -> None:
    file = POLICIES / path
    assert file.stat().st_size < 150_000
    assert 3 <= len(pages(path)) <= 7
    assert all(len(page) > 400 for page in pages(path)), "a page without a text layer"
    document = pypdfium2.PdfDocument(file)
    assert document.is_tagged()
    assert document.get_metadata_dict()["Title"].endswith(BY_PATH[path]["title"])
    document.close()


@pytest.mark.parametrize("path", list(BY_PATH))
def test_no_licensed_procedure_code_stands_in_a_sample(path: str) -> None:
    found = [match.group() for page in pages(path) for match in LICENSED_CODE.finditer(page)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bill 12345 once", True),  # five digits standing alone
        ("code 0042T", True),  # four digits and a letter
        ("Port Ellery, ME 04999.", False),  # the invented postal code
        ("E0601 and M80.08XA", False),  # HCPCS and ICD-10-CM
        ("fax 1-800-555-0172", False),  # a telephone number
    ],
)
def test_the_code_pattern_finds_what_it_should(text: str, found: bool) -> None:
    assert bool(LICENSED_CODE.search(text)) is found


def test_the_questions_are_many_varied_and_uniquely_named() -> None:
    assert len({q["id"] for q in QUESTIONS}) == len(QUESTIONS) >= 40
    assert len([q for q in QUESTIONS if not q["answerable"]]) >= 12
    assert {q["path"] for q in ANSWERABLE} == set(BY_PATH), "every document answers at least one question"
    assert all(q["key"] == [] and "path" not in q for q in QUESTIONS if not q["answerable"])


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda q: q["id"])
def test_the_key_of_an_answer_stands_on_its_page(question: dict[str, Any]) -> None:
    places = [question, *question.get("also", [])]
    for place in places:
        assert place["document"] == Path(place["path"]).stem
        text = pages(place["path"])[place.get("page", 1) - 1]
        assert place["key"] and all(key in text for key in place["key"]), place["key"]
        entry = BY_PATH[place["path"]]
        end = entry["effective_to"] or "9999-12-31"
        assert entry["effective_from"] <= question["as_of"] <= end, "the document is not in force on that day"


def test_an_answer_of_one_version_is_not_in_the_other() -> None:
    other = {"2025/cgm.pdf": "2026/cgm.pdf", "2026/cgm.pdf": "2025/cgm.pdf"}
    versioned = [q for q in ANSWERABLE if q["kind"] == "version"]
    assert len(versioned) >= 4
    for question in versioned:
        text = " ".join(pages(other[question["path"]]))
        assert not all(key in text for key in question["key"]), question["id"]


def test_the_planted_patient_stands_on_one_page_and_nowhere_else() -> None:
    planted = json.loads((POLICIES / "planted.json").read_text("utf-8"))
    page = pages(planted["path"])[planted["page"] - 1]
    identifiers = [text for texts in planted["identifiers"].values() for text in texts]
    assert [text for text in identifiers if text not in page] == []
    elsewhere = [
        (path, number)
        for path in BY_PATH
        for number, text in enumerate(pages(path), start=1)
        if (path, number) != (planted["path"], planted["page"]) and any(i in text for i in identifiers)
    ]
    assert elsewhere == []
