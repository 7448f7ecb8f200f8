"""Rules about the closed lists of the product: each name is used, and nothing is used that is not listed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.house.rules.tree import Tree, at

GRAMMAR = re.compile(r"[a-z]+(_[a-z]+)*:[a-z]+(_[a-z]+)*")
ROUTE_DECORATORS = frozenset(
    {"get", "post", "put", "delete", "patch", "head", "options", "route", "api_route", "websocket"}
)


def grammar(names: Iterable[str]) -> list[str]:
    """Every name is `subject:action`."""
    return [f"{name}: not of the form subject:action" for name in names if not GRAMMAR.fullmatch(name)]


def unused(tree: Tree, names: Iterable[str], list_path: str, allowed: Mapping[str, str]) -> list[str]:
    """Every name of a closed list stands as a string somewhere outside the list; the exceptions have a reason."""
    named = {value for source in tree.product if source.path != list_path for value, _ in source.strings}
    return [f"{name}: in the list, but nothing uses it" for name in names if name not in named and name not in allowed]


def unlisted_codes(tree: Tree, groups: Mapping[str, str], classes: Mapping[str, str]) -> list[str]:
    """Every code given to an error class is listed, and listed under that class.

    `groups` maps each code to the class it is listed under, '' for any; `classes` maps each error class to the
    group whose codes it carries, '' for any.
    """
    found: list[str] = []
    for source in tree.product:
        for call in source.all(ast.Call):
            module, _, name = source.full_name(call.func).rpartition(".")
            if module != "preceptor.errors" or name not in classes:
                continue
            for code in _literals(call):
                if code not in groups:
                    found.append(at(source, call.lineno, f"{name}({code!r}): not in errors.CODES"))
                elif groups[code] and classes[name] and groups[code] != classes[name]:
                    found.append(at(source, call.lineno, f"{name}({code!r}): listed under {groups[code]}"))
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _literals(call: ast.Call) -> list[str]:
    given = call.args[:1] or [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    values = [v for arg in given for v in ([arg.body, arg.orelse] if isinstance(arg, ast.IfExp) else [arg])]
    return [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]


def code_groups(errors_source: str) -> dict[str, str]:
    """Each code of errors.CODES with the class whose comment stands above it; '' under the last one, for any class."""
    groups: dict[str, str] = {}
    group = ""
    for line in errors_source.partition("CODES:")[2].partition("\n}")[0].splitlines():
        if heading := re.match(r"\s*# (.*)", line):
            group = heading[1].strip() if re.fullmatch(r"[A-Z]\w+", heading[1].strip()) else ""
        elif entry := re.match(r'\s*"(\w+)":', line):
            groups[entry[1]] = group
    return groups


def recorded_events(tree: Tree, events: Iterable[str]) -> list[str]:
    """Every event given to `record` as a literal is listed."""
    return _unlisted_argument(tree, "record", frozenset(events), "not in audit.events.EVENTS")


def required_permissions(tree: Tree, permissions: Iterable[str]) -> list[str]:
    """Every permission given to `require` or `decide` as a literal is listed."""
    listed = frozenset(permissions)
    return [
        violation
        for function in ("require", "decide")
        for violation in _unlisted_argument(tree, function, listed, "not in access.permissions.PERMISSIONS")
    ]


def _unlisted_argument(tree: Tree, function: str, listed: frozenset[str], what: str) -> list[str]:
    return [
        at(source, call.lineno, f"{function}({value!r}): {what}")
        for source in tree.product
        for call in source.all(ast.Call)
        if _called(call) == function or (isinstance(call.func, ast.Attribute) and call.func.attr == function)
        for value in (a.value for a in call.args if isinstance(a, ast.Constant))
        if isinstance(value, str) and GRAMMAR.fullmatch(value) and value not in listed
    ]


def decorated_routes(tree: Tree) -> list[str]:
    """No route is made by a decorator: every URL stands in the one table, with its permission."""
    return [
        at(source, function.lineno, f"a route outside the table: @{ast.unparse(decorator)}")
        for source in tree.product
        if source.path.startswith(("src/preceptor/web/", "src/preceptor/mcp/"))
        for function in source.all(ast.FunctionDef, ast.AsyncFunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ROUTE_DECORATORS
    ]


def routes(
    table: Sequence[tuple[str, str, str | None]], permissions: Iterable[str], public: Mapping[str, str]
) -> list[str]:
    """Every route (method, path, permission or None) has a listed permission, or stands in the list of public ones."""
    listed = frozenset(permissions)
    found: list[str] = []
    seen: set[str] = set()
    for method, path, permission in table:
        name = f"{method} {path}"
        if name in seen:
            found.append(f"{name}: twice in the table")
        seen.add(name)
        if permission is None and name not in public:
            found.append(f"{name}: public, without a reason in the list of public routes")
        elif permission is not None and permission not in listed:
            found.append(f"{name}: {permission} is no permission")
        elif permission is not None and name in public:
            found.append(f"{name}: listed as public, but it needs {permission}")
    return found + [f"{name}: listed as public, but there is no such route" for name in public if name not in seen]


def flows(root: Path, registered: Mapping[str, str]) -> list[str]:
    """Every flow has a workflow and a test that runs it from end to end."""
    folder = root / "src/preceptor/flows"
    built = (
        sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name.isidentifier() and p.name[0] != "_")
        if folder.is_dir()
        else []
    )
    found = [f"flows/{name}: no workflow.py" for name in built if not (folder / name / "workflow.py").is_file()]
    found += [f"flows/{name}: no end-to-end test is registered" for name in built if name not in registered]
    found += [f"{name}: registered, but there is no such flow" for name in registered if name not in built]
    return found + [
        f"flows/{name}: its test {path} does not exist"
        for name, path in registered.items()
        if name in built and not (root / path).is_file()
    ]


def paths_in_table(root: Path, text: str, least: int) -> list[str]:
    """The table under "Where is" has at least `least` rows, and every path in backticks in its second column exists."""
    section = re.split(r"^#+ .*where is.*$", text, maxsplit=1, flags=re.M | re.I)
    if len(section) < 2:
        return ["no section 'Where is …?'"]
    table = re.split(r"^#+ ", section[1], maxsplit=1, flags=re.M)[0]
    rows = [line.strip().strip("|").split("|") for line in table.splitlines() if line.strip().startswith("|")][2:]
    found = [f"{len(rows)} rows, {least} are promised"] if len(rows) < least else []
    for row in rows:
        paths = re.findall(r"`([^`]+)`", row[-1])
        if not paths:
            found.append(f"no path: {row[0].strip()}")
        found += missing_paths(root, paths)
    return found


def missing_paths(root: Path, paths: Iterable[str]) -> list[str]:
    """The paths that do not exist, from the root of the repository or from the package."""
    found: list[str] = []
    for path in paths:
        place = path.partition("::")[0].split("#")[0].rstrip("/")
        if not any((base / place).exists() for base in (root, root / "src/preceptor")):
            found.append(f"no such path: {path}")
    return found


def named_paths(text: str) -> list[str]:
    """What stands in backticks and looks like a path."""
    return [
        word
        for word in re.findall(r"`([^`\s]+)`", text)
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?(::\w+)?|\w+\.(py|md|sql|toml)", word)
    ]
