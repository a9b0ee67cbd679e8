"""Whose word counts about the client's address, the scheme and the host: the headers of trusted proxies, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from wsgiref.types import WSGIEnvironment

from ..errors import ProjectError

Trust: TypeAlias = bool | int | tuple[str, ...]
"""False: nobody. True: everybody. A number: so many proxies, counted from this server. Texts: their addresses or networks."""

NAMED: Final[Mapping[str, Sequence[str]]] = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "linklocal": ("169.254.0.0/16", "fe80::/10"),
    "uniquelocal": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}

IsTrusted: TypeAlias = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What forwarded headers mean for one application (source: Express' "trust proxy", as config.json names it).

    is_trusted: whether the address that is so many steps away from this server may speak for the one before it.
    """

    is_trusted: IsTrusted

    def trusts(self, environ: WSGIEnvironment) -> bool:
        """Whether the headers of who is connected to this server count."""
        return self.is_trusted(environ.get("REMOTE_ADDR", ""), 0)

    def applied(self, environ: WSGIEnvironment) -> WSGIEnvironment:
        """The environ with the client's address, scheme and host as trusted proxies tell them; a copy where they differ."""
        if not self.trusts(environ):
            return environ
        peer = environ.get("REMOTE_ADDR", "")
        told = {"REMOTE_ADDR": self._client(peer, _listed(environ, "HTTP_X_FORWARDED_FOR"))}
        for header, name in (("HTTP_X_FORWARDED_PROTO", "wsgi.url_scheme"), ("HTTP_X_FORWARDED_HOST", "HTTP_HOST")):
            values = _listed(environ, header)
            if values:
                told[name] = values[0]
        return {**environ, **told}

    def _client(self, peer: str, hops: Sequence[str]) -> str:
        """The first address, counted from this server, that no trusted proxy stands behind."""
        address = peer
        for steps, hop in enumerate(reversed(hops), start=1):
            address = hop
            if not self.is_trusted(hop, steps):
                break
        return address


def forwarding(trust: Trust) -> Forwarding | None:
    """What a `trustProxy` setting means; None where nobody is trusted.

    Raises:
        ProjectError: a text is no address and no network.
    """
    if trust is False or trust == 0 or trust == ():
        return None
    if trust is True:
        return Forwarding(lambda address, steps: True)
    if isinstance(trust, int):
        return Forwarding(lambda address, steps: steps < trust)
    networks = [network for text in trust for network in _networks(text)]
    return Forwarding(lambda address, steps: _is_in(address, networks))


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(one, strict=False) for one in NAMED.get(text, (text,))]
    except ValueError as error:
        raise ProjectError(f"{text!r} is no address or network", "server/config.json", "trustProxy") from error


def _is_in(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks if network.version == found.version)


def _listed(environ: WSGIEnvironment, header: str) -> list[str]:
    return [one.strip() for one in environ.get(header, "").split(",") if one.strip()]
