"""The rules that look at one module: kept by the house, and each able to fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.house.rules import reach, shape
from tests.house.rules.tree import Tree

Rule = Callable[[Tree], list[str]]

RULES: list[Rule] = [
    shape.module_size,
    shape.function_size,
    shape.drawer_names,
    shape.docstrings,
    shape.package_files,
    shape.missing_package_files,
    shape.broad_except,
    shape.unfinished,
    reach.serialisers,
    reach.import_by_string,
    reach.network,
    reach.model_engines,
    reach.drivers,
    reach.unrepeatable,
    reach.pure_modules,
    reach.one_detector,
    reach.hidden_circles,
    reach.logged_contents,
    reach.addresses,
]

HERE = "src/preceptor/evidence/sample.py"
LONG = "def long():\n" + "    x = 1\n" * 60

# (rule, path, text of a file that breaks it)
BROKEN: list[tuple[Rule, str, str]] = [
    (shape.module_size, HERE, "x = 1\n" * 401),
    (shape.function_size, HERE, LONG),
    (shape.function_size, HERE, "class A:\n    async " + LONG.replace("\n", "\n    ")),  # a method
    (shape.drawer_names, "src/preceptor/evidence/utils.py", ""),
    (shape.drawer_names, "src/preceptor/common/words.py", ""),  # a folder
    (shape.drawer_names, "tests/test_helpers.py", ""),  # part of a name
    (shape.docstrings, HERE, "x = 1\n"),
    (shape.docstrings, HERE, ""),  # nothing at all
    (shape.package_files, "src/preceptor/evidence/__init__.py", '"""A room."""\nfrom preceptor.evidence.a import b\n'),
    (shape.missing_package_files, "src/preceptor/evidence", ""),  # the folder is made below
    (shape.broad_except, HERE, "try:\n    f()\nexcept Exception:\n    pass\n"),
    (shape.broad_except, HERE, "try:\n    f()\nexcept:\n    pass\n"),
    (shape.broad_except, HERE, "try:\n    f()\nexcept (OSError, BaseException) as e:\n    pass\n"),
    (shape.broad_except, HERE, "try:\n    f()\nexcept Exception:  # noqa: BLE001\n    pass\n"),  # a code is no reason
    (shape.unfinished, HERE, "x = 1  # TODO later\n"),
    (shape.unfinished, HERE, '"""A module. FIXME."""\n'),
    (shape.unfinished, HERE, "def f():\n    raise NotImplementedError\n"),
    (shape.unfinished, "tests/test_x.py", "import pytest\n@pytest.mark.skip\ndef test_a(): ...\n"),
    (shape.unfinished, "tests/test_x.py", "from pytest import mark\n@mark.xfail(strict=True)\ndef test_a(): ...\n"),
    (shape.unfinished, "tests/test_x.py", "import pytest\nx = pytest.importorskip('x')\n"),
    (reach.serialisers, HERE, "def f():\n    import pickle\n"),  # inside a function
    (reach.serialisers, HERE, "from shelve import open\n"),
    (reach.import_by_string, HERE, "import importlib\nm = importlib.import_module('preceptor.db')\n"),
    (reach.import_by_string, HERE, "from importlib import import_module as load\nm = load('preceptor.db')\n"),
    (reach.import_by_string, HERE, "m = __import__('preceptor.db')\n"),
    (reach.import_by_string, HERE, "eval('1')\n"),
    (reach.model_engines, HERE, "import onnxruntime as ort\n"),
    (reach.model_engines, HERE, "from tokenizers import Tokenizer\n"),
    (reach.network, HERE, "import httpx\n"),
    (reach.network, HERE, "from urllib import request\n"),
    (reach.network, HERE, "import urllib.request as r\n"),
    (reach.network, HERE, "import asyncio\nasyncio.open_connection('a', 1)\n"),
    (reach.drivers, HERE, "import asyncpg\n"),
    (reach.drivers, "src/preceptor/dbx/pool.py", "from psycopg import sql\n"),  # a room of a similar name
    (reach.unrepeatable, HERE, "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n"),
    (reach.unrepeatable, HERE, "import datetime as d\nnow = d.datetime.now()\n"),
    (reach.unrepeatable, HERE, "import time\nf = time.time\n"),  # handed on, not called
    (reach.unrepeatable, HERE, "from uuid import uuid4\n"),
    (reach.unrepeatable, HERE, "import random\n"),
    (reach.unrepeatable, HERE, "import numpy as np\nx = np.random.rand()\n"),
    (reach.pure_modules, "src/preceptor/evidence/bm25.py", "from preceptor.db.pool import Database\n"),
    (reach.pure_modules, "src/preceptor/deid/names.py", "from preceptor import settings\n"),
    (reach.pure_modules, "src/preceptor/evidence/select.py", "async def f(): ...\n"),
    (reach.one_detector, HERE, "from preceptor.deid.detect import detect\n"),
    (reach.one_detector, HERE, "from preceptor.deid.redact import redact\n"),
    (reach.one_detector, HERE, "from preceptor.deid.patterns import find_phones\n"),
    (reach.hidden_circles, HERE, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from preceptor import db\n"),
    (reach.hidden_circles, HERE, "import typing as t\nif t.TYPE_CHECKING:\n    from . import other\n"),
    (reach.logged_contents, HERE, "log.info('asked %s', question)\n"),
    (reach.logged_contents, HERE, "self.logger.warning(f'bad {page.text[:20]}')\n"),
    (reach.logged_contents, HERE, "log.error('x', extra={'q': body})\n"),
    (reach.addresses, HERE, "URL = 'https://api.example.com/v1'\n"),
    (reach.addresses, HERE, "def f(path):\n    return f'see HTTP://example.com/{path}'\n"),
]

# (rule, path, text of a file that looks similar and is right)
SOUND: list[tuple[Rule, str, str]] = [
    (shape.module_size, HERE, "x = 1\n" * 400),
    (shape.function_size, HERE, LONG.removesuffix("    x = 1\n")),
    (shape.drawer_names, "src/preceptor/evidence/database.py", ""),  # `base` is only a part of the word
    (shape.package_files, "src/preceptor/evidence/__init__.py", '"""A room."""\n'),
    (shape.broad_except, HERE, "try:\n    f()\nexcept Exception:  # noqa: BLE001 - the worker must go on\n    pass\n"),
    (shape.unfinished, HERE, "WORDS = ('TODO', 'FIXME')\n"),
    (shape.unfinished, "tests/test_x.py", "def test_a(path):\n    path.skip()\n"),  # another thing's method
    (reach.serialisers, HERE, "from preceptor.evidence import pickled\n"),
    (reach.import_by_string, HERE, "import importlib.resources\nmodel.eval()\n"),
    (reach.network, HERE, "from urllib.parse import urlsplit\nsocket = 1\nprint(socket)\n"),
    (reach.network, "src/preceptor/net.py", "import httpx\n"),
    (reach.model_engines, "src/preceptor/evidence/embedding/model.py", "from tokenizers import Tokenizer\n"),
    (reach.drivers, "src/preceptor/db/pool.py", "import asyncpg\n"),
    (reach.unrepeatable, HERE, "import time\nstart = time.monotonic()\n"),
    (reach.unrepeatable, HERE, "def f(clock, random):\n    return clock.now(), random\n"),
    (reach.unrepeatable, HERE, "import secrets\nsame = secrets.compare_digest(a, b)\n"),
    (reach.pure_modules, "src/preceptor/evidence/bm25.py", "import math\nfrom preceptor.errors import Invalid\n"),
    (reach.pure_modules, "src/preceptor/evidence/library.py", "from preceptor.db import pool\nasync def f(): ...\n"),
    (reach.one_detector, HERE, "from preceptor.deid.mask import mask\nfrom preceptor.deid.detect import Known\n"),
    (reach.hidden_circles, HERE, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\n"),
    (reach.logged_contents, HERE, "log.info('%s %s', error.code, error.text)\nlog.info('read %d', len(pages))\n"),
    (reach.addresses, HERE, '"""See https://www.rfc-editor.org/rfc/rfc6962."""\nX = "ftp"\n'),
    (reach.addresses, HERE, "def f(host):\n    return f'http://{host}/x'\n"),
]


def _name(value: object) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_the_house_keeps_the_rule(rule: Rule, house: Tree) -> None:
    assert rule(house) == []


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN, ids=_name)
def test_the_rule_finds_what_breaks_it(rule: Rule, path: str, text: str, sample: Callable[..., Tree]) -> None:
    name = path if path.endswith(".py") else f"{path}/part.py"
    assert [v for v in rule(sample({name: text})) if v.startswith(path + ":")]


@pytest.mark.parametrize(("rule", "path", "text"), SOUND, ids=_name)
def test_the_rule_passes_what_is_right(rule: Rule, path: str, text: str, sample: Callable[..., Tree]) -> None:
    assert [v for v in rule(sample({path: text})) if v.startswith(path)] == []


def test_every_rule_has_a_sample_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_a_pure_module_is_followed_through_its_imports(sample: Callable[..., Tree]) -> None:
    tree = sample(
        {
            "src/preceptor/evidence/bm25.py": "from preceptor.evidence.words import split\n",
            "src/preceptor/evidence/words.py": "from preceptor.evidence import store\n",
            "src/preceptor/evidence/store.py": "from preceptor.db.pool import Database\n",
        }
    )
    assert "preceptor.evidence.store -> preceptor.db.pool.Database" in reach.pure_modules(tree)[0]


def test_an_exception_that_excuses_nothing_is_found(sample: Callable[..., Tree]) -> None:
    empty = sample({"src/preceptor/vault/seal.py": '"""Seals."""\n'})
    assert "src/preceptor/vault/seal.py: the exception excuses nothing; remove it" in reach.unrepeatable(empty)
