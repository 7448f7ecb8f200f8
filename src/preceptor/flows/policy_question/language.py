"""Whether a question is in a language other than English, judged by its little words and its script. Pure."""

from __future__ import annotations

import re
import unicodedata

LETTERS = 6  # fewer letters than this are no ground to judge by
FOREIGN_WORDS = 2  # little words of another language that are needed

# The commonest function words of each language that are no English words of policies ("des", "die", "is" are left out).
_LITTLE = """
es: el los las una del que qué cuál cuáles cómo cuándo cuánto cuántos cuántas dónde quién para por con
 según está están
 son es debe pueden puede y o la si sí más sobre entre hay al dice requisitos qué
fr: le les une du et est sont pour par avec quel quelle quels quelles comment combien qui
 dans sur selon ce cette il elle
 faut doit peut peuvent au aux la si où quand pourquoi ou
de: der das und ist sind für mit wie was wann wer welche welcher welches viele viel nach bei von zu ein eine einer
 eines dem den nicht kann darf muss werden wird oder wo warum im über
it: il lo gli una della dello delle dei che è sono per con come quando quanto quanti quante quale quali chi deve può
 secondo nel nella di e la si perché dove
pt: o os as uma do da dos das que qual quais como quando quanto quantos quantas para por com segundo é são deve pode
 não em e onde há
nl: het een van en zijn voor met hoe wat wanneer welke hoeveel volgens moet kan wordt niet bij de worden naar
pl: jest są dla jak kiedy ile jaki jaka jakie czy według nie na się do przez oraz można
tl: ang ng mga sa ano paano kailan ilan ayon dapat hindi para
vi: là của cho bao nhiêu những được không và theo khi nào thế
ht: ki ak pou nan konbyen kisa kijan lè yo
"""


def _read() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _LITTLE.strip().replace("\n ", " ").splitlines():
        name, words = line.split(":")
        found[name] = frozenset(words.split())
    return found


LITTLE_WORDS = _read()
ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "in",
        "on",
        "at",
        "for",
        "from",
        "with",
        "by",
        "as",
        "that",
        "this",
        "these",
        "those",
        "what",
        "which",
        "who",
        "when",
        "where",
        "why",
        "how",
        "many",
        "much",
        "can",
        "may",
        "must",
        "should",
        "will",
        "would",
        "could",
        "has",
        "have",
        "had",
        "not",
        "no",
        "if",
        "than",
        "then",
        "it",
        "its",
        "they",
        "them",
        "their",
        "we",
        "our",
        "us",
        "you",
        "your",
        "i",
        "my",
        "me",
        "he",
        "she",
        "his",
        "her",
        "him",
        "after",
        "before",
        "under",
        "over",
        "within",
        "between",
        "there",
    ]
)


def foreign(question: str) -> bool:
    """Whether the question is in another language: most letters are of another script, or little words of one other
    language stand there, at least two different ones and more than English ones.

    Anything not told apart surely counts as English: a question without little words is searched for as it stands.
    """
    letters = [c for c in question if c.isalpha()]
    if len(letters) < LETTERS:
        return False
    latin = sum("LATIN" in unicodedata.name(c, "") or c in "µμαβγδΔ" for c in letters)
    if latin < 0.5 * len(letters):
        return True
    words = re.findall(r"[^\W\d_]+", question.casefold())
    english = sum(w in ENGLISH for w in words)
    return any(
        len({w for w in words if w in little}) >= FOREIGN_WORDS and sum(w in little for w in words) > 1.5 * english
        for little in LITTLE_WORDS.values()
    )
