"""Cases of a suite, read strictly: what is unclear, double, unprovable or personal is refused before anything runs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from preceptor.deid.mask import mask
from preceptor.errors import Invalid, NotFound
from preceptor.evidence.metadata import Metadata, require_date

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_CASE_KEYS = {"id", "question", "kind", "as_of", "document", "phi", "origin", "expected"}
_SOURCE_KEYS = {"path", "title", "version", "effective_from", "effective_to", "owner", "supersedes", "labels"}
_ANSWER_KEYS = {"citations", "not_citations", "keys", "must_not"}
_PLACE_KEYS = {"document", "version", "page", "contains"}


@dataclass(frozen=True)
class Place:
    """Words that stand in a document: public name, version (None: any), page from 1 (None: any), words with white
    space collapsed."""

    document: str
    version: str | None
    page: int | None
    contains: str


@dataclass(frozen=True)
class Answer:
    """An answer is expected. `groups`: of each group one place must be cited; `not_cited`: none of these may be;
    `keys` stand in the quotations together; `must_not` stand in no statement."""

    groups: tuple[tuple[Place, ...], ...]
    not_cited: tuple[Place, ...]
    keys: tuple[str, ...]
    must_not: tuple[str, ...]


@dataclass(frozen=True)
class Abstain:
    """Silence is expected, for one of `reasons` (empty: for any)."""

    reasons: frozenset[str]


@dataclass(frozen=True)
class Case:
    """One question of an exam. `phi` are invented details in it that must not come back."""

    id: str
    question: str
    kind: str
    expected: Answer | Abstain
    as_of: date | None
    document: str | None
    phi: tuple[str, ...]

    def shown(self, text: str) -> str:
        """`text` as reports show it: what the case declares as a person's detail is left out."""
        for detail in sorted(self.phi, key=len, reverse=True):
            text = re.sub(re.escape(detail), "[…]", text, flags=re.IGNORECASE)
        return text


@dataclass(frozen=True)
class Source:
    """A document of a suite: its file, what is said of it, and the labels that restrict it."""

    path: Path
    said: Metadata
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """A folder with an exam: questions, and the documents they are asked over."""

    name: str
    folder: Path
    title: str
    flow: str
    documents: tuple[Source, ...]
    cases: tuple[Case, ...]


def collapsed(text: str) -> str:
    """White space runs as one blank; the mark of a broken word (U+0002) dropped."""
    return " ".join(text.replace("\x02", "").split())


def list_suites(root: Path) -> list[str]:
    """The suites below `root`, by name."""
    return sorted(p.parent.name for p in root.glob("*/suite.toml"))


def load_suite(root: Path, name: str) -> Suite:
    """The suite `name` below `root`. NotFound `suite_not_found`; Invalid `invalid_suite` names line and fault."""
    folder = root / name
    if not _NAME.fullmatch(name) or not (folder / "suite.toml").is_file():
        known = ", ".join(list_suites(root)) or "none"
        raise NotFound("suite_not_found", f"There is no suite of this name; there are: {known}.")
    try:
        table: dict[str, Any] = tomllib.loads((folder / "suite.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Invalid("invalid_suite", "suite.toml is not TOML.") from None
    if set(table) != {"title", "flow", "documents"} or table["flow"] != "policy_question":
        raise Invalid("invalid_suite", "suite.toml names title, flow = policy_question and documents, nothing else.")
    documents = tuple(_source(folder, row) for row in table["documents"])
    if not documents:
        raise Invalid("invalid_suite", "The suite names no document.")
    return Suite(name, folder, str(table["title"]), table["flow"], documents, read_cases(folder / "cases.jsonl"))


def _source(folder: Path, value: object) -> Source:
    try:
        row = _object(value, _SOURCE_KEYS)
        path = (folder / _text(row["path"])).resolve()
        dates = {k: require_date(str(row[k])) if k in row else None for k in ("effective_from", "effective_to")}
        said = Metadata(
            path.stem,
            owner=str(row.get("owner", "")),
            title=_text(row["title"]) if "title" in row else None,
            version=_text(row["version"]) if "version" in row else None,
            supersedes=bool(row.get("supersedes", False)),
            **dates,
        )
        labels = _texts(row.get("labels", []))
    except (ValueError, TypeError, KeyError):
        raise Invalid("invalid_suite", "A document in suite.toml has not the documented form.") from None
    if not path.is_file():
        raise Invalid("invalid_suite", f"A document of the suite is missing: {path.name}.")
    return Source(path, said, labels)


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file, one JSON object a line; Invalid `invalid_suite` for any fault and for a file without one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Invalid("invalid_suite", f"{path.name} cannot be read as UTF-8 text.") from None
    cases = list[Case]()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            cases.append(parse_case(json.loads(line)))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Invalid("invalid_suite", f"{path.name} line {number} is not a case of the documented form.") from None
        except Invalid as error:
            raise Invalid("invalid_suite", f"{path.name} line {number}: {error.text}") from None
    ids = [c.id for c in cases]
    double = sorted({i for i in ids if ids.count(i) > 1})
    if double:
        raise Invalid("invalid_suite", f"Cases share an id: {', '.join(double[:5])}.")
    if not cases:
        raise Invalid("invalid_suite", "The suite has no case.")
    return tuple(cases)


def parse_case(value: object) -> Case:
    """A case out of JSON. ValueError, TypeError or KeyError for another form, Invalid for identifiers in it."""
    row = _object(value, _CASE_KEYS)
    expected = _expected(row["expected"])
    phi = _texts(row.get("phi", []))
    question = _text(row["question"])
    if any(detail not in question for detail in phi):
        raise Invalid("invalid_suite", "A detail listed under phi does not stand in the question.")
    _refuse_identifiers(question, phi)
    as_of = row.get("as_of")
    return Case(
        _text(row["id"]),
        question,
        _text(row["kind"]),
        expected,
        require_date(_text(as_of)) if as_of is not None else None,
        _text(row["document"]) if row.get("document") is not None else None,
        phi,
    )


def _refuse_identifiers(question: str, phi: tuple[str, ...]) -> None:
    """A case is stored as it is: names of persons and numbers of individuals may stand in it only as declared, invented
    details."""
    rest = question
    for detail in phi:
        rest = rest.replace(detail, " ")
    found = sorted({span.label for span in mask(rest, "document").spans})
    if found:
        raise Invalid("invalid_suite", f"The question holds identifiers that phi does not declare: {', '.join(found)}.")


def _expected(value: object) -> Answer | Abstain:
    row = _object(value, _ANSWER_KEYS | {"abstain"})
    if "abstain" in row:
        if len(row) != 1:
            raise ValueError("abstain stands alone")
        return Abstain(frozenset(_texts(row["abstain"])))
    groups = tuple(tuple(_place(p) for p in _list(group)) for group in _list(row.get("citations", [])))
    not_cited = tuple(_place(p) for p in _list(row.get("not_citations", [])))
    if not (groups or not_cited) or not all(groups):
        raise ValueError("nothing is expected")
    return Answer(groups, not_cited, _texts(row.get("keys", [])), _texts(row.get("must_not", [])))


def _place(value: object) -> Place:
    row = _object(value, _PLACE_KEYS)
    page = row.get("page")
    if page is not None and (type(page) is not int or page < 1):
        raise ValueError("page")
    version = row.get("version")
    return Place(
        _text(row["document"]), _text(version) if version is not None else None, page, collapsed(_text(row["contains"]))
    )


def _object(value: object, keys: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("object")
    row = cast("dict[str, Any]", value)
    if not set(row) <= keys:
        raise ValueError("unknown field")
    return row


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return cast("list[Any]", value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(v) for v in _list(value))
