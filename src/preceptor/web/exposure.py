"""Where the server may listen: beyond this machine only with a certificate, or behind a proxy that is named."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from preceptor.errors import Invalid
from preceptor.net import serves_tls
from preceptor.settings import Settings


@dataclass(frozen=True)
class Exposure:
    """What protects the connections: our own certificate with its key, or proxies that end TLS before us."""

    certificate: Path | None = None
    key: Path | None = None
    proxies: tuple[str, ...] = ()


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only; a name but `localhost` may be anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked(host: str, certificate: Path | None, key: Path | None, settings: Settings) -> Exposure:
    """What protects connections to `host`. Invalid `invalid_setting` when nothing does, or it cannot be used.

    A proxy network must be narrower than the whole internet: `0.0.0.0/0` would believe everybody's headers.
    """
    if (certificate is None) != (key is None):
        raise Invalid("invalid_setting", "A certificate and its key are given together.")
    for proxy in settings.trusted_proxies:
        try:
            network = ipaddress.ip_network(proxy)
        except ValueError:
            raise Invalid("invalid_setting", "PRECEPTOR_TRUSTED_PROXIES: addresses or networks (CIDR).") from None
        if network.prefixlen < (8 if network.version == 4 else 16):
            raise Invalid("invalid_setting", "PRECEPTOR_TRUSTED_PROXIES: a network is too wide to be trusted.")
    if certificate is not None and key is not None:
        _usable(certificate, key)
    elif not is_loopback(host) and not settings.trusted_proxies:
        said = "Beyond this machine, serve needs --tls-cert and --tls-key, or PRECEPTOR_TRUSTED_PROXIES."
        raise Invalid("invalid_setting", said)
    return Exposure(certificate, key, settings.trusted_proxies)


def _usable(certificate: Path, key: Path) -> None:
    try:
        open_to_others = key.stat().st_mode & 0o077
    except OSError:
        raise Invalid("invalid_setting", "The TLS key cannot be read.") from None
    if open_to_others:
        raise Invalid("invalid_setting", "The TLS key can be read by others; set its mode to 0600.")
    if not serves_tls(certificate, key):
        raise Invalid("invalid_setting", "The TLS certificate or key cannot be used.")
