"""Every closed list is documented, used and complete: codes, settings, permissions, events, flows, maps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.house import allowed, registered
from tests.house.rules import registries
from tests.house.rules.tree import ROOT, Tree
from tests.house.write_docs import PAGES

from preceptor import errors
from preceptor.access.permissions import PERMISSIONS, ROLES
from preceptor.audit.events import EVENTS

GROUPS = registries.code_groups(Path(errors.__file__).read_text(encoding="utf-8"))
CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, Exception)}
CARRIES = {
    name: next((above.__name__ for above in kind.__mro__ if above.__name__ in GROUPS.values()), "")
    for name, kind in CLASSES.items()
}
BUILT = {
    "errors.CODES": (errors.CODES, "src/preceptor/errors.py"),
    "PERMISSIONS": (PERMISSIONS, "src/preceptor/access/permissions.py"),
    "EVENTS": (EVENTS, "src/preceptor/audit/events.py"),
}
HERE = "src/preceptor/evidence/sample.py"
Sample = Callable[..., Tree]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_lists_what_is_registered(page: str) -> None:
    written = (ROOT / page).read_text(encoding="utf-8")
    assert written == PAGES[page](), "run `python -m tests.house.write_docs`"


@pytest.mark.parametrize("name", BUILT)
def test_every_name_of_a_closed_list_is_used(name: str, house: Tree) -> None:
    names, path = BUILT[name]
    used_as_default = {kind.default for kind in CLASSES.values()}
    assert registries.unused(house, set(names) - used_as_default, path, allowed.UNUSED) == []


def test_a_name_that_nothing_uses_is_found(sample: Sample) -> None:
    tree = sample({HERE: '"""Says chart:read."""\nX = "chart:write"\n', "src/list.py": 'L = ["chart:read"]\n'})
    assert registries.unused(tree, ["chart:read", "chart:write"], "src/list.py", {}) == [
        "chart:read: in the list, but nothing uses it"
    ]


def test_permissions_and_events_share_one_grammar() -> None:
    assert registries.grammar([*PERMISSIONS, *EVENTS]) == []


@pytest.mark.parametrize("name", ["chart", "chart:", "Chart:read", "chart:read:all", "chart:read now", "chart_:read"])
def test_another_form_is_found(name: str) -> None:
    assert registries.grammar([name])


def test_roles_grant_only_listed_permissions() -> None:
    assert {name for granted in ROLES.values() for name in granted} <= set(PERMISSIONS)


def test_every_code_stands_under_its_class() -> None:
    assert set(GROUPS) == set(errors.CODES)
    assert set(GROUPS.values()) - {""} <= set(CLASSES)
    for name, kind in CLASSES.items():
        assert GROUPS[kind.default] == CARRIES[name], name


def test_every_code_raised_is_listed(house: Tree) -> None:
    assert registries.unlisted_codes(house, GROUPS, CARRIES) == []


@pytest.mark.parametrize(
    "text",
    [
        "from preceptor.errors import Invalid\nraise Invalid('no_such_code')\n",
        "from preceptor.errors import Denied as No\nraise No('no_such_code', 'text')\n",  # renamed
        "from preceptor import errors\nraise errors.Invalid(code='no_such_code')\n",  # by keyword
        "from preceptor.errors import Invalid\nraise Invalid('invalid_request' if x else 'no_such_code')\n",
        "from preceptor.errors import Invalid\nraise Invalid('not_found')\n",  # another class's code
    ],
)
def test_a_code_that_is_not_listed_is_found(text: str, sample: Sample) -> None:
    groups = {"invalid_request": "Invalid", "not_found": "NotFound"}
    classes = {"Invalid": "Invalid", "Denied": "Denied"}
    assert len(registries.unlisted_codes(sample({HERE: text}), groups, classes)) == 1


def test_every_event_recorded_is_listed(house: Tree) -> None:
    assert registries.recorded_events(house, EVENTS) == []


def test_an_event_that_is_not_listed_is_found(sample: Sample) -> None:
    tree = sample({HERE: "async def f():\n    await record(tx, clock, caller, 'chart:burn')\n"})
    assert registries.recorded_events(tree, EVENTS)


def test_every_permission_required_is_listed(house: Tree) -> None:
    assert registries.required_permissions(house, PERMISSIONS) == []


def test_a_permission_that_is_not_listed_is_found(sample: Sample) -> None:
    tree = sample({HERE: "require(caller, 'chart:burn')\ndecide.decide(caller, 'chart:eat', tenant=t)\n"})
    assert len(registries.required_permissions(tree, PERMISSIONS)) == 2


def test_every_flow_has_a_workflow_and_a_test() -> None:
    assert registries.flows(ROOT, registered.FLOWS) == []


def test_an_unregistered_flow_is_found(tmp_path: Path) -> None:
    (tmp_path / "src/preceptor/flows/triage").mkdir(parents=True)
    assert len(registries.flows(tmp_path, {})) == 2  # no workflow, not registered
    assert registries.flows(tmp_path, {"triage": "tests/flows/test_triage.py", "gone": "x"})[1:] == [
        "gone: registered, but there is no such flow",
        "flows/triage: its test tests/flows/test_triage.py does not exist",
    ]


def test_the_map_of_the_house_is_true() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert registries.paths_in_table(ROOT, text, least=25) == []


def test_a_wrong_map_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.py").touch()
    head = "## Where is …?\n\n| question | path |\n| --- | --- |\n"
    assert registries.paths_in_table(tmp_path, head + "| a | `there.py` |\n", least=1) == []
    assert registries.paths_in_table(tmp_path, head + "| a | `gone.py` |\n", least=1)
    assert registries.paths_in_table(tmp_path, head + "| a | somewhere |\n", least=1)
    assert registries.paths_in_table(tmp_path, head + "| a | `there.py` |\n", least=2)
    assert registries.paths_in_table(tmp_path, "# Something else\n", least=1)


def test_the_safeguards_map_is_true() -> None:
    page = ROOT / "docs/hipaa-map.md"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    assert registries.missing_paths(ROOT, registries.named_paths(text)) == []


def test_a_missing_path_is_found(tmp_path: Path) -> None:
    named = registries.named_paths("see `src/gone.py`, `tests/a/`, `preceptor audit`, `2/3 of`, `vault/seal.py::seal`")
    assert named == ["src/gone.py", "tests/a/", "vault/seal.py::seal"]
    assert len(registries.missing_paths(tmp_path, named)) == 3
