"""Roles, purposes, explanations: the table grants what it says, and an explanation never differs from the decision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preceptor.access.caller import Caller
from preceptor.access.decide import Allowed, Denied, decide
from preceptor.access.explain import explain
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.access.purpose import CODES, NEEDED, for_purpose
from preceptor.access.scopes import Granted
from preceptor.errors import Invalid

NAMES = {"clinician", "reviewer", "support", "compliance", "administrator", "agent", "service"}


def caller(*roles: str, granted: Granted | None = None) -> Caller:
    return Caller("north", "account:maria", frozenset(roles), granted=granted)


def test_the_roles_are_there_and_none_but_the_privacy_officer_reveals() -> None:
    assert set(ROLES) >= NAMES
    assert [role for role, granted in ROLES.items() if "phi:reveal" in granted] == ["privacy-officer"]
    for role in ("agent", "service", "clinician", "reviewer"):
        assert not {p for p in ROLES[role] if p.endswith(":write")} - {"chart:write"}, role
    assert "chart:write" not in ROLES["agent"] | ROLES["reviewer"]


def test_a_token_bounds_its_roles_and_a_scope_grants_nothing_alone() -> None:
    token = Granted((), frozenset({"policy:ask", "audit:read"}))
    one = caller("service", granted=token)
    assert decide(one, "policy:ask", tenant="north") == Allowed("policy:ask", "role:service")
    assert decide(one, "policy:read", tenant="north") == Denied("policy:read", "no_scope")
    assert decide(one, "audit:read", tenant="north") == Denied("audit:read", "not_granted")
    assert decide(caller("operator", granted=Granted(())), "policy:ask", tenant="north").reason == "no_scope"


@given(
    st.frozensets(st.sampled_from([*sorted(ROLES), "nobody"])),
    st.sampled_from([*sorted(PERMISSIONS), "chart:burn"]),
    st.sampled_from(["north", "south"]),
    st.none() | st.frozensets(st.sampled_from(sorted(PERMISSIONS))),
)
def test_an_explanation_says_what_is_decided(
    roles: frozenset[str], permission: str, tenant: str, scopes: frozenset[str] | None
) -> None:
    one = caller(*roles, granted=None if scopes is None else Granted((), scopes))
    decision, said = decide(one, permission, tenant=tenant), explain(one, permission, tenant=tenant)
    assert (said.allowed, said.rule) == (isinstance(decision, Allowed), decision.reason)
    assert said.steps[-1].startswith("allowed" if said.allowed else "denied")


def test_a_purpose_is_said_where_it_is_needed() -> None:
    assert set(PERMISSIONS) >= NEEDED
    for permission in NEEDED:
        with pytest.raises(Invalid) as raised:
            for_purpose(caller(), None, permission)
        assert raised.value.code == "purpose_required"
    for code, purpose in CODES.items():
        assert for_purpose(caller(), code, "phi:reveal").purpose == purpose
    for code in ("", "treat", "HMARKT", "because"):
        with pytest.raises(Invalid):
            for_purpose(caller(), code, "policy:ask")
    assert for_purpose(caller(), None, "policy:ask").purpose == "operations"


@pytest.mark.parametrize(
    ("roles", "code", "purpose"),
    [
        (["clinician"], None, "treatment"),
        (["reviewer"], None, "payment"),
        (["clinician", "reader"], None, "treatment"),
        (["clinician", "reviewer"], None, "operations"),
        (["service"], None, "operations"),
        (["clinician"], "HPAYMT", "payment"),
    ],
)
def test_records_are_read_for_the_callers_work(roles: list[str], code: str | None, purpose: str) -> None:
    """FHIR clients state no purpose: it is that of the role, unless roles differ; a stated one counts."""
    who = Caller("t", "account:x", frozenset(roles))
    assert for_purpose(who, code, "chart:read").purpose == purpose
    assert for_purpose(who, None, "policy:ask").purpose == "operations"
