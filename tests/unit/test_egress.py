"""The register's decision, addresses, secrets and leaks: pure functions."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.deid.known import Known
from preceptor.egress.decide import Cleared, Content, Refused, decide
from preceptor.egress.dossier import dossier
from preceptor.egress.endpoint import (
    CLEARANCES,
    Endpoint,
    Review,
    Terms,
    checked_address,
    checked_review,
    checked_terms,
    covers,
)
from preceptor.egress.output import counted, leaks
from preceptor.egress.secret_forms import find_secrets
from preceptor.errors import Invalid

TODAY = date(2026, 6, 1)
TERMS = Terms("points at lines", "Informatics", "deidentified", 0, False, "US")
PLACE = Endpoint(
    uuid.UUID(int=1), "model", "https://models.example/v1", "model", TERMS, Review(TODAY, TODAY + timedelta(days=30))
)
URL = "https://models.example/v1/chat/completions"
CONTENTS: tuple[Content, ...] = ("nothing", "deidentified", "phi")


def reason(endpoint: Endpoint | None, url: str = URL, content: Content = "deidentified", today: date = TODAY) -> str:
    decision = decide(endpoint, url, "model", content, today)
    return decision.reason if isinstance(decision, Refused) else "cleared"


def test_each_reason() -> None:
    assert reason(PLACE) == "cleared"
    assert reason(None) == "unregistered"
    assert reason(PLACE, "https://models.example.evil/v1/x") == "other_address"
    assert reason(replace(PLACE, kind="payer")) == "other_kind"
    assert reason(replace(PLACE, suspended=True)) == "suspended"
    assert reason(replace(PLACE, review=None)) == "unreviewed"
    assert reason(PLACE, today=TODAY - timedelta(days=1)) == "unreviewed"
    assert reason(PLACE, today=TODAY + timedelta(days=30)) == "cleared"
    assert reason(PLACE, today=TODAY + timedelta(days=31)) == "review_overdue"
    assert reason(PLACE, content="phi") == "not_cleared"
    assert reason(replace(PLACE, terms=replace(TERMS, phi="nothing"))) == "not_cleared"
    cleared = replace(TERMS, phi="allowed", baa_date=TODAY, baa_digest=b"1" * 32)
    assert reason(replace(PLACE, terms=cleared), content="phi") == "cleared"
    assert reason(replace(PLACE, terms=replace(cleared, baa_digest=None)), content="phi") == "no_baa"
    assert reason(replace(PLACE, terms=replace(cleared, training=True)), content="phi") == "trains_on_content"


@given(st.sampled_from(CLEARANCES), st.sampled_from(CONTENTS), st.booleans(), st.booleans(), st.booleans())
def test_phi_leaves_only_with_agreement_clearance_and_no_training(
    phi: str, content: Content, agreed: bool, training: bool, suspended: bool
) -> None:
    terms = replace(TERMS, phi=phi, baa_digest=b"1" * 32 if agreed else None, training=training)
    decision = decide(replace(PLACE, terms=terms, suspended=suspended), URL, "model", content, TODAY)
    if isinstance(decision, Cleared):
        assert not suspended
        assert content == "nothing" or phi != "nothing"
        assert content != "phi" or (phi == "allowed" and agreed and not training)


@pytest.mark.parametrize(
    ("url", "held"),
    [
        (URL, True),
        ("https://models.example/v1", True),
        ("https://MODELS.example:443/v1/x", True),
        ("https://models.example/v10/x", False),
        ("https://models.example/v1/../admin", False),
        ("https://models.example/v1/%2e%2e/admin", False),
        ("https://models.example/v1\\..\\admin", False),
        ("http://models.example/v1/x", False),
        ("https://models.example:8443/v1/x", False),
        ("https://user@models.example/v1/x", False),
        ("https://models.example@evil.example/v1/x", False),
        ("https://models.example.evil.example/v1/x", False),
        ("//models.example/v1", False),
        ("https://models.example:99999/v1", False),
        ("https://mоdels.example/v1/x", False),
        ("", False),
    ],
)
def test_an_address_covers_what_lies_below_it_and_nothing_else(url: str, held: bool) -> None:
    assert covers("https://models.example/v1", url) == held


def test_addresses_have_one_form() -> None:
    assert checked_address("HTTPS://Models.Example:443/v1/") == "https://models.example/v1"
    assert checked_address("http://127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"
    assert checked_address("http://[::1]:8000") == "http://[::1]:8000"
    for wrong in (
        "http://models.example/v1", "ftp://models.example", "https://u:p@models.example", "https://models.example/?a=1",
        "https://models.example/#x", "https://models.example/a/../b", "https://models.example/%61", "models.example",
        "https:///x", "https://models.example/a b", "http://127.0.0.1.evil.example",
    ):  # fmt: skip
        with pytest.raises(Invalid):
            checked_address(wrong)


@given(st.text(alphabet="ab/.%:@\\?#-", max_size=12))
def test_a_checked_address_covers_itself_and_is_stable(path: str) -> None:
    try:
        address = checked_address("https://h.example/" + path)
    except Invalid:
        return
    assert checked_address(address) == address
    assert covers(address, address + "/x") or "\\" in path


def test_terms_that_cannot_be_agreed() -> None:
    for wrong in (
        replace(TERMS, phi="allowed"),
        replace(TERMS, phi="allowed", baa_date=TODAY, baa_digest=b"1" * 32, training=True),
        replace(TERMS, baa_date=TODAY),
        replace(TERMS, purpose=" "),
        replace(TERMS, owner="a\nb"),
        replace(TERMS, retention_days=-1),
    ):
        with pytest.raises(Invalid):
            checked_terms(wrong)
    for due in (TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=367)):
        with pytest.raises(Invalid):
            checked_review(Review(TODAY, due))


def test_the_dossier_says_what_may_go_there() -> None:
    page = dossier(PLACE, TODAY, 3, 1)
    assert "| Cleared for | de-identified text only |" in page
    assert "- de-identified text: yes." in page
    assert "- identifiable health information (PHI): no. The endpoint is not cleared for this content." in page
    assert "3 cleared to send, 1 refused" in page
    assert "no. The endpoint's security review is overdue." in dossier(PLACE, date(2027, 1, 1), 0, 0)
    assert "a \\| b" in dossier(replace(PLACE, terms=replace(TERMS, owner="a | b")), TODAY, 0, 0)


SECRETS = {
    "private_key": "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    "product_token": "pcp_token_clinic_" + "a" * 43,
    "cloud_key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "service_token": "ghp_" + "a1" * 18,
    "web_token": "eyJhbGciOiJSUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJl",
    "password_in_url": "postgres://preceptor:" + "hunter2@db.internal/prod",
    "assigned": "api_key = 'q8f7w6e5r4t3'",
}


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_secrets_are_found_where_they_stand(kind: str) -> None:
    text = f"See {SECRETS[kind]} here."
    place = text.index(SECRETS[kind]), text.index(SECRETS[kind]) + len(SECRETS[kind])
    found = [(start, end) for start, end, k in find_secrets(text) if k == kind]
    assert any(place[0] <= start and end <= place[1] and end - start > 15 for start, end in found)


@pytest.mark.parametrize(
    "text",
    [
        "The password policy asks for 12 characters.",
        "Key criteria: HbA1c 7.5%, LDL < 100 mg/dL, code J3490, NDC 0069-0297-30.",
        "Access token lifetimes are short. See https://www.cms.gov/medicare/coverage for more.",
        "Secret: covered for 12 months",
        "sk-inflammation score 3",
    ],
)
def test_policy_text_holds_no_secrets(text: str) -> None:
    assert list(find_secrets(text)) == []


SUBJECT = Known(names=("Maria Lindqvist",), birth_date="1961-03-04", identifiers=(("MRN4471902", "MRN"),))


def test_what_the_subject_s_record_holds_may_stand_and_nothing_else() -> None:
    own = "Maria Lindqvist, MRN4471902, takes metformin 500 mg since March 2024."
    assert leaks(own, SUBJECT) == []
    assert leaks(own) != []
    other = "Patient: Deborah Okonkwo, MRN 99120337, phone (312) 555-0177."
    found = leaks(other, SUBJECT)
    kinds = counted(found)
    assert {"NAME", "MRN", "PHONE"} <= set(kinds)
    assert any(other[leak.start : leak.end] == "Deborah Okonkwo" for leak in found)


def test_a_shared_first_name_does_not_hide_somebody_else() -> None:
    text = "Patient: Maria Okonkwo was seen for knee pain."
    assert any("Okonkwo" in text[leak.start : leak.end] for leak in leaks(text, SUBJECT))


def test_a_secret_is_a_leak_whoever_is_asked_about() -> None:
    assert counted(leaks("Use " + SECRETS["product_token"], SUBJECT)) == {"secret:product_token": 1}
