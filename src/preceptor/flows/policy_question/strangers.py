"""Names in a question that stand nowhere in the library: medicines, proper names, codes, years. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from preceptor.evidence.bm25 import analyze

# Stems of nonproprietary names (WHO, "The use of stems in the selection of INN", 2018), those of six letters or fewer
# only where no ordinary word ends so.
_STEMS = """
adol amantadine apine arabine astine azepam azolam azole azosin barbital bactam caine calcet cept cillin conazole coxib
curium cycline dipine dopa dralazine dronate entan exant fenac fenacin fibrate floxacin formin frine gabalin gatran
gepant giline gliflozin gliptin glitazone glutide grastim grel ketamine lafaxine lukast mab mantadine melteon micin
mycin nib nidazole olol olone onium orexant oxacin oxetine parib parin pidem piprazole plase platin poetin prazole pril
profen racetam rafenib relix rubicin sartan semide setron sidone sirolimus stat statin stigmine tadine taxel terol
thiazide tide tinib tiromer trexate triptan triptyline trombopag tropium vaptan vastatin vir virine xaban xetine zepine
zolamide zolid zone
"""
_MEDICINE = re.compile(
    r"\b[a-z]{3,}(?:" + "|".join(sorted(_STEMS.split(), key=len, reverse=True)) + r")s?\b", re.IGNORECASE
)
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d(?![\d.])")
_CODE = re.compile(r"\b[A-Z]{1,4}[.-]?\d[\w.-]*|\b\d+(?:\.\d+){2,}|(?<=NCD )\d[\d.]+|(?<=Determination )\d[\d.]+")
_PROPER = re.compile(r"(?<=[a-z,;'’)] )(?:[A-Z][a-z]{2,}|[A-Z]{2,})[\w-]*")


def strangers(question: str, unknown: Iterable[str]) -> frozenset[str]:
    """The `unknown` terms (as `analyze` gives them) that the question writes as a medicine, a proper name, a code or a
    year. A lay word that no document uses is none."""
    missing = set(unknown)
    if not missing:
        return frozenset()
    found = set[str]()
    for form in (_MEDICINE, _YEAR, _CODE, _PROPER):
        for match in form.finditer(question):
            found.update(missing.intersection(analyze(match[0])))
    return frozenset(found)
