"""Decisions and credentials' form."""

from __future__ import annotations

import pytest

from preceptor.access.caller import Caller
from preceptor.access.credentials import parse_secret
from preceptor.access.decide import Allowed, Denied, decide, require
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.errors import Denied as DeniedError
from preceptor.errors import Unauthenticated


def caller(*roles: str) -> Caller:
    return Caller("north", "account:maria", frozenset(roles))


@pytest.mark.parametrize(
    ("roles", "permission", "tenant", "expected"),
    [
        (("reader",), "policy:ask", "north", Allowed("policy:ask", "role:reader")),
        (("reader",), "policy:write", "north", Denied("policy:write", "not_granted")),
        ((), "policy:ask", "north", Denied("policy:ask", "not_granted")),  # no role: nothing
        (("chief",), "policy:ask", "north", Denied("policy:ask", "not_granted")),  # unknown role: nothing
        (("operator",), "policy:ask", "south", Denied("policy:ask", "other_tenant")),  # whatever the role
        (("operator",), "policy:everything", "north", Denied("policy:everything", "unknown_permission")),
        (("operator",), "", "north", Denied("", "unknown_permission")),
    ],
)
def test_decisions(roles: tuple[str, ...], permission: str, tenant: str, expected: object) -> None:
    assert decide(caller(*roles), permission, tenant=tenant) == expected


def test_a_refusal_carries_its_reason() -> None:
    with pytest.raises(DeniedError) as caught:
        require(caller("reader"), "policy:write")
    assert caught.value.reason == "not_granted"


def test_roles_grant_only_what_exists() -> None:
    assert all(granted <= PERMISSIONS.keys() for granted in ROLES.values())


GOOD = "pcp_token_north_" + "a" * 43


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pcp_token_north_",
        GOOD[:-10],
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace("token", "session"),  # a session is no API token
        GOOD.replace("north", "North"),
        GOOD.replace("north", "no/rth"),
        GOOD.replace("a", "é"),
        "Bearer " + GOOD,
        "x" * 100_000,
    ],
)
def test_a_malformed_secret_is_nobody(text: str) -> None:
    with pytest.raises(Unauthenticated):
        parse_secret(text, "token")


def test_a_secret_names_its_tenant() -> None:
    assert parse_secret(GOOD, "token").tenant == "north"
