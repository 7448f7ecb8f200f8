"""Whatever the text, the detector answers: sorted spans inside it, the same twice, and a mask that hides them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.deid.detect import Known, detect
from preceptor.deid.graphemes import widen
from preceptor.deid.mask import mask

FRAGMENTS = st.sampled_from(
    [
        "Mrs. Agnes Thornbury", "DOB 3/4/1951", "SSN 123-45-6789", "MRN: 00482913", "(312) 555-0142",
        "a.b@c.example", "447-150***11", "12 Main St", "Springfield, IL 62704", "Dr.", "O'", "d'", "#", "|",
        "PID|1||5^^^", "\n", "  ", "-", "½", "²", "٣", "①", "é", "e\u0301", "\u200b", "\u202e", "\ud800",
        "\x00", "<b>", "&#74;", "{\\rtf1", "=20", "%41", "J o h n", "5 5 5", "last four", "age 97", "may",
        "the 7th", "((((", "....", "@@@@", "1-1-1-1-1", "A B C D", "X" * 70, "9" * 40, "https://x.example/a",
        "Patient:", "RN", "San", "\r", "\t", "👩‍👧", "가",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=30).map(" ".join)
POLICIES = st.sampled_from(["safe-harbor", "limited", "strict", "document"])
PATIENT = Known.from_json(
    {"names": ["Agnes Thornbury"], "birthDate": "1951-03-04", "identifiers": ["00482913"], "telecom": ["312-555-0142"]}
)


@given(TEXTS, POLICIES, st.sampled_from([None, PATIENT]))
@settings(max_examples=300, deadline=None)
def test_spans_are_sorted_apart_inside_and_whole(text: str, policy: str, known: Known | None) -> None:
    spans = detect(text, policy, known)  # type: ignore[arg-type]
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert widen(text, span.start, span.end)[1] == span.end
        end = span.end
    assert spans == detect(text, policy, known)  # type: ignore[arg-type]


@given(TEXTS, POLICIES, st.sampled_from([None, PATIENT]))
@settings(max_examples=200, deadline=None)
def test_a_mask_comes_to_rest_and_is_the_text_outside_its_spans(text: str, policy: str, known: Known | None) -> None:
    redaction = mask(text, policy, known)  # type: ignore[arg-type]
    at, rest = 0, redaction.text
    for span in redaction.spans:
        outside, label = text[at : span.start], f"[{span.label}]"
        assert rest.startswith(outside + label)
        rest, at = rest[len(outside) + len(label) :], span.end
    assert rest == text[at:]


@given(st.lists(FRAGMENTS, min_size=1, max_size=12), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_the_record_s_own_number_never_survives(around: list[str], place: int) -> None:
    forms = ("00482913", "00 48 29 13", "0048-2913", "OO482913")
    text = " ".join([*around, "chart", forms[place], *around])
    assert forms[place] not in mask(text, "safe-harbor", PATIENT).text
