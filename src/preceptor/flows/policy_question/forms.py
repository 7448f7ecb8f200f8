"""Whether words have the form of the answer asked for, and what speaks against quoting them."""

from __future__ import annotations

import re

from preceptor.evidence.passages import lead_in
from preceptor.flows.policy_question.question import Asks

_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(
    r"[<>≥≤$%]|\b\d[\d.,]*\s*(?:mg|mcg|g|kg|mL|L|mm|cm|percent|days?|weeks?|months?|years?|hours?|minutes?|min|hrs?|times"
    r"|items?|points?|mmol|mEq|units?|tablets?|capsules?|to \d|[-–] ?\d)|\b(?:one|two|three|four|five|six|seven|eight|nine"
    r"|ten|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|half|twice|daily|weekly|annually)\b",
    re.IGNORECASE,
)
# a number that is no year, reference mark, section or list number
_FIGURE = re.compile(r"(?<![\w.,§\[(/-])(?!(?:19|20)\d\d\b)\$?\d[\d,]*(?:\.\d+)?%?(?![\])]|\.\s|[\w.]*\()")
_DURATION = re.compile(r"\b(?:seconds?|minutes?|min|hours?|hrs?|days?|weeks?|months?|years?|daily|weekly|monthly|annual\w*)\b", re.I)
_DOSE = re.compile(r"\d\s?(?:mg|mcg|g|mL|units?|tablets?|capsules?|%|mmol|mEq)\b|\b(?:daily|bid|tid|once|twice)\b", re.I)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d"
)
_GRADE = re.compile(r"\b(?:strong|weak|conditional)(?:ly)?\s+(?:for|against)\b|\bneither for\b|\bgrade [A-D1-4I]\b", re.I)
_NORM = re.compile(
    r"\brecommends?\b|\bsuggests?\b|\b(?:must|shall|should|may not|cannot|required?|requires|prohibit\w*|not (?:be )?(?:accepted"
    r"|covered|available|eligible|recommended)|no longer|only if|avoid|consider|believes)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"\bwe\s+(?:recommend|suggest)\b|\binsufficient\s+evidence\b", re.I)
_DEFINES = re.compile(
    r"\b(?:defined\s+as|refers?\s+to|means|is\s+defined|are\s+defined|definition|consists?\s+of|stands\s+for|calculated"
    r"|known\s+as)\b|\bi\.e\.|\([A-Z]{2,6}s?\)|\b[A-Z]{2,6}: \w",
)
_STUDY = re.compile(
    r"\bet al\b|\b(?:RCTs?|SRs?|systematic reviews?|meta-analys\w+|trials?|cohort|placebo|confidence interval|95% CI"
    r"|p ?[<=] ?0?\.\d|the work group|evidence (?:base|review)|confidence in the quality|patient focus group|researche?r?s?"
    r"|stud(?:y|ies))\b",
    re.IGNORECASE,
)
_CROSS = re.compile(r"\b(?:see (?:recommendation|sidebar|appendix|section)|available at|https?://|key question|in the shape of)", re.I)
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
        gains.append(1.0 if figure and _QUANTITY.search(text) else 0.8 if figure else 0.4 if _QUANTITY.search(text) else 0.0)
    if "date" in asks:
        gains.append(1.0 if _DATE.search(text) else 0.0)
    if "definition" in asks:
        gains.append(1.0 if _DEFINES.search(text) else 0.0)
    if "list" in asks:
        members = text.count(",") + text.count(";") + len(re.findall(r"\n\s*(?:[•♦▪–-]|\(?\w{1,2}[.)])\s", text))
        gains.append(1.0 if members >= 3 else 0.5 if members == 2 else 0.0)
    if not gains or "yes_no" in asks:
        gains.append(1.0 if _FORMAL.search(text) else 0.7 if _NORM.search(text) else 0.2)
    return sum(gains) / len(gains)


def drawbacks(asks: frozenset[Asks], kind: str, text: str) -> float:
    """What speaks against quoting: reports of studies, cross references, fragments, length."""
    loss = 0.0
    if _STUDY.search(text):
        loss += 0.18
    if _CROSS.search(text):
        loss += 0.12
    if _ABBREVIATIONS.match(text):
        loss += 0.0 if "definition" in asks else 0.3
    if kind == "heading":
        loss += 0.4
    if kind == "list" and "list" not in asks:
        loss += 0.15
    if kind == "list" and lead_in(text):
        loss += 0.1
    if kind == "pair":
        loss += 0.12
    if "grade" in asks and not _GRADE.search(text):
        loss += 0.2
    if _FORMAL.search(text):
        loss -= 0.1
    if _ANAPHOR.match(text):
        loss += 0.08
    if len(text) < 25:
        loss += 0.15
    if text.rstrip().endswith("?"):
        loss += 0.25
    return loss + 0.12 * max(0.0, (len(text) - 250) / 300)


def refers_back(text: str) -> bool:
    """Whether a sentence leans on the one before it ("These resolutions …")."""
    return _ANAPHOR.match(text) is not None


def explains(acronyms: frozenset[str], text: str) -> bool:
    """Whether `text` says what one of the short forms stands for: "AOBP: automated …", "… (AOBP)"."""
    return any(re.search(rf"\b{re.escape(a)}\s*[:=]\s|\w\s+\({re.escape(a)}s?\)", text) for a in acronyms)
