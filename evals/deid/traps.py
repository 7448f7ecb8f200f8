"""Finds traps in text that is known to hold no identifier: eponyms, drugs, doses, vitals, codes, words that are also names."""

# ruff: noqa: E501 - one row a pattern

from __future__ import annotations

import re
from pathlib import Path

from .pieces import Piece, trap

_LISTS = Path(__file__).parent / "lists"


def read_list(name: str) -> list[str]:
    """The lines of a list file, without blanks and `#` comments."""
    lines = (_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _words(name: str) -> str:
    entries = sorted(read_list(name), key=len, reverse=True)
    return r"(?<!\w)(?:" + "|".join(re.escape(e) for e in entries) + r")(?!\w)"


_NUM = r"\d+(?:[.,]\d+)?"
_RULES: tuple[tuple[str, str, int], ...] = (
    ("hotline", r"(?<![\w-])(?:1-?8(?:00|77|88|66|55)[- ][A-Z0-9-]{7,9}|(?:988|911|211)(?![\w/%.-]))", 0),
    ("code", r"(?<!\w)(?:[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}|\d{4,5}-\d{3,4}-\d{1,2}|\d{4,5}-\d)(?!\w)", 0),
    ("code", r"(?<!\w)(?:CPT|HCPCS|LOINC|RxNorm|RxCUI|NDC|SNOMED|ICD-10|DRG|CARC|modifier)(?: code)?:? (?:[A-Z]?\d[\d-]+)(?!\w)", 0),
    ("vital", r"(?<!\w)(?:BP|B/P|TA|blood pressure|pressure)(?: was| is| of|:)? \d{2,3}/\d{2,3}", re.I),
    ("vital", r"(?<!\w)(?:HR|RR|FC|FR|pulse|P|R|SpO2|SaO2|O2 sat|sats?|T|Temp|Tmax|BMI|Wt|weight|Ht)(?: of|:)? "
              rf"{_NUM}(?: ?(?:%|kg|lbs?|bpm|cm|F|C))?(?!\w)", 0),
    ("score", r"(?<!\w)(?:GCS|PHQ-?[29]|GAD-?7|MMSE|MoCA|NIHSS|ECOG|APGARs?|Apgars?|CHA2DS2-VASc|HAS-BLED|MELD(?:-Na)?|Braden|Morse|"
              r"Wells|CURB-65|AUDIT(?:-C)?|CAGE|EDSS|Gleason|BI-RADS|NYHA(?: class)?|ASA|mRS|Ranson|KPS|C-SSRS|TIMI|HEART|LACE|FIB-4|"
              r"Epworth|Bishop|CIWA|COWS|SOFA|qSOFA|RASS|Killip|Child-Pugh|Mallampati)(?: score| class)?(?: of|:|=)? ?"
              r"(?:\d+(?:[./]\d+)*(?: ?\+ ?\d)?|I{1,3}V?|[A-C])(?!\w)", 0),
    ("lab", r"(?<!\w)(?:Na|K|Cl|CO2|BUN|Cr|creatinine|glucose|WBC|Hgb|Hb|Hct|Plt|platelets|INR|PT|PTT|AST|ALT|ALP|TSH|A1[cC]|HbA1c|"
            r"LDL|HDL|BNP|NT-proBNP|troponin|lactate|ferritin|CRP|ESR|PSA|CEA|CA-125|lipase|albumin|Mg|Ca|Phos|eGFR|MCV|ANC|CD4|"
            rf"procalcitonin|D-dimer|TIBC|B12|CK|pH|pCO2)(?: was| is| of|:|=)? [<>]?{_NUM}(?: ?(?:%|mg/dL|mmol/L|g/dL|K|k|U/L|ng/mL|pg/mL))?", 0),
    ("dose", rf"(?<![\w.]){_NUM}(?:-{_NUM})? ?(?:mg|mcg|g|mL|ml|cc|units?|mEq|IU|puffs?|tabs?|tablets?|capsules?|gtts|L|Gy|MBq|mm|cm|kg)"
             r"(?:/(?:kg|hr?|min|day|dL|d|m2|L))*(?!\w)", 0),
    ("time", r"(?<![\w:/])(?:[01]?\d|2[0-3]):[0-5]\d(?: ?[ap]\.?m\b)?|(?<!\w)[0-2]\d[0-5]\d(?: ?(?:hrs?|hours|h)\b)", re.I),
    ("rel", r"(?<!\w)(?:(?:POD|HD|DOL|PPD|day|hospital day|cycle) ?#?\d+|(?:\d+|an?|two|three|four|five|six|ten|several|couple|few) "
            r"(?:hours?|days?|weeks?|wks?|months?|mos?|years?|yrs?|minutes?) (?:ago|prior|later|earlier|post-?op)|"
            r"(?:next|last|this|past) (?:week|month|year|night|evening|spring|summer|fall|winter)|yesterday|tomorrow|tonight|"
            r"(?:in|x|for|over|within) (?:\d+|two|three|four|six|eight|ten)(?:-\d+)? (?:hours|days|weeks|wks|months|mos|years)|"
            r"hace \d+ (?:días|semanas|meses)|mañana|ayer)(?!\w)", re.I),
    ("age_le89", r"(?<![\w./-])[1-8]?\d(?=(?:[- ](?:year|yr|month|week|day)s?[- ]old|-?yo\b| y/?o\b| años))", 0),
    ("score", r"(?<![\w/])(?:[0-9]|10)/(?:5|10|6)(?![\w/])", 0),
    ("eponym", _words("eponyms"), 0),
    ("drug", _words("drugs"), re.I),
    ("org", _words("orgs"), 0),
    ("aux", r"(?<![\w'])(?:[Mm]ay|[Ww]ill|marks?|marked|rose|bills?|grace|hope|faith|art|pat|sue|jack|rob|drew|frank|[Cc]hase|miles|"
            r"ray|penny|sandy|rusty|olive|ginger|violet|cliff|brook|lane|reed|young|iris|dale|[Aa]ugust|[Mm]arch(?:ed|ing)|"
            r"joy|dawn|page|stone|woods?|rich|chip|buck|pearl|ruby|jade|lily|daisy|heather|hazel|melody|harmony|porter|"
            r"mason|carter|parker|hunter|fisher|cook|baker|taylor|bishop|king|price|banks|bush|bird|wolf|english|french|"
            r"polish|turkey|china|lima|reading|mobile|orange|mesa|buffalo|temperance|hurt|blank|payne?)(?![\w'])", 0),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern, flags)) for kind, pattern, flags in _RULES)


def mark(piece: Piece) -> list[Piece]:
    """A plain piece cut into plain and trap pieces; the earlier rule wins where two meet."""
    taken: list[tuple[int, int, str]] = []
    for kind, pattern in _COMPILED:
        for found in pattern.finditer(piece.text):
            start, end = found.span()
            if all(end <= s or e <= start for s, e, _ in taken):
                taken.append((start, end, kind))
    out: list[Piece] = []
    at = 0
    for start, end, kind in sorted(taken):
        out += [Piece(piece.text[at:start]), trap(piece.text[start:end], kind)]
        at = end
    return [p for p in [*out, Piece(piece.text[at:])] if p.text]
