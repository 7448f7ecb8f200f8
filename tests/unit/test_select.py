"""Choosing lines from pages: over a small invented library, from question to quoted spans."""

import pytest

from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import build_index, rank
from preceptor.evidence.passages import build_passages, index_texts
from preceptor.flows.policy_question.forms import contradicts
from preceptor.flows.policy_question.plan import DocumentInfo, make_plan
from preceptor.flows.policy_question.select import BUDGET, Draft, Hit, select

OXYGEN = [
    (
        1,
        "Northfield Guideline for Home Oxygen\nA. Coverage\n"
        "The plan covers home oxygen when the resting saturation is at or below 88 percent on room air. "
        "However, portable units are covered only for members who leave home at least twice a week.\n"
        "B. Renewal\nA renewal request must include the following:\n"
        "• A saturation test not older than 30 days\n• A visit note of the treating physician\n• A signed order\n",
    ),
    (
        2,
        "Table 1: Flow by saturation\nSaturation band Flow Review interval\n85-88 percent 2 L/min 12 months\n"
        "80-84 percent 3 L/min 6 months\n"
        "The values of the table were set by the medical director and are looked at again "
        "every two years at the latest.\n"
        "3. We recommend against nightly oximetry at home for members with stable disease. "
        "(Strong against | Reviewed)\n"
        "4. We suggest yearly education about fire safety for all members with oxygen at home. "
        "(Weak for | Reviewed)\n",
    ),
]
DENTAL = [
    (
        1,
        "Northfield Guideline for Dental Surgery\n"
        "Implants are covered after an accident within 24 months of the injury.\n",
    ),
    (2, "General anesthesia (GA) is covered for children under 7 years. Sedation needs prior authorization.\n"),
]
LIBRARY = {
    "ox": ("Northfield Guideline for Home Oxygen", OXYGEN),
    "den": ("Northfield Guideline for Dental Surgery", DENTAL),
}


def ask(question: str) -> tuple[Draft, list[str]]:
    infos, versions, passages, counts, acronyms = [], [], {}, {}, {}
    for key, (title, pages) in LIBRARY.items():
        infos.append(DocumentInfo(key, key, title, "", "", None, None))
        passages[key] = build_passages(pages)
        index = build_index(index_texts(passages[key], dict(pages), title))
        versions.append((key, index.lengths, index.postings))
        acronyms.update(learn_acronyms(text for _, text in pages))
        for term, postings in index.postings.items():
            counts[term] = counts.get(term, 0) + len(postings.ordinals)
    plan = make_plan(question, infos, lambda ts: {t: counts[t] for t in ts if t in counts}, acronyms)
    by_key = {info.key: info for info in infos}
    chosen = [v for v in versions if not plan.scope or v[0] in plan.scope]
    hits = []
    for found in rank(plan.weights, chosen, 30):
        passage = passages[found.key][found.ordinal]
        page = dict(LIBRARY[found.key][1])[passage.page]
        hits.append(Hit(by_key[found.key], passage, page[passage.start : passage.end], page, found.score))
    draft = select(plan, hits)
    pages = {(key, n): text for key, (_, ps) in LIBRARY.items() for n, text in ps}
    return draft, [pages[s.document, s.page][s.start : s.end] for st in draft.statements for s in st.spans]


def test_a_comparison_takes_a_line_of_each_document():
    """Which lines, not whether they are said: confidence is fitted on libraries, and two pages are none."""
    draft, quotes = ask(
        "Compare from when the home oxygen guideline and the dental surgery guideline say that oxygen and implants are"
        " covered."
    )
    said = " ".join(" ".join(quotes).split())
    assert draft.form == "comparison"
    assert "oxygen" in said and "24 months" in said


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("At which resting saturation is home oxygen covered?", ["88 percent"]),  # a threshold
        ("At which resting saturation is home oxygen covered?", ["However, portable units"]),  # its exception stays
        ("What must a renewal request include?", ["30 days", "visit note", "signed order"]),  # the whole list
        ("What flow is given at a saturation of 80-84 percent?", ["3 L/min"]),  # a table row
        ("How strong is the recommendation on nightly oximetry?", ["recommend against", "Strong against"]),
        ("Is yearly education about fire safety suggested?", ["We suggest yearly education"]),
        ("Within how many months of the injury are implants covered?", ["24 months"]),
        ("What does GA stand for?", ["General anesthesia"]),
    ],
)
def test_answers(question, words):
    draft, quotes = ask(question)
    assert not draft.abstained, draft
    said = " ".join(" ".join(quotes).split())
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("What does the home oxygen guideline say about zanubrutinib?", "below_threshold"),  # a name nowhere
        ("How many dollars does a liquid oxygen tank cost in Ohio?", "below_threshold"),  # near, but not said
        ("What does the Northfield asthma guideline say about inhalers?", "document_not_in_library"),
        ("Why does the home oxygen guideline strongly recommend nightly oximetry?", "premise_not_supported"),
        ("Should I stop [NAME] his oxygen tonight?", "personal_care"),
        ("Which composer wrote nine symphonies?", "other_domain"),
    ],
)
def test_silence(question, reason):
    draft, _ = ask(question)
    assert draft.abstained
    assert draft.reason == reason


def test_a_table_row_brings_its_header():
    _, quotes = ask("What flow is given at a saturation of 80-84 percent?")
    assert any("Saturation band Flow" in q for q in quotes)


def test_two_documents_are_both_quoted():
    draft, _ = ask("Compare what the home oxygen guideline and the dental surgery guideline say is covered.")
    assert {s.document for st in draft.statements for s in st.spans} == {"ox", "den"}


@pytest.mark.parametrize("question", ["saturation", "home oxygen renewal portable units", "covered", "the"])
def test_short_answers_and_a_confidence_between_nothing_and_one(question):
    draft, quotes = ask(question)
    assert 0.0 <= draft.confidence <= 1.0
    assert sum(map(len, quotes)) <= BUDGET + 200  # a header row may come on top
    assert draft.abstained == (draft.reason is not None)


def test_nothing_found_is_silence():
    infos = [DocumentInfo("ox", "ox", "Northfield Guideline for Home Oxygen", "", "", None, None)]
    draft = select(make_plan("oxygen", infos, lambda ts: {"oxygen": 1}), [])
    assert draft == Draft((), 0.0, True, "below_threshold", ())


def test_a_sentence_over_a_page_break_is_two_spans():
    one = "The member must send the renewal form for the oxygen concentrator to the review office"
    two = "within thirty days of the decision. Later forms are returned."
    passages = build_passages([(1, one), (2, two)])
    info = DocumentInfo("ox", "ox", "Northfield Guideline for Home Oxygen", "", "", None, None)
    hits = [Hit(info, p, t[p.start : p.end], t, 1.0) for p, t in zip(passages, (one, two), strict=True)]
    plan = make_plan(
        "Where must the member send the renewal form for the oxygen concentrator?", [], lambda ts: dict.fromkeys(ts, 2)
    )
    spans = select(plan, hits).statements[0].spans
    assert [(s.page, s.start) for s in spans] == [(1, 0), (2, 0)]
    assert two[spans[1].start : spans[1].end] == "within thirty days of the decision."


@pytest.mark.parametrize(
    ("question", "line", "denied"),
    [
        ("Why does it recommend X?", "We recommend against X.", True),
        ("Since the guideline gives X a 'Strong for' rating, how often?", "We recommend against X.", True),
        ("Why does it strongly recommend X?", "We suggest X. Weak for", True),
        ("Why does it recommend X?", "We recommend X.", False),
        ("Why does it recommend against X?", "We recommend against X.", False),
        ("Is X recommended?", "We recommend against X.", False),  # takes nothing for granted
    ],
)
def test_premises(question, line, denied):
    assert contradicts(question, line) is denied
