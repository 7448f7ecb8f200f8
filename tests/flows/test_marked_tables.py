"""A table of a Markdown file: a row is quoted with its header, and no quotation is a word that could stand anywhere."""

from __future__ import annotations

from tests.make import Tenant, add_text

from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

UNITS = """# Home oxygen

## 3 Flow by saturation

| Saturation | Flow | # | Review |
|---|---|---|---|
| 85 to 88 percent | 2 liters a minute | 1 | every 12 months |
| 80 to 84 percent | 3 liters a minute | 2 | every 6 months |
"""


async def test_a_row_is_quoted_with_its_header(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "oxygen", UNITS)
    asked = "Which oxygen flow is given at a saturation of 80 to 84 percent, and how often is it reviewed?"
    answer = await Assistant(services).ask(tenant.caller, Question(asked))
    quotes = [c["quote"] for s in answer["statements"] for c in s["citations"]]
    said = "\n".join(quotes)
    assert "80 to 84 percent | 3 liters a minute | 2 | every 6 months" in said
    assert "Saturation | Flow | # | Review" in said
    assert all(sum(c.isalnum() for c in quote) >= 8 for quote in quotes)
    assert answer["statements"][0]["heading"] == "3 Flow by saturation"
