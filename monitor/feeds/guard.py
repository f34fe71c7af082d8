"""What may be fetched: http(s) to public addresses only, checked again at the moment of dialling.

An address counts as public only if every IPv4 address embedded in it is public too (mapped, compatible, NAT64, 6to4,
Teredo, ISATAP): Python's `is_global` says True for 64:ff9b::7f00:1, which reaches 127.0.0.1 through a translator.
Behind an HTTP proxy the proxy dials. Then only the name's present addresses can be checked here; the proxy may resolve
it otherwise, so an operator who needs the guarantee denies private destinations on the proxy as well.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Networks whose last or middle bits carry an IPv4 address: (network, how many bits to shift right, complement?).
_EMBEDDED = (
    (ipaddress.IPv6Network("::/96"), 0, False),  # IPv4-compatible, and :: and ::1 themselves
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0, False),  # IPv4-mapped
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0, False),  # IPv4-translated (SIIT)
    (ipaddress.IPv6Network("64:ff9b::/96"), 0, False),  # NAT64
    (ipaddress.IPv6Network("2002::/16"), 80, False),  # 6to4
    (ipaddress.IPv6Network("2001::/32"), 0, True),  # Teredo: the client's address, inverted
    (ipaddress.IPv6Network("2001::/32"), 64, False),  # Teredo: the server's address
)
# Never public, whatever the running Python's tables say.
_CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "168.63.129.16/32",  # Azure's host agent, a public address that is not
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "64:ff9b:1::/48",  # local NAT64: its form is the operator's own
        "100::/64",
        "fec0::/10",  # site-local, deprecated but routed in places
        "5f00::/16",
    )
)


# Open to no feed, private or not: here live the metadata services of clouds, which hand out credentials.
_FORBIDDEN = tuple(
    ipaddress.ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::254/128")
)


class BlockedAddressError(OSError):
    """A feed led to an address that it may not reach."""


def parse_address(text: str) -> IPAddress | None:
    """The address that `text` writes, with or without brackets or zone, or None for a name."""
    try:
        return ipaddress.ip_address(text.strip("[]").split("%", 1)[0])
    except ValueError:
        return None


def embedded_ipv4(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Each IPv4 address that a translator or tunnel would reach through this IPv6 address."""
    value = int(address)
    found = [
        ipaddress.IPv4Address(((value >> shift) & 0xFFFFFFFF) ^ (0xFFFFFFFF if inverted else 0))
        for network, shift, inverted in _EMBEDDED
        if address in network
    ]
    if (value >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE):  # ISATAP: ...:0:5efe:a.b.c.d
        found.append(ipaddress.IPv4Address(value & 0xFFFFFFFF))
    return found


def is_public(address: IPAddress) -> bool:
    """Whether a stranger's link may lead here: a global unicast address that hides no other kind."""
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = embedded_ipv4(address)
        if address in _EMBEDDED[1][0] or address in _EMBEDDED[2][0] or address in _EMBEDDED[3][0]:
            return all(is_public(v4) for v4 in inner)
        if not all(is_public(v4) for v4 in inner):
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )


def is_private(address: IPAddress) -> bool:
    """Whether a feed with `private: true` may lead here: one machine's or one network's own unicast addresses."""
    inner = embedded_ipv4(address) if isinstance(address, ipaddress.IPv6Address) else []
    for each in (address, *inner):
        if any(each.version == network.version and each in network for network in _FORBIDDEN):
            return False
    return not (address.is_multicast or address.is_unspecified)


def check_address(text: str, host: str, *, private: bool = False) -> None:
    """Raises BlockedAddressError unless a feed may reach `text`, an address that `host` has."""
    address = parse_address(text)
    where = f"{host} is" if host == text else f"{host} leads to {text},"
    if private:
        if address is None or not is_private(address):
            raise BlockedAddressError(f"{where} an address that no feed may reach")
    elif address is None or not is_public(address):
        raise BlockedAddressError(f"{where} not a public address; set `private: true` on the feed if this is meant")


def socket_for(*, private: bool) -> Callable[[Any], socket.socket]:
    """aiohttp's `socket_factory`: a socket for one dial, refused unless the feed may reach its address."""

    def guarded(addr_info: Any) -> socket.socket:
        family, kind, proto, _, sockaddr = addr_info
        check_address(str(sockaddr[0]), str(sockaddr[0]), private=private)
        return socket.socket(family=family, type=kind, proto=proto)

    return guarded


class Resolver(AbstractResolver):
    """Names to addresses, in threads of our own (asyncio's pool has six); only those a feed may reach are kept."""

    def __init__(self, *, private: bool, guarded: bool = True, threads: int = 32) -> None:
        self._private, self._guarded = private, guarded
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """All usable addresses of `host`; OSError if it has none, BlockedAddressError if none is open to the feed."""
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG),
        )
        found: list[ResolveResult] = []
        blocked: BlockedAddressError | None = None
        for info_family, _, proto, _, sockaddr in infos:
            address = str(sockaddr[0])
            if self._guarded:
                try:
                    check_address(address, host, private=self._private)
                except BlockedAddressError as error:
                    blocked = error
                    continue
            found.append(
                ResolveResult(
                    hostname=host,
                    host=address,
                    port=port,
                    family=info_family,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST,
                )
            )
        if not found:
            raise blocked or OSError(f"{host} has no address")
        return found

    async def close(self) -> None:
        """Lets the threads go without waiting for names that still resolve."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def blocked_in(error: BaseException | None) -> BlockedAddressError | None:
    """The BlockedAddressError inside an error of the HTTP client, however deep it wrapped it."""
    queue: list[BaseException | None] = [error]
    visited: set[int] = set()
    while queue:
        current = queue.pop()
        if current is None or id(current) in visited:
            continue
        visited.add(id(current))
        if isinstance(current, BlockedAddressError):
            return current
        queue += [current.__cause__, current.__context__, getattr(current, "os_error", None)]
        queue += list(getattr(current, "exceptions", ()))
    return None
