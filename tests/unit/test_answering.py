"""What is said of what was found: whole lists, conditions, conflicts, the cross-encoder's part, confidence."""

import pytest
from tests.property.test_answers import found_for

from preceptor.flows.policy_question.conflicts import contrary
from preceptor.flows.policy_question.fitted import FITTED
from preceptor.flows.policy_question.select import select

MATTRESS = (
    "Northfield Mattress Policy\nA. Coverage\n"
    "A pressure-reducing mattress is rented for 10 months. Exception: for members in hospice the mattress is rented "
    "without a limit.\nA request for a mattress includes:[12]\n"
    "• A wound note\n• A photograph of the ulcer\n• A signed order\n"
    "Contractors must ensure that: (i) the mattress is clean;\n(ii) the pump is tested; and\n(iii) the cover is dry.\n"
)
OTHER = (
    "Northfield Equipment Manual\nA. Rental\nA pressure-reducing mattress is rented for 13 months.\n"
    "B. Beds\nBeds are bought after inspection by the supplier.\n"
)


def said(pages, question, judge=None, mode="fast"):
    plan, hits = found_for(pages, question)
    draft = select(plan, hits, judge, mode)
    texts = {(h.document.key, h.passage.page): h.page_text for h in hits}
    return draft, [
        " ".join(texts[s.document, s.page][s.start : s.end].split()) for st in draft.statements for s in st.spans
    ]


def test_a_list_comes_whole_with_the_line_that_announces_it():
    _, quotes = said({"m": MATTRESS}, "What must a request for a mattress include?")
    together = " ".join(quotes)
    for words in ("A request for a mattress includes", "wound note", "photograph", "signed order"):
        assert words in together


def test_a_list_that_begins_in_a_sentence_comes_whole():
    _, quotes = said({"m": MATTRESS}, "Which things must contractors ensure about the mattress?")
    together = " ".join(quotes)
    assert "(i) the mattress is clean" in together and "(iii) the cover is dry" in together


def test_the_exception_comes_with_the_rule():
    _, quotes = said({"m": MATTRESS}, "For how many months is a pressure-reducing mattress rented?")
    assert any("10 months" in q and "Exception" in q for q in quotes)


def test_two_documents_that_disagree_are_shown_side_by_side():
    draft, quotes = said({"m": MATTRESS, "e": OTHER}, "For how many months is a pressure-reducing mattress rented?")
    assert draft.form == "conflict"
    assert [s.role for s in draft.statements[:2]] == ["document", "document"]
    assert {s.document for st in draft.statements[:2] for s in st.spans} == {"m", "e"}
    assert "10 months" in " ".join(quotes) and "13 months" in " ".join(quotes)


def test_a_question_about_one_document_has_no_conflict():
    asked = "For how many months is a pressure-reducing mattress rented according to the Northfield Mattress Policy?"
    draft, _ = said({"m": MATTRESS, "e": OTHER}, asked)
    assert draft.form != "conflict"


@pytest.mark.parametrize(
    ("one", "other", "yes_no", "contradict"),
    [
        ("within 30 days of the visit", "within 60 calendar days", False, True),
        ("within 30 days of the visit", "30 days, or 60 days by fax", False, False),
        ("within 30 days", "for 13 months", False, False),
        ("a fee of $1,200", "a fee of $1200", False, False),
        ("a fee of $1,200", "a fee of $900", False, True),
        ("CPAP is covered.", "CPAP is not covered.", True, True),
        ("CPAP is covered.", "CPAP may be covered.", True, False),
    ],
)
def test_what_contradicts(one, other, yes_no, contradict):
    assert contrary(one, other, yes_no=yes_no) is contradict


def test_the_cross_encoder_is_asked_only_where_it_may():
    asked: list[int] = []

    def judge(question, texts):
        asked.append(len(texts))
        return [0.0] * len(texts)

    question = "For how many months is a pressure-reducing mattress rented?"
    assert not said({"m": MATTRESS}, question, judge, "fast")[0].judged and not asked
    assert said({"m": MATTRESS}, question, judge, "thorough")[0].judged and len(asked) == 1
    refused, _ = said({"m": MATTRESS}, "Which composer wrote nine symphonies?", judge, "thorough")
    assert refused.reason == "other_domain" and len(asked) == 1


def test_the_cross_encoder_decides_among_lines_that_are_alike():
    pages = {"m": "Pump Policy\nThe alpha pump is tested after 3 weeks.\nThe alpha pump is tested after 7 weeks.\n"}

    def judge(question, texts):
        return [9.0 if "7 weeks" in t and "3 weeks" not in t else -9.0 for t in texts]

    _, quotes = said(pages, "After how many weeks is the alpha pump tested?", judge, "thorough")
    assert "7 weeks" in quotes[0]


@pytest.mark.parametrize("weights", [FITTED.words, FITTED.hybrid, FITTED.judged])
def test_fitted_weights_are_whole(weights):
    assert 0.2 < weights.threshold < 0.95
    assert "constant" in weights.confidence and weights.ranking["score"] > 0
    assert weights.confidence["strangers"] < 0, "a name nobody knows speaks against an answer"
    assert weights.confidence["miss_all"] < 0.5
