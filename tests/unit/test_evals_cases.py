"""An exam that is unclear, double, unprovable or personal is refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from preceptor.errors import Invalid, NotFound
from preceptor.evals.cases import Abstain, Answer, list_suites, load_suite, parse_case, read_cases
from preceptor.evals.gates import read_gates

PLACE = {"document": "policy", "version": "1", "page": 2, "contains": "six  weeks\n of care"}
CASE: dict[str, Any] = {
    "id": "c-1",
    "question": "How many weeks of care?",
    "kind": "number",
    "expected": {"citations": [[PLACE]]},
}


def test_a_case_is_read_with_white_space_collapsed() -> None:
    case = parse_case(CASE | {"as_of": "2026-03-01", "document": "policy"})
    assert isinstance(case.expected, Answer)
    place = case.expected.groups[0][0]
    assert (place.document, place.version, place.page, place.contains) == ("policy", "1", 2, "six weeks of care")
    assert case.as_of is not None and case.as_of.isoformat() == "2026-03-01"


def test_silence_is_read_with_its_reasons() -> None:
    assert parse_case(CASE | {"expected": {"abstain": ["near_miss"]}}).expected == Abstain(frozenset({"near_miss"}))
    assert parse_case(CASE | {"expected": {"abstain": []}}).expected == Abstain(frozenset())


REFUSED: list[tuple[str, Any]] = [
    ("not an object", [CASE]),
    ("unknown field", CASE | {"note": "x"}),
    ("no id", {k: v for k, v in CASE.items() if k != "id"}),
    ("no expectation", {k: v for k, v in CASE.items() if k != "expected"}),
    ("empty expectation", CASE | {"expected": {}}),
    ("an empty group", CASE | {"expected": {"citations": [[]]}}),
    ("silence and citations", CASE | {"expected": {"abstain": [], "citations": [[PLACE]]}}),
    ("unknown field of a place", CASE | {"expected": {"citations": [[PLACE | {"line": 1}]]}}),
    ("page zero", CASE | {"expected": {"citations": [[PLACE | {"page": 0}]]}}),
    ("page true", CASE | {"expected": {"citations": [[PLACE | {"page": True}]]}}),
    ("nothing to find", CASE | {"expected": {"citations": [[PLACE | {"contains": " "}]]}}),
    ("blank question", CASE | {"question": "  "}),
    ("not a date", CASE | {"as_of": "2026-13-01"}),
    ("phi that is not there", CASE | {"phi": ["Maria Example"]}),
]


@pytest.mark.parametrize("value", [v for _, v in REFUSED], ids=[n for n, _ in REFUSED])
def test_another_form_is_refused(value: Any) -> None:
    with pytest.raises((Invalid, ValueError, TypeError, KeyError)):
        parse_case(value)


def test_identifiers_stand_only_where_they_are_declared() -> None:
    question = "Is Mr. Hector Villanueva, MRN 00483921, covered?"
    with pytest.raises(Invalid, match="NAME"):
        parse_case(CASE | {"question": question})
    case = parse_case(CASE | {"question": question, "phi": ["Hector Villanueva", "00483921"]})
    assert case.phi == ("Hector Villanueva", "00483921")


def suite(folder: Path, lines: list[str], **files: str) -> Path:
    place = folder / "small"
    place.mkdir()
    (place / "policy.md").write_text("# Policy\n\nCare lasts six weeks of care.\n", encoding="utf-8")
    toml = 'title = "Small"\nflow = "policy_question"\n[[documents]]\npath = "policy.md"\nversion = "1"\n'
    (place / "suite.toml").write_text(files.get("suite", toml), encoding="utf-8")
    (place / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_suite_is_found_by_name(tmp_path: Path) -> None:
    root = suite(tmp_path, [json.dumps(CASE)])
    assert list_suites(root) == ["small"]
    found = load_suite(root, "small")
    assert [c.id for c in found.cases] == ["c-1"]
    assert (found.documents[0].said.stem, found.documents[0].said.version) == ("policy", "1")
    for name in ("other", "../small", "", "Small"):
        with pytest.raises(NotFound):
            load_suite(root, name)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "no case"),
        (["", "  "], "no case"),
        ([json.dumps(CASE), json.dumps(CASE)], "share an id: c-1"),
        ([json.dumps(CASE), "{"], "line 2"),
        (["[" * 50_000], "line 1"),
    ],
)
def test_a_faulty_case_file_is_refused_with_its_line(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        load_suite(suite(tmp_path, lines), "small")


@pytest.mark.parametrize(
    "toml",
    [
        "title = ",
        'title = "x"\nflow = "policy_question"\ndocuments = []\n',
        'title = "x"\nflow = "other"\n[[documents]]\npath = "policy.md"\n',
        'title = "x"\nflow = "policy_question"\n[[documents]]\npath = "gone.md"\n',
        'title = "x"\nflow = "policy_question"\n[[documents]]\npath = "policy.md"\nlabel = "x"\n',
        'title = "x"\nflow = "policy_question"\n[[documents]]\npath = "policy.md"\neffective_from = "soon"\n',
    ],
)
def test_a_faulty_suite_is_refused(tmp_path: Path, toml: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_suite(suite(tmp_path, [json.dumps(CASE)], suite=toml), "small")
    assert caught.value.code in ("invalid_suite", "invalid_date")


SOUND = (
    '[citation_validity]\nop = ">="\nthreshold = 1\nreason = "x"\n[errors]\nop = "<="\nthreshold = 0\nreason = "x"\n'
)


def test_gates_that_bound_what_every_suite_bounds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(SOUND, encoding="utf-8")
    assert [gate.metric for gate in read_gates(path)] == ["citation_validity", "errors"]


@pytest.mark.parametrize(
    "toml",
    [
        "",
        '[speed]\nop = ">="\nthreshold = 1\nreason = "x"\n',
        '[citation_validity]\nop = ">"\nthreshold = 1\nreason = "x"\n',
        '[citation_validity]\nop = ">="\nthreshold = 1\n',
        '[citation_validity]\nop = ">="\nthreshold = 1\nreason = " "\n',
        '[citation_validity]\nop = ">="\nthreshold = "high"\nreason = "x"\n',
        "citation_validity = 1\n",
        SOUND.replace("[errors]", "[page_recall]").replace("<=", ">="),  # errors are bounded nowhere
        SOUND.replace("<=", ">="),  # at least no error: everything would pass
        f'{SOUND}[false_answer_rate]\nop = ">="\nthreshold = 0.1\nreason = "x"\n',
    ],
)
def test_gates_nobody_can_read_are_refused(tmp_path: Path, toml: str) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(Invalid):
        read_gates(path)
    with pytest.raises(Invalid):
        read_gates(tmp_path / "gone.toml")


def test_the_shipped_suites_load() -> None:
    root = Path(__file__).parents[2] / "evals"
    assert "policy_question" in list_suites(root)
    for name in list_suites(root):
        assert len(load_suite(root, name).cases) > 1
        assert read_gates(root / name / "thresholds.toml")
    assert len(read_cases(root / "policy_question" / "cases.jsonl")) >= 55
