"""The comparison of two versions loses no line, invents none, and says what a reader would say of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preceptor.evidence.differences import Change, Line, changed_numbers, compare, counts, pieces

WORDS = st.lists(
    st.sampled_from(["a", "visit", "is", "covered", "for", "6", "weeks", "12", "not", "after", "prior", "review"]),
    min_size=1,
)
TEXTS = st.lists(WORDS.map(" ".join), max_size=12)


def lines(*texts: str) -> list[Line]:
    return [Line(1 + n // 3, n, n + 1, text) for n, text in enumerate(texts)]


def kinds(changes: list[Change]) -> list[str]:
    return [c.kind for c in changes]


@given(TEXTS, TEXTS)
def test_every_line_of_both_sides_stands_in_the_comparison_once(old: list[str], new: list[str]) -> None:
    before, after = lines(*old), lines(*new)
    found = compare(before, after)
    assert sorted(c.before.start for c in found if c.before) == [line.start for line in before]
    assert [c.after for c in found if c.after] == after
    for change in found:
        assert (change.kind == "added") == (change.before is None)
        assert (change.kind == "removed") == (change.after is None)
        if change.kind in ("same", "moved"):
            assert change.before and change.after and change.before.text.split() == change.after.text.split()
    assert sum(counts(found).values()) == len(found)


@given(TEXTS)
def test_a_version_does_not_differ_from_itself(texts: list[str]) -> None:
    assert set(kinds(compare(lines(*texts), lines(*texts)))) <= {"same"}


@given(WORDS, WORDS)
def test_pieces_put_together_are_the_wordings(old: list[str], new: list[str]) -> None:
    before, after = pieces(" ".join(old), " ".join(new))
    assert " ".join(p.text for p in before) == " ".join(old)
    assert " ".join(p.text for p in after) == " ".join(new)
    assert [p.text for p in before if p.kept] == [p.text for p in after if p.kept]


def test_a_changed_number_is_found() -> None:
    old = lines("Coverage.", "Approval lasts 12 months.", "Renewal needs a visit.")
    new = lines("Coverage.", "Approval lasts 24 months.", "Renewal needs a visit.")
    found = compare(old, new)
    assert kinds(found) == ["same", "changed", "same"]
    assert found[1].numbers == (("12", "24"),)


def test_white_space_and_page_breaks_are_no_change() -> None:
    assert kinds(compare(lines("Approval  lasts\n12 months."), [Line(9, 4, 9, "Approval lasts 12 months.")])) == [
        "same"
    ]


def test_a_moved_line_is_shown_once() -> None:
    old = lines("First rule of the plan.", "Second rule of the plan.", "Third thing altogether.")
    new = lines("Second rule of the plan.", "Third thing altogether.", "First rule of the plan.")
    assert sorted(kinds(compare(old, new))) == ["moved", "same", "same"]


def test_numbers_with_units_dates_and_ranges() -> None:
    assert changed_numbers("88 % or 55 mm, 1-2 visits", "89 % or 55 mm, 1-3 visits") == (
        ("88 %", "89 %"),
        ("1-2", "1-3"),
    )
    assert changed_numbers("none", "within 30 days") == (("", "30"),)
    assert changed_numbers("6 weeks", "6 weeks") == ()


def test_a_line_that_was_moved_and_changed_is_one_change() -> None:
    old = lines("A wrist splint is replaced every 12 months.", "It needs an order.", "A night splint is not covered.")
    new = lines("A night splint is not covered.", "It needs an order.", "A wrist splint is replaced every 18 months.")
    for before, after, numbers in ((old, new, ("12", "18")), (new, old, ("18", "12"))):
        found = compare(before, after)
        assert [c.numbers for c in found if c.kind == "changed"] == [(numbers,)]
        assert not [c for c in found if c.kind in ("added", "removed")]


def test_a_line_that_stands_everywhere_is_no_landmark() -> None:
    """Thousands of equal lines: still compared, and in the time of a page view."""
    filler = ["Not applicable"] * 4_000
    found = compare(lines(*filler, "Approval lasts 12 months.", *filler), lines(*filler, "Approval lasts 24 months."))
    assert [c.numbers for c in found if c.kind == "changed"] == [(("12", "24"),)]
