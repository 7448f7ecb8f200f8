"""BM25: the analysis of words, packing, and the ranking against a slow, plain version of the formula."""

import math
import random

import pytest

from preceptor.evidence.bm25 import K1, B, Lengths, Postings, analyze, build_index, rank

WORDS = ("plan", "member", "oxygen", "home", "visit", "renewal", "order", "sodium", "dose", "limit", "review")


def naive(query, versions, k):
    """The formula of Robertson & Zaragoza 2009, equation 3.15, one passage at a time."""
    passages = [(key, n, analyze(text)) for key, texts in versions for n, text in enumerate(texts)]
    real = [p for p in passages if p[2]]
    average = sum(len(p[2]) for p in real) / len(real)
    scored = []
    for key, n, terms in real:
        score = 0.0
        for term, weight in query.items():
            df = sum(term in p[2] for p in real)
            tf = terms.count(term)
            if df and tf:
                idf = math.log(1 + (len(real) - df + 0.5) / (df + 0.5))
                score += weight * idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(terms) / average))
        if score > 0:
            scored.append((key, n, score))
    order = [key for key, _ in versions]
    return sorted(scored, key=lambda s: (-round(s[2], 9), order.index(s[0]), s[1]))[:k]


@pytest.mark.parametrize("seed", range(8))
def test_same_ranking_as_the_plain_formula(seed):
    dice = random.Random(seed)
    versions = [
        (f"v{v}", [" ".join(dice.choices(WORDS, k=dice.randint(0, 30))) for _ in range(dice.randint(1, 25))])
        for v in range(4)
    ]
    query = {analyze(w)[0]: dice.choice([0.25, 1.0, 2.0]) for w in dice.sample(WORDS, 4)}
    built = [(key, build_index(texts)) for key, texts in versions]
    found = rank(query, [(key, index.lengths, index.postings) for key, index in built], 10)
    expected = naive(query, versions, 10)
    assert [round(r.score, 6) for r in found] == [round(s, 6) for _, _, s in expected]
    assert {(r.key, r.ordinal) for r in found[:3]} <= {
        (k, n) for k, n, s in naive(query, versions, 100) if s >= expected[len(found[:3]) - 1][2] - 1e-9
    }


def test_only_the_given_versions_count():
    one, two = build_index(["oxygen at home", "a visit"]), build_index(["oxygen oxygen"] * 50)
    alone = rank({"oxygen": 1.0}, [("one", one.lengths, one.postings)], 5)
    both = rank({"oxygen": 1.0}, [("one", one.lengths, one.postings), ("two", two.lengths, two.postings)], 100)
    assert [r.key for r in alone] == ["one"]
    assert alone[0].score > next(r.score for r in both if r.key == "one")  # commoner among more passages


def test_equal_scores_keep_their_order():
    index = build_index(["oxygen"] * 3)
    found = rank({"oxygen": 1.0}, [("a", index.lengths, index.postings), ("b", index.lengths, index.postings)], 4)
    assert [(r.key, r.ordinal) for r in found] == [("a", 0), ("a", 1), ("a", 2), ("b", 0)]


def test_packing_is_exact_and_refuses_broken_bytes():
    index = build_index(["oxygen oxygen home", "", "home"])
    for postings in index.postings.values():
        again = Postings.from_bytes(postings.to_bytes())
        assert again.ordinals.tolist() == postings.ordinals.tolist()
        assert again.tfs.tolist() == postings.tfs.tolist()
    assert Lengths.from_bytes(index.lengths.to_bytes()).terms.tolist() == [3, 0, 1]
    with pytest.raises(ValueError):
        Postings.from_bytes(b"12345")


@pytest.mark.parametrize("query", [{}, {"unknown": 1.0}, {"oxygen": 0.0}])
def test_nothing_asked_nothing_found(query):
    index = build_index(["oxygen"])
    assert rank(query, [("a", index.lengths, index.postings)], 5) == []


def test_no_versions_and_no_places():
    index = build_index(["oxygen"])
    assert rank({"oxygen": 1.0}, [], 5) == []
    assert rank({"oxygen": 1.0}, [("a", index.lengths, index.postings)], 0) == []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Members' claims", ["member", "claim"]),  # possessive and plural
        ("2,300 mg/day", ["2300", "mg", "day", "mgday"]),  # thousands joined, slash parted and joined
        ("0.6 to 0.8", ["0.6", "0.8"]),  # decimals whole
        ("pharmacist-led", ["pharmacist", "led", "pharmacistl"]),  # hyphen variants
        ("stage G3b", ["stage", "g3b"]),  # codes whole
        ("obesity8", ["obesity8", "obes"]),  # a footnote number glued to a word
        ("infor-\nmation", ["infor", "mation", "inform"]),  # broken over a line end
        ("naïve ﬁve", ["naiv", "five"]),  # diacritics and ligatures folded
        ("of the and to", []),  # stop words
    ],
)
def test_analysis(text, terms):
    assert analyze(text) == terms
