"""Reading a question: its language, names nobody knows, hidden words of the library, versions and sister documents."""

from datetime import date

import pytest

from preceptor.deid.mask import mask
from preceptor.evidence.bm25 import analyze
from preceptor.flows.policy_question.comparing import widened
from preceptor.flows.policy_question.editions import Edition, Wish, read_wish, searched
from preceptor.flows.policy_question.language import foreign
from preceptor.flows.policy_question.legible import legible
from preceptor.flows.policy_question.naming import DocumentInfo, find_documents
from preceptor.flows.policy_question.plan import make_plan
from preceptor.flows.policy_question.spelling import corrected
from preceptor.flows.policy_question.strangers import strangers


@pytest.mark.parametrize(
    "question",
    [
        "¿Cuál es el plazo para apelar una denegación?",
        "Cuantos dias tiene el proveedor para apelar una denegacion",
        "Combien de jours pour faire appel d'un refus ?",
        "Welche Kriterien gelten für eine Vorabgenehmigung?",
        "Qual è la dose iniziale di lisinopril?",
        "Qual é o prazo para recorrer de uma recusa?",
        "Wat is de startdosering van lisinopril?",
        "Ano ang dosis ng lisinopril para sa hypertension?",
        "Какова начальная доза лизиноприла?",
        "ما هي الجرعة الأولية؟",
        "リシノプリルの開始用量は何ですか",
    ],
)
def test_other_languages_are_told(question):
    assert foreign(question)
    assert make_plan(question, [], lambda terms: {}).reason == "question_language"


@pytest.mark.parametrize(
    "question",
    [
        "What is the de facto limit for a la carte home visits?",
        "Does the plan cover an El Paso clinic's CPAP trial?",
        "lisinopril dose",
        "BP ≥140/90 mm Hg?",
        "What does 'uso compasivo' mean in the policy?",
        "µg of vitamin D for a newborn",
    ],
)
def test_english_with_foreign_words_is_english(question):
    assert not foreign(question)


def test_strangers_are_names_not_lay_words():
    unknown = ["tirzepatid", "2031", "weed", "mongolia", "mm.03.01.01", "nudg"]
    asked = "What may we nudge about tirzepatide or weed in Mongolia in 2031, per MM.03.01.01?"
    assert strangers(asked, unknown) == {"tirzepatid", "2031", "mongolia", "mm.03.01.01"}
    assert strangers(asked, []) == frozenset()


KNOWN = set(analyze("contrave dose hepatic impairment laba sodium intake heart failure baker quinidine"))


def known(terms):
    return {t: 9 for t in terms if t in KNOWN}


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("What is the maximum Contrave dose in hepatic impairment?", "Contrave"),
        ("What does LABA stand for?", "LABA"),
    ],
)
def test_hidden_words_of_the_library_come_back(question, shown):
    masked = mask(question, "safe-harbor")
    assert shown not in masked.text, "the case no longer needs this: choose another word"
    assert shown in legible(question, masked.spans, known)


@pytest.mark.parametrize(
    "question",
    [
        "Should Mr. Baker stop his Contrave before surgery?",
        "My husband Baker has heart failure, should he take it?",
        "Walter Lindqvist, 80, has heart failure. Stop Contrave?",
        "Baker (MRN 5531028) takes Contrave. What is the dose?",
    ],
)
def test_names_of_persons_stay_hidden(question):
    said = legible(question, mask(question, "safe-harbor").spans, known)
    assert "Baker" not in said and "Lindqvist" not in said


def test_british_spellings_become_the_librarys():
    count = dict.fromkeys(analyze("organization hemoglobin center"), 5)
    text, _ = corrected("organisation haemoglobin centre", lambda ts: {t: count[t] for t in ts if t in count})
    assert text == "organization hemoglobin center"


@pytest.mark.parametrize(
    ("question", "wish"),
    [
        ("As of March 2019, how long is the rental?", Wish("dated", date(2019, 3, 31))),
        ("Which rule was in effect on 1 May 2020?", Wish("dated", date(2020, 5, 1))),
        ("Which rule was in effect on May 1, 2020?", Wish("dated", date(2020, 5, 1))),
        ("What was valid in 2018?", Wish("dated", date(2018, 12, 31))),
        ("What did the previous version say about rentals?", Wish("previous")),
        ("What changed in the new mattress policy?", Wish("changes")),
        ("How has the mattress policy changed?", Wish("changes")),
        ("How many claims were denied in 2006?", Wish()),
        ("As of when is it due?", Wish()),
        ("Which change of dose is advised?", Wish()),
        ("As of February 31, 2019, what is due?", Wish()),
    ],
)
def test_versions_asked_for(question, wish):
    assert read_wish(question) == wish


OLD, NEW, NEXT = (
    Edition("a1", "a", date(2018, 1, 1), date(2020, 1, 1)),
    Edition("a2", "a", date(2020, 1, 1), date(2030, 1, 1)),
    Edition("a3", "a", date(2030, 1, 1), date.max),
)
OTHER = Edition("b1", "b", date(2021, 1, 1), date.max)


@pytest.mark.parametrize(
    ("wish", "keys"),
    [
        (Wish(), {"a2", "b1"}),
        (Wish("dated", date(2019, 6, 1)), {"a1", "b1"}),
        (Wish("previous"), {"a1"}),
        (Wish("changes"), {"a1", "a2"}),
    ],
)
def test_versions_searched(wish, keys):
    assert set(searched(wish, [OLD, NEW, NEXT, OTHER], date(2026, 1, 1)).keys) == keys


def test_a_previous_version_that_is_not_there():
    found = searched(Wish("previous"), [OTHER], date(2026, 1, 1))
    assert found.missing and found.keys == ("b1",)


PLANS = [
    DocumentInfo("p9", "WorkPlan-2009", "Northfield Work Plan Fiscal Year 2009", "", "", None, None),
    DocumentInfo("p10", "WorkPlan-2010", "Northfield Work Plan Fiscal Year 2010", "", "", None, None),
    DocumentInfo("g", "oxygen", "Northfield Guideline for Home Oxygen", "", "", None, None),
]


def test_the_other_years_document_is_meant_too():
    asked = "Claims a year: which figure is in the 2009 work plan and which in the 2010 one?"
    assert widened(find_documents(asked, PLANS), asked, PLANS).groups == (("p9",), ("p10",))


def test_a_comparison_with_something_unrecognised_is_not_limited():
    asked = "Give the view from the home oxygen guideline and from the directors' booklet."
    named = find_documents(asked, PLANS)
    assert named.groups and not widened(named, asked, PLANS).groups
    plain = "What does the home oxygen guideline say of tanks?"
    assert widened(find_documents(plain, PLANS), plain, PLANS).groups == (("g",),)


def test_a_date_that_says_which_version_is_meant_comes_back():
    asked = "As of March 3, 2025, how long is a mattress rented?"
    masked = mask(asked, "safe-harbor")
    assert "March" not in masked.text
    assert "March 3, 2025" in legible(asked, masked.spans, known)
    told = "He was born on March 3, 1950. How long is a mattress rented?"
    assert "March" not in legible(told, mask(told, "safe-harbor").spans, known)
