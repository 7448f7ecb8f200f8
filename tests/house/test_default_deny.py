"""Default deny for what calls out and for tools: a new one without its declaration fails here.

Routes: `test_doors.py` (a permission or a line in `registered.PUBLIC_ROUTES`). Tables: `test_schema.py` and
`tests/integration/test_tenant_isolation.py`. Commands: `tests/attack/test_commands_default_deny.py`.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.registered import FLOWS, OUTPUT_FILTERED

SOURCE = Path(__file__).parents[2] / "src" / "preceptor"

OUTSIDE: dict[str, str] = {
    "access/key_sets.py": "keys of issuers and programs: `leave` asks the register (`web/outside_tokens._leave`)",
    "audit/witness.py": "a head of a log, to a witness: `leave` asks the register (`cli/audit_witness.py`)",
    "llm/compatible.py": "a model: asked only with a `Pointer`, which the register clears (`workflow._pointer`)",
    "vault/transit.py": "the key service: `cli/key._ask_register` and `doctor`; a start cannot ask; only random keys",
}
"""Module that sends something out → what asks the register of outside endpoints before it does, or why nothing can."""

TOOLS: dict[str, str] = {}
"""Tool → the permission it needs; its room does not exist yet."""


def callers(sources: dict[str, str]) -> set[str]:
    """The modules that call `request` of something they hold as `outbound`, by path below `src/preceptor`."""
    found = set[str]()
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "request":
                held = ast.unparse(node.func.value)
                if "outbound" in held.lower():
                    found.add(path)
    return found


def _product() -> dict[str, str]:
    return {p.relative_to(SOURCE).as_posix(): p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py")}


def test_everything_that_calls_out_says_what_asks_the_register() -> None:
    assert callers(_product()) == set(OUTSIDE)


def test_a_module_that_calls_out_undeclared_is_seen() -> None:
    text = "async def send(outbound, x):\n    await outbound.request('POST', 'https://fax.example', content=x)\n"
    made_up = {"exchange/fax.py": text}
    assert callers({**_product(), **made_up}) - set(OUTSIDE) == {"exchange/fax.py"}


def test_every_flow_has_a_last_look_at_what_it_gives_out() -> None:
    assert set(OUTPUT_FILTERED) == set(FLOWS)
    for path in OUTPUT_FILTERED.values():
        assert "leaks(" in (SOURCE.parents[1] / path).read_text(encoding="utf-8"), path


def test_no_room_offers_tools_before_they_are_declared() -> None:
    rooms = {room for room in ("tools", "agents", "mcp") if (SOURCE / room).exists()}
    assert not rooms or TOOLS, f"declare the tools of {sorted(rooms)} with the permission each needs"
