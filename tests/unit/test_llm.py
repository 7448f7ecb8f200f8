"""A model's answer crosses a real socket: what is usable comes through, everything else is a named failure."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from preceptor.errors import PreceptorError, Unavailable
from preceptor.llm.compatible import connect_model
from preceptor.llm.model import NotTold, Prompt, Reply, Unusable
from preceptor.llm.scripted import ScriptedModel

PROMPT = Prompt("Pick lines.", "[1] first\n[2] second", {"type": "object"}, tokens=64, seconds=2.0)


class Endpoint:
    """A chat-completions endpoint on loopback that says what it is told and keeps what it was sent."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.pause = 200, b"", {}, 0.0
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, sent))
                time.sleep(outer.pause)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def says(self, content: Any, **choice: Any) -> None:
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        self.body = json.dumps({"choices": [{"message": {"content": content}, **choice}], "usage": usage}).encode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_a_json_reply_comes_through_with_its_cost(endpoint: Endpoint) -> None:
    endpoint.says('{"lines": [2]}')
    model = connect_model(endpoint.url, "small", "secret-key", ())
    assert await model.ask(PROMPT) == Reply({"lines": [2]}, 7, 3)
    path, headers, sent = endpoint.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer secret-key"
    assert sent["messages"][0] == {"role": "system", "content": "Pick lines."}
    assert sent["messages"][1]["content"] == PROMPT.material
    assert (sent["temperature"], sent["max_tokens"]) == (0, 64)
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert model.name == "127.0.0.1/small"


def _raw(body: bytes, status: int = 200) -> Callable[[Endpoint], None]:
    def tell(endpoint: Endpoint) -> None:
        endpoint.body, endpoint.status = body, status

    return tell


BAD: list[tuple[str, Callable[[Endpoint], None], str]] = [
    ("prose", lambda e: e.says("The answer is line 2."), "not_json"),
    ("json with prose around it", lambda e: e.says('Sure! {"lines": [2]}'), "not_json"),
    ("NaN", lambda e: e.says('{"lines": [NaN]}'), "not_json"),
    ("cut off", lambda e: e.says('{"lines": [2]}', finish_reason="length"), "truncated"),
    ("content is no text", lambda e: e.says([{"type": "text"}]), "not_json"),
    ("nested without end", lambda e: e.says("[" * 30_000), "not_json"),
    ("much too long", lambda e: e.says('"' + "x" * 70_000 + '"'), "too_long"),
    ("larger than the cap", _raw(b"x" * 600_000), "too_long"),
    ("no choices", _raw(b'{"choices": []}'), "not_json"),
    ("a list", _raw(b"[]"), "not_json"),
    ("bytes", _raw(b"\xff\xfe\x00"), "not_json"),
    ("busy", _raw(b"{}", 429), "refused"),
    ("down", _raw(b"{}", 500), "unavailable"),
    ("sent elsewhere", _raw(b"", 302), "unavailable"),
]


@pytest.mark.parametrize(("tell", "why"), [(t, w) for _, t, w in BAD], ids=[n for n, _, _ in BAD])
async def test_anything_else_is_a_named_failure(endpoint: Endpoint, tell: Callable[[Endpoint], None], why: str) -> None:
    endpoint.headers = {"location": "http://192.0.2.1/"}
    tell(endpoint)
    assert await connect_model(endpoint.url, "small", None, ()).ask(PROMPT) == Unusable(why)  # type: ignore[arg-type]
    assert len(endpoint.seen) == 1  # no retry


async def test_a_model_that_does_not_answer_in_time_is_given_up(endpoint: Endpoint) -> None:
    endpoint.pause = 3.0
    endpoint.says("{}")
    began = time.monotonic()
    prompt = Prompt("", "", {}, seconds=0.3)
    assert await connect_model(endpoint.url, "small", None, ()).ask(prompt) == Unusable("unavailable")
    assert time.monotonic() - began < 2.0


async def test_nobody_listens() -> None:
    assert await connect_model("http://127.0.0.1:9/v1", "small", None, ()).ask(PROMPT) == Unusable("unavailable")


@pytest.mark.parametrize("url", ["https://models.example/v1", "http://192.0.2.1/v1", "http://10.0.0.1/v1"])
async def test_a_host_that_is_not_on_the_list_is_never_called(url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        await connect_model(url, "small", None, ()).ask(PROMPT)
    assert caught.value.code == "address_refused"


async def test_the_scripted_model_says_only_what_it_was_told_and_is_marked() -> None:
    model = ScriptedModel(['{"lines": [1]}', Unusable("timeout"), lambda p: json.dumps(p.material)], name="obedient")
    assert model.name == "scripted/obedient"
    assert (await model.ask(PROMPT)) == Reply({"lines": [1]}, 5, 3)
    assert (await model.ask(PROMPT)) == Unusable("timeout")
    reply = await model.ask(PROMPT)
    assert isinstance(reply, Reply) and reply.value == PROMPT.material
    with pytest.raises(NotTold):
        await model.ask(PROMPT)
    assert issubclass(NotTold, PreceptorError)


def test_the_digest_covers_all_that_is_sent() -> None:
    other = [
        Prompt("x", PROMPT.material, PROMPT.schema, tokens=64),
        Prompt(PROMPT.instructions, "x", PROMPT.schema, tokens=64),
        Prompt(PROMPT.instructions, PROMPT.material, {}, tokens=64),
        Prompt(PROMPT.instructions, PROMPT.material, PROMPT.schema, tokens=65),
    ]
    assert len({PROMPT.digest(), *(p.digest() for p in other)}) == 5
