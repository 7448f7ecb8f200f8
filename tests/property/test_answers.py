"""Of any pages and question: what is quoted stands there, whole, and a negation is never cut off."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from preceptor.evidence.acronyms import learn_acronyms
from preceptor.evidence.bm25 import build_index, rank
from preceptor.evidence.passages import build_passages, index_texts
from preceptor.flows.policy_question.plan import DocumentInfo, Plan, make_plan
from preceptor.flows.policy_question.scoring import Hit
from preceptor.flows.policy_question.select import BUDGET, select


def found_for(documents: dict[str, str], question: str) -> tuple[Plan, list[Hit]]:
    """The plan and what words find in documents of one page each, the first line their title."""
    infos, versions, passages, counts, acronyms = {}, [], {}, {}, {}
    for key, text in documents.items():
        title = text.split("\n", 1)[0]
        infos[key] = DocumentInfo(key, key, title, "", "", None, None)
        passages[key] = build_passages([(1, text)])
        index = build_index(index_texts(passages[key], {1: text}, title))
        versions.append((key, index.lengths, index.postings))
        acronyms.update(learn_acronyms([text]))
        for term, postings in index.postings.items():
            counts[term] = counts.get(term, 0) + len(postings.ordinals)
    plan = make_plan(question, list(infos.values()), lambda ts: {t: counts[t] for t in ts if t in counts}, acronyms)
    chosen = [v for v in versions if not plan.scope or v[0] in plan.scope]
    hits = []
    for found in rank(plan.weights, chosen, 30):
        passage = passages[found.key][found.ordinal]
        text = documents[found.key]
        hits.append(Hit(infos[found.key], passage, text[passage.start : passage.end], text, found.score))
    return plan, hits


THINGS = st.sampled_from(["ketamine", "a walker", "home oxygen", "telehealth visits", "the alpha pump"])
FOR = st.sampled_from(["migraine", "falls at home", "heart failure", "low back pain"])
RULES = st.sampled_from(
    [
        "We recommend against offering {thing} for {use}.",
        "{thing} is not covered for {use} unless a specialist asks for it in writing.",
        "We suggest {thing} for {use}, except in members under 18 years of age.",
        "There is insufficient evidence to recommend for or against {thing} for {use}.",
        "{thing} is covered for {use}. However, a second request within a year is not covered.",
        "{thing} should not be used for {use}.",
    ]
)
LIMITS = re.compile(r"against|not |unless|except|insufficient|However")


@given(st.lists(st.tuples(RULES, THINGS, FOR), min_size=1, max_size=8, unique_by=lambda r: (r[1], r[2])), st.data())
@settings(max_examples=60, deadline=None)
def test_a_negation_or_condition_is_never_cut_off(rules, data):
    lines = [rule.format(thing=thing, use=use) for rule, thing, use in rules]
    lines = [line[:1].upper() + line[1:] for line in lines]
    text = "Northfield Coverage Policy\n" + "\n".join(lines) + "\n"
    _, thing, use = data.draw(st.sampled_from(rules))
    plan, hits = found_for({"d": text}, f"Is {thing} recommended or covered for {use}?")
    for statement in select(plan, hits).statements:
        for span in statement.spans:
            quote = text[span.start : span.end]
            for line in lines:
                half = LIMITS.split(line)[0]
                if half.strip() and half in quote:
                    assert any(whole in quote for whole in lines if half in whole)


@given(st.text(max_size=300), st.text(min_size=1, max_size=120))
@settings(max_examples=80, deadline=None)
def test_any_pages_and_question(text, question):
    page = "A title of words\n" + text.replace("\r", "\n")
    plan, hits = found_for({"d": page}, question)
    draft = select(plan, hits)
    assert 0 <= draft.confidence <= 1 and draft.abstained == (draft.reason is not None)
    for statement in draft.statements:
        for span in statement.spans:
            assert 0 <= span.start < span.end <= len(page) and page[span.start : span.end].strip()
    assert sum(s.end - s.start for st_ in draft.statements for s in st_.spans) <= 2 * BUDGET
