"""Nothing is served in the clear beyond this machine, and no unproven server is called."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.make import Tenant

from preceptor.cli.serve import serve
from preceptor.errors import Invalid, Unavailable
from preceptor.net import Outbound
from preceptor.settings import Settings
from preceptor.web.exposure import Exposure, checked
from preceptor.wiring import Services


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that nobody vouches for, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .sign(key, SHA256())
    )
    chain, private = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    private.touch(0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private


def settings(tmp_path: Path, *proxies: str) -> Settings:
    return Settings(home=tmp_path, trusted_proxies=proxies)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "192.168.1.4", "server.hospital.example", ""])
def test_beyond_loopback_nothing_is_served_in_the_clear(host: str, tmp_path: Path, pair: tuple[Path, Path]) -> None:
    with pytest.raises(Invalid):
        checked(host, None, None, settings(tmp_path))
    assert checked(host, *pair, settings(tmp_path)) == Exposure(*pair)
    assert checked(host, None, None, settings(tmp_path, "10.1.2.0/24")).proxies == ("10.1.2.0/24",)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_none(host: str, tmp_path: Path) -> None:
    assert checked(host, None, None, settings(tmp_path)) == Exposure()


@pytest.mark.parametrize("proxy", ["0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/4", "*", "10.0.0.1/8"])
def test_a_proxy_that_could_be_anybody_is_refused(proxy: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        checked("0.0.0.0", None, None, settings(tmp_path, proxy))


def test_a_pair_that_cannot_be_used_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    chain, key = pair
    wrong = [(chain, None), (None, key), (key, chain), (tmp_path / "gone.pem", key)]
    for one in wrong:
        with pytest.raises(Invalid):
            checked("0.0.0.0", *one, settings(tmp_path))
    key.chmod(0o644)
    with pytest.raises(Invalid, match="others"):
        checked("0.0.0.0", *pair, settings(tmp_path))


async def test_a_server_with_a_certificate_speaks_tls_only(
    services: Services, tenant: Tenant, pair: tuple[Path, Path]
) -> None:
    base: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(
            services, "127.0.0.1", 0, tenant=tenant.id, ready=base.set_result, stop=stop, embed=False,
            exposure=Exposure(*pair),
        )
    )  # fmt: skip
    address = await asyncio.wait_for(base, 20)
    try:
        assert address.startswith("https://127.0.0.1:")
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(pair[0]))) as client:
            response = await client.get(f"{address}/healthz")
            assert response.status_code == 200 and "Strict-Transport-Security" in response.headers
            with pytest.raises(httpx.HTTPError):
                await client.get(address.replace("https:", "http:") + "/healthz")
        # The one way out does not believe a certificate that nobody vouches for.
        out = Outbound(["localhost", "127.0.0.1"], loopback=True)
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(Unavailable):
                await out.request("GET", address.replace("127.0.0.1", host) + "/healthz")
        await out.close()
    finally:
        stop.set()
        await task


async def test_behind_a_proxy_nothing_comes_past_it_in_the_clear(services: Services, tenant: Tenant) -> None:
    for proxy, forwarded, expected in (
        ("127.0.0.1/32", "https", 200),
        ("127.0.0.1/32", "http", 403),
        ("127.0.0.1/32", None, 403),
        ("10.9.8.0/24", "https", 403),  # the header comes from somebody else
    ):
        base: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        arguments = {"tenant": tenant.id, "ready": base.set_result, "stop": stop, "embed": False}
        task = asyncio.create_task(
            serve(services, "127.0.0.1", 0, exposure=Exposure(proxies=(proxy,)), **arguments)  # type: ignore[arg-type]
        )
        address = await asyncio.wait_for(base, 20)
        try:
            async with httpx.AsyncClient(headers={"x-forwarded-proto": forwarded} if forwarded else {}) as client:
                assert (await client.get(f"{address}/healthz")).status_code == expected, (proxy, forwarded)
        finally:
            stop.set()
            await task


async def test_forwarded_headers_of_anybody_are_not_believed(services: Services, tenant: Tenant) -> None:
    """A form that claims to come from https by a header is cross-origin: without a declared proxy none is believed."""
    base: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(
        serve(services, "127.0.0.1", 0, tenant=tenant.id, ready=base.set_result, stop=stop, embed=False)
    )
    address = await asyncio.wait_for(base, 20)
    try:
        async with httpx.AsyncClient(headers={"x-forwarded-proto": "https"}) as client:
            said = (await client.get(f"{address}/.well-known/smart-configuration")).json()
        assert said["token_endpoint"] == f"{address}/oauth/token"
    finally:
        stop.set()
        await task
