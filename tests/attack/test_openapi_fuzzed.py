"""The API put to requests made from its own description, right and wrong: no 5xx, no status that is not documented."""

from __future__ import annotations

import asyncio
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.doors.conftest import Console, console  # noqa: F401 - the fixture is used by name
from tests.make import Tenant, add_text

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TEXT = "# Shower chairs\n\nEffective date: January 1, 2026\n\nA shower chair is replaced every 5 years.\n"


def fuzz(base: str, headers: dict[str, str], examples: int) -> int:
    """Put every operation to `examples` requests at most; how many were sent."""
    schema = schemathesis.openapi.from_url(base + "/openapi.json")
    sent = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()
        right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        anything = right if not operation.body and not operation.path_parameters else right | wrong

        @hypothesis.given(case=anything)
        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        def put(case: Any) -> None:
            nonlocal sent
            response = case.call(base_url=base, headers=headers, timeout=60)
            sent += 1
            if response.status_code != 429:
                case.validate_response(response, checks=CHECKS)

        put()
    return sent


async def _callers(console: Console, tenant: Tenant) -> list[dict[str, str]]:  # noqa: F811
    found: list[dict[str, str]] = [{}]
    for name, role in (("fuzz-reads", "reader"), ("fuzz-runs", "operator")):
        found.append({"authorization": "Bearer " + await console.secret(tenant, name, role)})
    return found


@pytest.mark.parametrize("who", [0, 1, 2], ids=["nobody", "reader", "operator"])
async def test_every_answer_is_documented(console: Console, tenant: Tenant, who: int) -> None:  # noqa: F811
    await add_text(console.services, tenant, "shower-chairs", TEXT)
    headers = (await _callers(console, tenant))[who]
    assert await asyncio.to_thread(fuzz, console.base, headers, 15) > 50


@pytest.mark.slow
async def test_every_answer_is_documented_for_longer(console: Console, tenant: Tenant) -> None:  # noqa: F811
    await add_text(console.services, tenant, "shower-chairs", TEXT)
    for headers in await _callers(console, tenant):
        assert await asyncio.to_thread(fuzz, console.base, headers, 400) > 200
