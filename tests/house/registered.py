"""What must be listed by hand, so that adding one is a decision somebody sees: flows and public routes."""

from __future__ import annotations

FLOWS: dict[str, str] = {
    "policy_question": "tests/flows/test_policy_question.py",
}
"""Flow → the test that runs it from end to end."""

PUBLIC_ROUTES: dict[str, str] = {}
"""`METHOD /path` of a route anyone may call → why it shows nothing of a tenant."""
