"""Whatever a page holds: passages and units lie inside it, in order, without overlap, at visible characters."""

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.evidence.passages import build_passages, index_texts, units
from preceptor.evidence.sentences import sentences

WORDS = st.sampled_from(
    [
        "The",
        "plan",
        "covers",
        "•",
        "1.",
        "a.",
        "Table 1:",
        "mg",
        "12",
        ".",
        "e.g.",
        "However",
        "\n",
        "\n\n",
        " ",
        "é",
        "𝒳",
        "—",
        "(b)",
        "....",
    ]
)
PAGE = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=120).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(st.lists(PAGE, max_size=6))
def test_places_are_exact(bodies):
    pages = list(enumerate(bodies, start=1))
    stored = dict(pages)
    passages = build_passages(pages)
    assert [p.ordinal for p in passages] == list(range(len(passages)))
    assert len(index_texts(passages, stored, "Title")) == len(passages)
    last: dict[int, int] = {}
    for passage in passages:
        text = stored[passage.page]
        assert last.get(passage.page, 0) <= passage.start < passage.end <= len(text)
        last[passage.page] = passage.end
        assert not text[passage.start].isspace() and not text[passage.end - 1].isspace()
        at = passage.start
        for unit in units(text, passage):
            assert at <= unit.start < unit.end <= passage.end
            assert text[unit.start : unit.end].strip()
            at = unit.end


@settings(max_examples=150, deadline=None)
@given(PAGE)
def test_no_word_is_lost_between_sentences(text):
    spans = sentences(text)
    at = 0
    for start, end in spans:
        assert not text[at:start].strip()
        at = end
    assert not text[at:].strip()


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGE, max_size=4))
def test_every_character_of_a_passage_is_in_a_unit(bodies):
    pages = list(enumerate(bodies, start=1))
    stored = dict(pages)
    for passage in build_passages(pages):
        text = stored[passage.page]
        covered = [False] * len(text)
        for unit in units(text, passage):
            covered[unit.start : unit.end] = [True] * (unit.end - unit.start)
        rest = "".join(c for n, c in enumerate(text) if passage.start <= n < passage.end and not covered[n])
        assert not rest.strip()
