"""What each policy takes out of a text and what it leaves, by table."""

from __future__ import annotations

import pytest

from preceptor.deid.detect import Known, Span, detect
from preceptor.deid.labels import LABELS, POLICIES, TAKES, Policy
from preceptor.deid.redact import redact


def masked(text: str, policy: Policy = "safe-harbor", known: Known | None = None) -> str:
    return redact(text, detect(text, policy, known)).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a question that carries its patient's header: the identifiers go, vitals and diagnosis stay
        (
            "Pt Leopold Hartwell, DOB 11/02/1948, MRN 00731145, tel 555-0177, T2DM, BP 152/88. Which goal applies?",
            "Pt [NAME], DOB [DATE], MRN [MRN], tel [PHONE], T2DM, BP 152/88. Which goal applies?",
        ),
        # a relative named by the writer; ages up to 89 stay
        ("My aunt Carmen Escobedo, 71, took two metformin", "My aunt [NAME], 71, took two metformin"),
        # a title, and a city after "to"
        ("Is Mrs. Edith Wainwright fit to fly to Denver?", "Is Mrs. [NAME] fit to fly to [GEO]?"),
        # an apostrophe inside the surname
        ("Sean O'Malley (MRN 5512098) has a creatinine of 2", "[NAME] (MRN [MRN]) has a creatinine of 2"),
        # lower case throughout: what the lists carry
        ("patient jose garcia wants to switch", "patient [NAME] wants to switch"),
        # last, first in capitals with a label
        ("Patient: HOLLOWAY, PATRICIA A  ordered CBC", "Patient: [NAME]  ordered CBC"),
        # a possessive ending stays outside
        ("Mr. Abernathy's INR is 2.5", "Mr. [NAME]'s INR is 2.5"),
        # a clinician's name is an identifier under safe harbor
        ("Seen by Dr. Nakamura today", "Seen by Dr. [NAME] today"),
        # a nickname in the greeting and initials in the closing
        ("Dear Rosalind,\nI feel dizzy.\nthx, JMK", "Dear [NAME],\nI feel dizzy.\nthx, [NAME]"),
    ],
)
def test_names_go_and_the_rest_stays(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "What does the VA/DoD guideline say about Parkinson disease and Foley catheters?",  # eponyms
        "Does the Stark Law apply to the OIG FY 2012 Work Plan, section 4.2.1?",  # law, agency, numbering
        "Metformin 500 mg, lisinopril 10 mg, Humira and Ozempic twice daily",  # drugs and doses
        "BP 146/82, HR 72, SpO2 98 %, HbA1c 8.2, eGFR 45, pain 7/10, strength 5/5",  # measures that look like dates
        "Hodgkin lymphoma, Crohn's disease, Graves' disease, Wilson disease, Whipple procedure",  # more eponyms
        "ICD-10 E11.9, HCPCS J0135, LOINC 4548-4, NDC 0093-7214-01",  # codes
        "The patient may return in 6 weeks; symptoms will be monitored for 3 days",  # words that are names
        "A 67-year-old man, age 88, with two children",  # ages up to 89
        "Call 911 or 988, or the hotline 1-800-447-8477",  # public lines
        "Ryan White program, Puerto Rico, 42 CFR 1001.952(d)",  # a program, a territory, a citation
        "In 2014 the rate rose to 12 %; since 2009 it was flat",  # a year alone is no date
    ],
)
def test_look_alikes_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "label", "found"),
    [
        ("SSN 219-09-9999 on file", "SSN", "219-09-9999"),  # a valid number
        ("last four of my social 4471", "SSN", "4471"),  # the last four digits count
        ("Medical record number: 88-21-907", "MRN", "88-21-907"),
        ("Member ID 1EG4-TE5-MK73, group 70031-22", "HEALTH_PLAN", "1EG4-TE5-MK73"),
        ("billing account G-118820 is open", "ACCOUNT", "G-118820"),
        ("paid with 4111 1111 1111 1111", "ACCOUNT", "4111 1111 1111 1111"),  # Luhn holds, no label
        ("NPI 1234567893", "LICENSE", "1234567893"),
        ("driver's license D102-5580-1138", "LICENSE", "D102-5580-1138"),
        ("VIN 1M8GDM9AXKP042788 hit a wall", "VEHICLE", "1M8GDM9AXKP042788"),
        ("license plate KXR 4471 was seen", "VEHICLE", "KXR 4471"),
        ("UDI (01)00844588003288(17)141120(10)7654321D", "DEVICE", "(01)00844588003288(17)141120(10)7654321D"),
        ("the upload came from 192.0.2.44 at night", "IP", "192.0.2.44"),
        ("from 2001:db8:85a3::8a2e:370:7334 today", "IP", "2001:db8:85a3::8a2e:370:7334"),
        ("see https://album.example.org/ana?id=7 please", "URL", "https://album.example.org/ana?id=7"),
        ("write to ana.luz+clinic@mail.example.org", "EMAIL", "ana.luz+clinic@mail.example.org"),
        ("it is analuz at mail dot example dot org", "EMAIL", "analuz at mail dot example dot org"),  # spoken
        ("voiceprint template VP-77120X enrolled", "BIOMETRIC", "VP-77120X"),
        ("the picture is face_0042.jpg", "PHOTO", "face_0042.jpg"),
        ("passport X4471902 was shown", "OTHER_ID", "X4471902"),
        ("she is ninety-three years old", "AGE90", "ninety-three"),
        ("a 94-year-old woman", "AGE90", "94"),
        ("fax 312-555-0144", "FAX", "312-555-0144"),
        ("lives at 418 Juniper Hollow Rd, Apt 6", "GEO", "418 Juniper Hollow Rd, Apt 6"),
        ("moved to Springfield, IL 62704", "GEO", "62704"),
        ("admitted on the 3rd of May 2021", "DATE", "3rd of May 2021"),
        ("surgery was 10/13 and went well", "DATE", "10/13"),  # no year, but words that make it a date
    ],
)
def test_every_label_is_found(text: str, label: str, found: str) -> None:
    hits = [(span.label, text[span.start : span.end]) for span in detect(text, "safe-harbor")]
    assert (label, found) in hits


FORM = (
    "Appendix C. Completed sample request\r\nPatient name: Leopold Hartwell\r\nDate of birth: 11/02/1948\r\n"
    "MRN: 00731145\r\nPhone: (217) 555-0177\r\nMember ID: XKJ200331\r\n"
    "Address: 12 Elm Street, Springfield, IL 62704\r\n"
    "Ordering physician: Alan Reyes, MD\r\nPolicy MP-014, effective January 1, 2025. Fax forms to 1-800-555-0100."
)


def test_document_takes_the_planted_patient_and_keeps_the_publisher() -> None:
    out = masked(FORM, "document")
    for identifier in ("Leopold", "Hartwell", "11/02/1948", "00731145", "555-0177", "XKJ200331", "Elm", "62704"):
        assert identifier not in out
    for kept in ("Alan Reyes, MD", "MP-014", "January 1, 2025", "1-800-555-0100", "Appendix C."):
        assert kept in out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a worked example in running text; the name comes again later
        (
            "Example. Mr. Okafor, 71 years old, has COPD. Mr. Okafor uses 2 L of oxygen.",
            "Example. Mr. [NAME], 71 years old, has COPD. Mr. [NAME] uses 2 L of oxygen.",
        ),
        # a plan number with spaces; the inspector is an official
        (
            "Beneficiary John A. Carpenter (HICN 123-45-6789A) was billed. Daniel Prescott, Inspector General.",
            "Beneficiary [NAME] (HICN [HEALTH_PLAN]) was billed. Daniel Prescott, Inspector General.",
        ),
        # the author of a reference shares the patient's surname
        (
            "Patient: Mary Smith, DOB 2/3/1944. See Smith J, et al. 2009.",
            "Patient: [NAME], DOB [DATE]. See Smith J, et al. 2009.",
        ),
    ],
)
def test_document_follows_one_patient(text: str, expected: str) -> None:
    assert masked(text, "document") == expected


@pytest.mark.parametrize(
    "text",
    [
        "Published April 28, 2020. Contact: Maria Lopez, MD, Medical Director, (312) 555-0110.",  # authors, contact
        "Robinson JH, Callister LC. Patient-centered care. Brain. 2005;19(11):863. Epub 2005/11/22.",  # reference
        "Patient Name: ____________ DOB: __/__/____ Member ID: ________",  # an empty form
        "A 54-year-old patient with Parkinson disease. Table 4-2. Section 1862(a)(1)(A).",  # nobody
        "Charlotte, 18 sites; Jackson, 22 sites; Johnson, 54 patients.",  # names with counts
        "doi: 10.1080/02699050400025042 PMID: 16296570",  # digits that pass Luhn
        "Policy number: 10-2245. Form CMS-1500. Docket No. OIG-118-N.",  # numbers of things
    ],
)
def test_document_keeps_what_is_public(text: str) -> None:
    assert masked(text, "document") == text


def test_limited_keeps_dates_and_town_and_takes_the_street() -> None:
    out = masked("Ana Delgado, 12 Elm Street, Springfield, IL 62704, seen March 3, 2021", "limited")
    assert out == "[NAME], [GEO], Springfield, IL 62704, seen March 3, 2021"


def test_strict_takes_facility_state_and_year() -> None:
    labels = [span.label for span in detect("Treated at Lakeview Family Practice in Oregon in 2014", "strict")]
    assert labels == ["FACILITY", "GEO", "DATE"]


def test_every_policy_takes_only_labels_of_the_closed_list() -> None:
    assert set(TAKES) == set(POLICIES)
    assert all(taken <= set(LABELS) for taken in TAKES.values())
    assert "FACILITY" not in TAKES["safe-harbor"]


def test_hl7_fields_are_taken_by_position() -> None:
    text = "PID|1||E0193||Rivera^Paula||19730112|F|||88 Campbell Dale^^Reading^PA^75448||8052696191"
    assert masked(text) == "PID|1||[MRN]||[NAME]^[NAME]||[DATE]|F|||[GEO]^^[GEO]^PA^[GEO]||[PHONE]"


PATIENT = {
    "resourceType": "Patient",
    "name": [{"family": "Zyxwold", "given": ["Robert"]}],
    "birthDate": "1959-09-05",
    "telecom": [{"system": "phone", "value": "(487) 473-2886"}, {"system": "email", "value": "zy@mail.example.org"}],
    "address": [{"line": ["7 Quarry End"], "city": "Hope", "state": "Maine", "postalCode": "04847"}],
    "identifier": [{"type": {"text": "MRN"}, "value": "527440"}],
    "contact": [{"name": {"family": "Ebers", "given": ["Trude"]}}],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zyxwold was here", "[NAME] was here"),  # a rare surname, lower case, no context
        ("BOB came with Trude", "[NAME] came with [NAME]"),  # a nickname of Robert; the contact
        ("born 09.05.1959", "born [DATE]"),
        ("527-440 pulled", "[MRN] pulled"),  # separators inside the number
        ("487.473.2886", "[PHONE]"),
        ("back to Hope tomorrow", "back to [GEO] tomorrow"),  # a town that is a word, capitalised
        ("we hope so", "we hope so"),  # the same word, not capitalised
    ],
)
def test_known_identifiers_are_found_without_context(text: str, expected: str) -> None:
    assert masked(text, "safe-harbor", Known.from_json(PATIENT)) == expected


def test_known_takes_the_contracts_form_and_ignores_what_is_malformed() -> None:
    known = Known.from_json(
        {"names": ["Ana Zyx"], "birthDate": "x", "identifiers": [7, None, "A-10022"], "telecom": None}
    )
    assert known.names == ("Ana Zyx",)
    assert known.identifiers == (("7", "OTHER_ID"), ("A-10022", "OTHER_ID"))
    assert masked("zyx has A10022", "safe-harbor", known) == "[NAME] has [OTHER_ID]"
    assert Known.from_json("nonsense") == Known()


def test_full_width_digits_and_dashes_are_read_as_plain_ones() -> None:
    text = "SSN ２１９‑０９‑９９９９ on file"
    assert masked(text) == "SSN [SSN] on file"


def test_empty_text_has_no_spans() -> None:
    assert detect("", "safe-harbor") == []


def test_spans_carry_rule_and_score() -> None:
    (span,) = detect("SSN 219-09-9999", "document")
    assert span == Span(4, 15, "SSN", span.score, "pattern:ssn")
    assert 0 < span.score <= 1
