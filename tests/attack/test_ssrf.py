"""Addresses that lead inside: none of the places that take an address calls one, however it is written.

Every setting or argument that takes an address ends in `net.Outbound` (a house rule says that nothing else calls out);
what may be called is decided there, so that the forms of an inside address are tried against it once for each taker.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.doors.test_command_line import here, run  # noqa: F401 - the fixture is used by name
from tests.make_tokens import ec_key, key_set

from preceptor.access.key_sets import KeySets
from preceptor.errors import PreceptorError
from preceptor.llm.compatible import connect_model
from preceptor.llm.model import Prompt
from preceptor.net import Outbound, forbidden
from preceptor.vault.transit import TransitKek

INSIDE = (
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://[fd00:ec2::254]/",
    "https://10.0.0.1/",
    "https://192.168.1.1/",
    "https://172.16.0.1/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://[::]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://metadata.google.internal/",
    "https://localhost.localdomain/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "https://user:pw@169.254.169.254/",
    "https://allowed.example@169.254.169.254/",
    "https://169.254.169.254#@allowed.example/",
    "https://allowed.example\\@169.254.169.254/",
)


def listening() -> socket.socket:
    """A socket of this machine that nobody may connect to."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    return server


async def _nobody_came(server: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        server.accept()


@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.parametrize("listed", [False, True], ids=["off the list", "on the list"])
async def test_no_form_of_an_inside_address_is_called(url: str, listed: bool) -> None:
    """Also when an administrator has put the very name on the allow-list."""
    try:
        host = urlsplit(url).hostname or "x"
    except ValueError:
        host = "x"
    out = Outbound([host] if listed else ["allowed.example"], plain=[host] if listed else [])
    try:
        with pytest.raises(PreceptorError) as caught:
            await out.request("GET", url, deadline=2.0)
        assert caught.value.code in ("address_refused", "unavailable")
    finally:
        await out.close()


async def _free() -> None:
    """The register would let it pass."""


@pytest.mark.parametrize("taker", ["keys of an issuer", "key service", "model on the list"])
async def test_a_listed_name_that_leads_to_this_machine_is_not_called(taker: str) -> None:
    """A name of the outside whose address turns out to be inside (DNS rebinding): the name stands on the allow-list."""
    server = listening()
    port = server.getsockname()[1]
    out = Outbound(["localhost"], plain=["localhost"])  # as from outside: loopback is not admitted
    url = f"http://localhost:{port}"
    with pytest.raises(PreceptorError) as caught:
        if taker == "keys of an issuer":
            await KeySets(out, lambda: 1000.0).keys(url, _free)
        elif taker == "key service":
            await TransitKek(out, url, "preceptor", "token").wrap(b"x" * 32)
        else:
            await out.request("POST", url, content=b"{}")
    assert caught.value.code in ("address_refused", "unavailable")
    await _nobody_came(server)
    server.close()
    await out.close()


async def test_the_model_of_the_settings_calls_listed_hosts_and_this_machine_only() -> None:
    for url in INSIDE:
        model = connect_model(url, "m", None, ("allowed.example",))
        try:
            reply = await model.ask(Prompt("i", "m", {}, tokens=1, seconds=2.0))
        except PreceptorError as error:
            assert error.code in ("address_refused", "unavailable")
        else:
            assert getattr(reply, "why", "") in ("unavailable", "refused")


def test_addresses_that_are_registered_must_be_https(here: tuple[Path, str], tmp_path: Path) -> None:  # noqa: F811
    home, tenant = here
    keys = tmp_path / "jwks.json"
    keys.write_text(key_set(ec_key()))
    for url in (*INSIDE[:2], "http://smart.hospital.example", "javascript:alert(1)", "//x", "file:///etc/passwd"):
        if url.startswith("https://"):
            continue
        words = ("issuer", "add", "evil", url, "--audience", "https://x.example", "--keys", url, "--role", "reader")
        done = run(home, *words, "--tenant", tenant)
        assert done.returncode in (2, 3), (url, done.stdout)
    listed = json.loads(run(home, "issuer", "list", "--json", "--tenant", tenant).stdout)
    assert listed["issuers"] == []


def test_what_counts_as_inside() -> None:
    for address in (
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "fc00::1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
    ):
        assert forbidden(address), address
    for address in ("8.8.8.8", "2606:4700::1111"):
        assert not forbidden(address), address
