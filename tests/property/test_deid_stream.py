"""A text that arrives in parts is masked like the whole, wherever the parts are cut."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.mask import mask
from preceptor.deid.stream import HELD, mask_stream

PROSE = "The wound is clean and dry. Vital signs are stable and the plan was explained. "
NOTE = "Patient: Agnes Thornbury, MRN 00482913, seen 3/4/2024. Call (312) 555-0142.\n"
SECRETS = ("Thornbury", "00482913", "3/4/2024", "555-0142")


def cut(text: str, sizes: list[int]) -> list[str]:
    parts, at = list[str](), 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return [*parts, text[at:]]


@given(st.lists(st.integers(1, 3 * HELD), max_size=12), st.integers(0, 200))
@settings(max_examples=12, deadline=None)
def test_the_parts_do_not_matter(sizes: list[int], lead: int) -> None:
    text = PROSE * lead + NOTE + PROSE * 150 + "Ms. Thornbury agrees. " + NOTE + PROSE * 90
    out = "".join(mask_stream(cut(text, sizes), "safe-harbor"))
    assert not any(secret in out for secret in SECRETS)
    assert out == mask(text, "safe-harbor").text


def test_a_short_text_and_none() -> None:
    assert "".join(mask_stream([], "safe-harbor")) == ""
    assert "".join(mask_stream(["", "Seen by Dr. ", "Thornbury."], "safe-harbor")) == "Seen by Dr. [NAME]."


def test_output_leaves_before_the_end() -> None:
    read = 0

    def chunks():  # type: ignore[no-untyped-def]
        nonlocal read
        for _ in range(60):
            read += 1
            yield PROSE * 10

    first = next(mask_stream(chunks(), "safe-harbor"))
    assert first.startswith(PROSE)
    assert read < 60
