"""Passages and units: headings, lists, rows and sentences of invented pages, each where it stands."""

import pytest

from preceptor.evidence.passages import build_passages, index_texts, runs_on, units
from preceptor.evidence.sentences import sentences

HEADER = "Northfield Health Plan Coverage Manual"


def page(number: int, body: str) -> tuple[int, str]:
    return number, f"{HEADER}\nEffective January 2026 Page {number} of 9\n{body}\nInternal use {number}"


BODY = """Coverage of Home Oxygen
The plan covers home oxygen for members whose resting saturation is at or below 88 percent on room air.
However, portable units are covered only when the member leaves home at least twice a week.
Criteria for renewal
A renewal requires all of the following:
• A saturation test within 30 days
• A visit note from the treating
physician
• A signed order
"""

PAGES = [
    page(n, BODY if n == 3 else f"Section {n}: Other matters\nThis page speaks about subject {n} only.")
    for n in range(1, 10)
]


def texts(kind: str) -> list[str]:
    stored = dict(PAGES)
    return [
        stored[p.page][u.start : u.end]
        for p in build_passages(PAGES)
        if p.page == 3
        for u in units(stored[p.page], p)
        if u.kind == kind
    ]


def test_running_headers_and_footers_are_in_no_passage():
    stored = dict(PAGES)
    for passage in build_passages(PAGES):
        words = stored[passage.page][passage.start : passage.end]
        assert HEADER not in words
        assert "Page" not in words
        assert "Internal use" not in words


def test_headings_lead_to_their_text():
    headings = {p.heading for p in build_passages(PAGES) if p.page == 3}
    assert any("Coverage of Home Oxygen" in h for h in headings)


def test_items_keep_their_continuation_and_sentences_end_where_they_end():
    assert "• A visit note from the treating\nphysician" in texts("item")
    assert any(s.startswith("However, portable units") and s.endswith("week.") for s in texts("sentence"))


def test_a_recommendation_row_keeps_its_number_and_strength():
    body = (
        "Recommendations\n"
        "4.\nWe suggest offering yearly screening of the feet to every member with diabetes who has \n"
        "had an ulcer.\nWeak for Reviewed, \nAmended\n"
        "5. We recommend against routine imaging for members without warning signs. Strong against Not reviewed\n"
    )
    pages = [(1, body)]
    found = [body[u.start : u.end] for p in build_passages(pages) for u in units(body, p)]
    assert any(f.startswith("4.") and "Weak for" in f and "imaging" not in f for f in found)
    assert any(f.startswith("5.") and "Strong against" in f for f in found)


def test_table_rows_are_units_of_their_own():
    body = (
        "Table 2: Oxygen flow by saturation\n"
        "Saturation Flow Review\n"
        "85-88 2 L/min 12 months\n"
        "80-84 3 L/min 6 months\n"
        "Values are set by the medical director after review of the evidence and are changed every two years at most.\n"
        "A member who needs more than the flow of the table is reviewed by a pulmonologist before the change is made.\n"
    )
    found = [body[u.start : u.end] for p in build_passages([(1, body)]) for u in units(body, p) if u.kind == "row"]
    assert "80-84 3 L/min 6 months" in found


def test_contents_and_bibliography_are_found_by_nothing():
    contents = "\n".join(f"Chapter {n} ................ {n}" for n in range(1, 12))
    references = "\n".join(
        f"{n}. Miller AB, Jones C, Smith D, et al. A trial of something. J Med. 2019;{n}(2):11-19. PMID: 1234{n}."
        for n in range(1, 9)
    )
    pages = [(1, contents), (2, references), (3, "The plan pays for one visit a month.")]
    passages = build_passages(pages)
    found = dict(zip([p.page for p in passages], index_texts(passages, dict(pages), "Manual"), strict=True))
    assert found[1] == "" and found[2] == ""
    assert "visit" in found[3]


def test_abbreviations_are_indexed_with_what_they_stand_for():
    pages = [
        (1, "The plan covers continuous glucose monitoring (CGM) for members on insulin."),
        (2, "Replacement of CGM sensors needs no new authorization."),
    ]
    passages = build_passages(pages)
    found = index_texts(passages, dict(pages), "Devices")
    assert "continuous glucose monitoring" in found[1]


def test_a_sentence_over_a_page_break_is_seen():
    assert runs_on("The member must send the form", "within thirty days of the decision.")
    assert not runs_on("The member must send the form.", "within thirty days.")
    assert not runs_on("The member must send the form", "Next chapter")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Send it to Dr. Hall. She decides.", 2),  # a title is no end
        ("Doses vary, e.g. 2.5 mg. Ask first.", 2),  # neither is an abbreviation or a decimal
        ("It fell (see Fig. 3). Nothing else.[12,13] More here.", 3),  # reference marks stay with their sentence
        ("See 42 U.S.C. 1320a for the rule.", 1),  # citations of statutes
        ("No stop at all", 1),
        ("", 0),
    ],
)
def test_sentence_ends(text, count):
    assert len(sentences(text)) == count


def test_entries_alike_but_for_their_numbers_are_not_taken_for_running_headers() -> None:
    rows = [f"Item {n}: a member may receive {n} units of supply {n} in a year." for n in range(1, 401)]
    pages = [(number + 1, "\n\n".join(rows[number * 20 : number * 20 + 20])) for number in range(20)]
    texts = dict(pages)
    kept = " ".join(texts[p.page][p.start : p.end] for p in build_passages(pages))
    assert [row for row in rows if row not in kept] == []
