"""What is asked, once instruction-like parts and personal details are set aside: clauses, answer kind, whose care."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Asks = Literal[
    "number",
    "dose",
    "date",
    "duration",
    "grade",
    "definition",
    "list",
    "yes_no",
    "which",
    "when",
    "how",
    "why",
]

MASK = re.compile(r"\[[A-Z][A-Z0-9_ -]{1,24}\]")
CORE_LIMIT = 1_500  # characters of the asking clauses that are read; of a longer text the end asks
AROUND_LIMIT = 4_000  # characters of what is told around them
_TAG = re.compile(r"</?[a-zA-Z_|][^<>]{0,40}>|<\|[^|]{0,40}\|>|\[/?INST\]|```")
# An instruction to the machine, not a question to the library. Matched per clause; the clause is dropped.
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(?:instructions?|rules?|prompts?|sources?|context"
    r"|documents?|polic(?:y|ies)|guard ?rails?|above|previous|prior|everything|all)\b"
    r"|\b(?:system|developer|admin|debug|god)\s+(?:override|mode|prompt|message|note)\b"
    r"|\b(?:you are|act as|pretend|role[- ]?play|from now on)\b.{0,60}\b(?:mode|assistant|ai|model|unrestricted|dan)\b"
    r"|\b(?:print|reveal|show|repeat|output|reply|respond|answer|say|write)\b.{0,30}\b(?:only|just|exactly|hidden|system"
    r"|your (?:prompt|instructions)|the (?:word|text|phrase|string))\b.{0,60}"
    r"|\byou (?:must|may|can|shall|should|are) ?(?:not|never|n't)\b.{0,40}\b(?:abstain|refuse|decline|say no)\b"
    r"|\babstain(?:ing)?\b.{0,40}\b(?:violation|forbidden|not allowed|prohibited)\b"
    r"|\buse your own (?:knowledge|words|judg)",
    re.IGNORECASE | re.DOTALL,
)
_SPEAKER = re.compile(r"\b(?:user|question|human|query|q)\s*:\s*", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[a-z]{3});\s+")
_INTERROGATIVE = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|should|may|must|will|would"
    r"|within how|list|name|give|compare|define|explain|describe|state|cite|tell)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:my|our|his|her)\s+(?:mother|father|mom|mum|dad|wife|husband|son|daughter|child|baby|brother|sister|parent"
    r"|grand\w+|aunt|uncle|friend|partner|neighbou?r|patient)\b|\b(?:mrs?|ms|miss|mister)\.?\s+(?:\[NAME\]|[A-Z])"
    r"|\[(?:NAME|PATIENT|MRN|SSN)\]",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:mrs?|ms|miss|mister)\.?\s+(?:\[NAME\]|[A-Z])|\bmy patient\b|\[(?:PATIENT|MRN|SSN)\]"
    r"|\b(?:should|can|may|must|could|shall|would)\s+\[NAME\]",
    re.IGNORECASE,
)
"""One person, named or numbered. A [NAME] elsewhere may be a misspelt word that was hidden."""
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|hers)\b", re.IGNORECASE)
_WHO = r"(?:i|we|he|she|they|(?:my|our|his|her)\s+\w+|(?:\w+\.?\s+){0,2}\[(?:NAME|PATIENT)\])"
_DECISION = re.compile(
    rf"\b(?:should|can|may|must|could|shall|ought|would)\s+{_WHO}(?!\w)|\bdo (?:i|we)\b|\bwhat should\b"
    r"|\bis (?:he|she|it safe|it ok)\b|\b(?:is|are)\b.{0,40}\b(?:fit|safe|ok|okay|allowed|ready|able) (?:to|for)\b"
    r"|\bwould you\b",
    re.IGNORECASE,
)
_ALLOWED = re.compile(r"\b(?:can|may|could)\b", re.IGNORECASE)
_MEASURE = re.compile(
    r"\b(?:how (?:many|much|long|often|soon|far)|max(?:imum)?|minimum|at most|limit)\b", re.IGNORECASE
)
_TREAT = re.compile(
    r"\b(?:tak(?:e|es|ing)|stop(?:s|ping)?|giv(?:e|es|ing)|start(?:s|ing)?|doubl(?:e|ing)|increas(?:e|ing)|lower(?:ing)?"
    r"|skip(?:ping)?|hold(?:ing)?|switch(?:ing)?|inject(?:ing)?|go|drive|admit|call|wait(?:ing)?)\b",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\b(?:guidelines?|guidance|cpg|polic(?:y|ies)|protocol|work ?plans?|document|manual|sources?"
    r"|recommend(?:s|ation|ed)?|suggest(?:s|ed)?|criteria|handbook|according|plan say|cover(?:s|ed|age)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """The question made ready: `core` clauses ask, `around` clauses only tell; commands are gone."""

    core: str
    around: str
    asks: frozenset[Asks]
    personal: bool
    commands: int


def read_question(text: str) -> Asked:
    """Part the (already de-identified) question into what asks and what tells; drop what commands the machine."""
    cleaned = _TAG.sub(" ", text)
    commands = 0
    kept = list[str]()
    for clause in _clauses(cleaned):
        rest, dropped = _without_command(clause)
        commands += dropped
        if rest:
            kept.append(rest)
    core, around = _core(kept)
    personal = _is_personal(kept, core)
    core, around = (MASK.sub(" ", part) for part in (core, around))
    return Asked(" ".join(core.split()), " ".join(around.split()), _asks(core), personal, commands)


def _clauses(text: str) -> list[str]:
    guarded = re.sub(r"\b(mrs?|ms|dr|st|vs|no|e\.g|i\.e)\.\s", r"\1 ", text, flags=re.IGNORECASE)
    return [c.strip() for c in _CLAUSE.split(guarded) if c and c.strip()]


def _without_command(clause: str) -> tuple[str, int]:
    """The clause without its commanding part; a question behind "User:" or a colon is kept."""
    if not _COMMAND.search(clause):
        return clause, 0
    for mark in (_SPEAKER, re.compile(r":\s+")):
        pieces = mark.split(clause)
        if len(pieces) > 1 and _INTERROGATIVE.search(pieces[-1]) and not _COMMAND.search(pieces[-1]):
            return pieces[-1], 1
    return "", 1


def _core(clauses: list[str]) -> tuple[str, str]:
    """The clauses that ask, and the others. With no question mark, the clauses that open with a question word."""
    asking = [c for c in clauses if c.rstrip().endswith("?")]
    if not asking:
        asking = [c for c in clauses if _INTERROGATIVE.match(c)] or clauses[-1:]
    # "List …: how long …" and "Cite each one." carry words of the question too when the whole is short.
    if sum(len(c) for c in clauses) <= 260 and not any(_PERSON.search(c) for c in clauses if c not in asking):
        asking = clauses
    core = " ".join(asking)
    around = " ".join(c for c in clauses if c not in asking)
    return core[-CORE_LIMIT:], (core[:-CORE_LIMIT] + around)[:AROUND_LIMIT]


def _is_personal(clauses: list[str], core: str) -> bool:
    """Whether a decision about one person's care is asked for, rather than what the sources say.

    A named person asked about, or a decision about whoever is spoken of. What the sources may hold (a measure, a
    leave: "how long can she keep seeing him?") is none, unless somebody is named or it is to be acted on.
    """
    everything = " ".join(clauses)
    if _SOURCE.search(core):
        return False
    if _NAMED.search(core):
        return True
    if not (_PERSON.search(everything) or _PRONOUN.search(core)) or not _DECISION.search(core):
        return False
    asks_leave = _MEASURE.search(core) or _ALLOWED.search(core)
    return bool(_NAMED.search(everything) or not asks_leave or _TREAT.search(core))


_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "grade",
        re.compile(r"\b(?:strength|grade|strong(?:ly)?|rating|wh?at strenght|how strong|level of evidence)\b", re.I),
    ),
    (
        "dose",
        re.compile(r"\b(?:dos(?:e|es|age|ing)|mg|rate and duration|how much .{0,40}(?:take|give))\b", re.I),
    ),
    (
        "duration",
        re.compile(
            r"\b(?:how (?:long|soon|often|quickly)|(?:how many|within|in) .{0,30}(?:days?|weeks?|months?|years?|hours?"
            r"|minutes?)|period|duration|deadline|frequency|time ?frame)\b",
            re.I,
        ),
    ),
    (
        "number",
        re.compile(
            r"\b(?:how (?:many|much|large|big|high|low|far|old)|threshold|cut-?off|maximum|max|minimum|at least|limit"
            r"|goal|target|percent(?:age)?|ratio|rate|range|level|amount|number of|from what"
            r"|above what|below what|penalty|fee|cost|price|multiplier|ages?)\b",
            re.I,
        ),
    ),
    (
        "date",
        re.compile(
            r"\b(?:when (?:was|were|did)|what (?:date|year|month)|which (?:date|year)|up to what date"
            r"|by when)\b",
            re.I,
        ),
    ),
    (
        "definition",
        re.compile(
            r"\b(?:defin(?:e|es|ed|ition)|what (?:is|are) (?:a|an)\b|mean(?:s|ing|t)?|stands? for"
            r"|short for|abbreviat\w+|acronym|refers? to|counts? as"
            r"|what does .{1,40} (?:mean|stand)|calculated|abbreviat\w+)\b",
            re.I,
        ),
    ),
    (
        "list",
        re.compile(
            r"\b(?:list|criteria|indications?|contraindications?|what are the|which (?:\w+ ){0,3}(?:drugs|medications"
            r"|tests|elements|words|items|factors|signs|symptoms|conditions|steps|risk|areas)|(?:two|three|four|five|six|seven"
            r"|eight|nine|ten) \w+|elements|steps|components|examples)\b"
            r"|\b(?:which|what)\s+(?:[\w-]+\s+){0,3}?[\w-]{2,}(?<!s)s\s+(?:are|were|should|must|may|can|need|have)\b",
            re.I,
        ),
    ),
    (
        "yes_no",
        re.compile(
            r"(?:^|,\s+)(?:\W*(?:and|so|but|please)?\W*)(?:is|are|was|were|do|does|did|can|could|should|may|must|will|has|have)\b",
            re.I,
        ),
    ),
    (
        "when",
        re.compile(r"(?:^|,\s+)\W*when\b|\b(?:in|under) (?:which|what) (?:cases?|circumstances?|conditions?)\b", re.I),
    ),
    ("why", re.compile(r"^\W*why\b", re.I)),
    ("how", re.compile(r"^\W*how\b(?! (?:many|much|long|often|soon|large|big|high|low|strong|far))", re.I)),
    ("which", re.compile(r"\b(?:which|what|who|where)\b", re.I)),
)


def _asks(core: str) -> frozenset[Asks]:
    return frozenset(kind for kind, form in _ASKS if form.search(core))
