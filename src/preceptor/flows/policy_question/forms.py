"""Whether words have the form of the answer asked for, and what speaks against quoting them."""

from __future__ import annotations

import re

from preceptor.evidence.passages import lead_in
from preceptor.flows.policy_question.question import Asks

_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(
    r"[<>≥≤$%]|\b\d[\d.,]*\s*(?:mg|mcg|g|kg|mL|L|mm|cm|percent|days?|weeks?|months?|years?|hours?|minutes?|min|hrs?"
    r"|times|items?|points?|mmol|mEq|units?|tablets?|capsules?|to \d|[-–] ?\d)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|half|twice|daily|weekly|annually)\b",
    re.IGNORECASE,
)
# a number that is no year, reference mark, section or list number
_FIGURE = re.compile(r"(?<![\w.,§\[(/-])(?!(?:19|20)\d\d\b)\$?\d[\d,]*(?:\.\d+)?%?(?![\])]|\.\s|[\w.]*\()")
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|min|hours?|hrs?|days?|weeks?|months?|years?|daily|weekly|monthly|annual\w*)\b",
    re.I,
)
_DOSE = re.compile(
    r"\d\s?(?:mg|mcg|g|mL|units?|tablets?|capsules?|%|mmol|mEq)\b|\b(?:daily|bid|tid|once|twice)\b", re.I
)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d"
)
_CONDITION = re.compile(r"\b(?:if|when|whenever|unless|until|once|after|before|every|at each|following)\b|[<>≥≤]", re.I)
_GRADE = re.compile(
    r"\b(?:strong|weak|conditional)(?:ly)?\s+(?:for|against)\b|\bneither for\b|\bgrade [A-D1-4I]\b", re.I
)
_NORM = re.compile(
    r"\brecommends?\b|\bsuggests?\b|\b(?:must|shall|should|may not|cannot|required?|requires|prohibit\w*"
    r"|not (?:be )?(?:accepted|covered|available|eligible|recommended)|no longer|only if|avoid|consider|believes)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\bwe\s+(?:recommend|suggest)\b|\binsufficient\s+evidence\b", re.I)
_DEFINES = re.compile(
    r"\b(?:defined\s+as|defines?\b|refers?\s+to|means|(?:is|are)\s+defined|definition|consists?\s+of|stands\s+for"
    r"|calculated|known\s+as|i\.e\.)",
    re.IGNORECASE,
)
# a line of a glossary: the term, a colon, what it means
_GLOSSARY = re.compile(r"\W{0,4}[A-Za-z][^.:;\n]{2,70}:\s+[A-Z(]")
_DEFINED_ELSEWHERE = re.compile(r"\b(?:as )?defined in (?:section|chapter|appendix|part|article|§)", re.IGNORECASE)
_STUDY = re.compile(
    r"\bet al\b|\b(?:RCTs?|SRs?|systematic reviews?|meta-analys\w+|trials?|cohort|placebo|confidence interval|95% CI"
    r"|p ?[<=] ?0?\.\d|the work group|evidence (?:base|review)|confidence in the quality|patient focus group"
    r"|researche?r?s?|stud(?:y|ies))\b",
    re.IGNORECASE,
)
_CROSS = re.compile(
    r"\b(?:see (?:recommendation|sidebar|appendix|section)|available at|https?://|key question|in the shape of)",
    re.I,
)
_DELETED = re.compile(r"\b(?:not )?reviewed,\s+deleted\b", re.IGNORECASE)  # a recommendation no longer made
_ANAPHOR = re.compile(r"(?:this|these|such|those|it|they|that|in this|in such|in that|in these)\b", re.IGNORECASE)
_ABBREVIATIONS = re.compile(r"\s*abbreviations?:", re.I)


def fits(asks: frozenset[Asks], text: str) -> float:
    """0..1: whether `text` has the form of what is asked for: a quantity, a grade, a definition, a list, a rule."""
    gains = list[float]()
    if "grade" in asks:
        gains.append(1.0 if _GRADE.search(text) else 0.3 if _FORMAL.search(text) else 0.0)
    if "dose" in asks:
        gains.append(1.0 if _DOSE.search(text) else 0.3 if _NUMBER.search(text) else 0.0)
    if "duration" in asks:
        gains.append(1.0 if _DURATION.search(text) and _QUANTITY.search(text) else 0.3 if _NUMBER.search(text) else 0.0)
    if "number" in asks and not asks & {"dose", "duration"}:
        figure = _FIGURE.search(text) is not None
        gains.append(
            1.0 if figure and _QUANTITY.search(text) else 0.8 if figure else 0.4 if _QUANTITY.search(text) else 0.0
        )
    if "date" in asks:
        gains.append(1.0 if _DATE.search(text) else 0.0)
    if "when" in asks:
        gains.append(1.0 if _CONDITION.search(text) else 0.2)
    if "definition" in asks:
        here = _GLOSSARY.match(text) or (_DEFINES.search(text) and not _DEFINED_ELSEWHERE.search(text))
        gains.append(1.0 if here else 0.0)
    if "list" in asks:
        members = text.count(",") + text.count(";") + len(re.findall(r"\n\s*(?:[•♦▪–-]|\(?\w{1,2}[.)])\s", text))
        gains.append(1.0 if members >= 3 else 0.5 if members == 2 else 0.0)
    if not gains or "yes_no" in asks:
        plain = 0.2 if "yes_no" in asks else 0.45
        gains.append(1.0 if _FORMAL.search(text) else 0.7 if _NORM.search(text) else plain)
    return sum(gains) / len(gains)


def drawbacks(asks: frozenset[Asks], kind: str, text: str) -> float:
    """What speaks against quoting: reports of studies, cross references, fragments, length; recommendations gain."""
    end = text.rstrip()
    against = (
        (0.18, _STUDY.search(text) is not None),
        (0.12, _CROSS.search(text) is not None),
        (0.3, _ABBREVIATIONS.match(text) is not None),
        (0.3, _DELETED.search(text) is not None),
        (0.4, kind == "heading"),
        (0.15, kind == "list" and "list" not in asks),
        (0.1, kind == "list" and lead_in(text)),
        (0.25, "definition" in asks and _DEFINED_ELSEWHERE.search(text) is not None),
        (0.12, kind == "pair"),
        (0.2, "grade" in asks and _GRADE.search(text) is None),
        (-0.1, _FORMAL.search(text) is not None),
        (0.08, _ANAPHOR.match(text) is not None),
        (0.15, len(text) < 25),
        (0.25, end.endswith("?")),
        (0.1, end.endswith(("...", "…"))),
    )
    return sum(loss for loss, holds in against if holds) + 0.12 * max(0.0, (len(text) - 250) / 300)


def refers_back(text: str) -> bool:
    """Whether a sentence leans on the one before it ("These resolutions …")."""
    return _ANAPHOR.match(text) is not None


def explains(acronyms: frozenset[str], text: str) -> bool:
    """Whether `text` says what one of the short forms stands for: "AOBP: automated …", "… (AOBP)"."""
    return any(re.search(rf"\b{re.escape(a)}\s*[:=]\s|\w\s+\({re.escape(a)}s?\)", text) for a in acronyms)


_CLAIMS = re.compile(
    r"\b(?:why|since|given that|because|as)\b.{0,80}?\b(?P<strong>strongly )?(?:recommends?|recommended|suggests?"
    r"|endorses?|requires?|advises?|gives?.{0,40}strong[ -]for)\b(?!\s+against)",
    re.IGNORECASE | re.DOTALL,
)
_DENIES = re.compile(
    r"\b(?:recommend|suggest|advise)s?\s+against\b|\binsufficient\s+evidence\b|\b(?:does|do|is|are)\s+not\s+"
    r"(?:recommend|suggest|require|recommended|required)|\b(?:strong|weak)\s+against\b|\bneither\s+for\b",
    re.IGNORECASE,
)
_MILD = re.compile(r"\bwe\s+suggest\b|\bweak\s+for\b", re.IGNORECASE)


def claims(question: str) -> bool:
    """Whether the question takes for granted that something is recommended or required ("Why does it require …")."""
    return _CLAIMS.search(question) is not None


def contradicts(question: str, text: str) -> bool:
    """Whether the question takes a recommendation for granted ("Why does it strongly recommend …") that `text`, the
    line nearest to it, denies or gives more weakly."""
    claim = _CLAIMS.search(question)
    if claim is None:
        return False
    return _DENIES.search(text) is not None or (claim["strong"] is not None and _MILD.search(text) is not None)
