"""Questions that name a version: found where it exists, said to be missing where not, never taken for today's."""

from __future__ import annotations

from datetime import date

import pytest
from tests.make import Tenant, add_text

from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

PROTOCOL = """# Fall Prevention Protocol

## Rounds

Members at high risk of falling are checked every {hours} hours, day and night.

## Alarms

A bed alarm is set for every member at high risk who is confused.
"""
TODAY = date(2026, 6, 1)


@pytest.fixture
async def assistant(services: Services, tenant: Tenant) -> Assistant:
    for year, hours in ((2025, 4), (2026, 2)):
        said = {"title": "Fall Prevention Protocol", "version": f"{year}.1", "effective_from": date(year, 1, 1)}
        await add_text(services, tenant, "falls", PROTOCOL.format(hours=hours), **said)
    return Assistant(services)


async def ask(assistant: Assistant, tenant: Tenant, question: str) -> dict:
    return await assistant.ask(tenant.caller, Question(question, as_of=TODAY))


def cited(answer: dict) -> set[str]:
    return {c["version"] for s in answer["statements"] for c in s["citations"]}


def said(answer: dict) -> str:
    return " ".join(s["text"] for s in answer["statements"])


async def test_without_a_version_the_one_in_force_is_quoted(assistant: Assistant, tenant: Tenant) -> None:
    answer = await ask(assistant, tenant, "How often are members at high risk of falling checked?")
    assert cited(answer) == {"2026.1"}
    assert "every 2 hours" in said(answer)


@pytest.mark.parametrize(
    "question",
    [
        "In the 2025 fall prevention protocol, how often were members at high risk checked?",
        "How often were members at high risk checked in the 2025 version of the fall prevention protocol?",
        "As of March 2025, how often are members at high risk of falling checked?",
        "In the previous version of the fall prevention protocol, how often are members at high risk checked?",
    ],
)
async def test_the_version_that_is_named_is_found_and_said_to_be_of_another_day(
    assistant: Assistant, tenant: Tenant, question: str
) -> None:
    answer = await ask(assistant, tenant, question)
    assert cited(answer) == {"2025.1"}
    assert "every 4 hours" in said(answer)
    assert "other_day" in answer["notes"]
    assert answer["as_of"] < "2026-01-01"


@pytest.mark.parametrize(
    "question",
    [
        "In the 2031 fall prevention protocol, how often are members at high risk checked?",
        "In the 2028 edition of the fall rules, how often are members at high risk checked?",
        "What does version 2019 say on bed alarms for confused members?",
    ],
)
async def test_a_version_that_is_not_there_is_not_replaced_by_another(
    assistant: Assistant, tenant: Tenant, question: str
) -> None:
    answer = await ask(assistant, tenant, question)
    assert (answer["abstained"], answer["reason"]) == (True, "version_not_in_library")


async def test_both_versions_are_shown_where_the_change_is_asked_for(assistant: Assistant, tenant: Tenant) -> None:
    question = "What changed in the fall prevention protocol on how often members at high risk of falling are checked?"
    answer = await ask(assistant, tenant, question)
    shown = {c["version"] for s in answer["statements"] or answer["nearest"] for c in s["citations"]}
    assert shown == {"2025.1", "2026.1"}
