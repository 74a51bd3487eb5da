"""Which addresses may be fetched from. Pure functions.

What counts is the address that a name leads to, never how it is written: 2130706433, 0x7f.1 and
a name of one's own are all 127.0.0.1 once they are looked up.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

_PORTS = {"http": 80, "https": 443}
_SYSTEM_PORTS = 1024
"""Below, every other port belongs to a service that speaks no HTTP (RFC 6335, section 6)."""
_MAX_URL = 8_000
_UNWRITABLE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u2028\u2029]")
"""Blanks, controls and backslashes, which every reader of addresses takes for something else."""
_HOST = re.compile(r"[a-z0-9._:-]+")
AS_IT_IS = "%/:=&?~#+!$,;'@()*[]"
"""What stands in an address as it is (RFC 3986, section 2)."""

_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
_ISATAP = re.compile(r"0[02]005efe")  # RFC 5214: what stands before an IPv4 address
_NOT_PUBLIC_4 = [
    IPv4Network("192.0.0.0/24"),  # protocol assignments (RFC 6890)
    IPv4Network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # what runs the machine, in one large cloud
]
_NOT_PUBLIC_6 = [
    IPv6Network("2001::/23"),  # protocol assignments, and Teredo among them (RFC 4380)
    IPv6Network("2001:db8::/32"),  # documentation (RFC 3849)
    IPv6Network("2002::/16"),  # 6to4 (RFC 3056)
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
]


class AddressError(ValueError):
    """An address that nothing is fetched from; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an http(s) address that a request is made of."""

    scheme: str
    host: str
    """In ASCII; of an IPv6 address what stands between the brackets."""
    port: int
    path: str
    """With the query, as it is sent."""

    @property
    def authority(self) -> str:
        """Give the host as a request names it (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Give the whole address, without the fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


def read(url: str) -> Target:
    """Take an address apart; raise AddressError for one that can be read in two ways."""
    url = url.strip(" \t\r\n")
    if len(url) > _MAX_URL:
        raise AddressError(f"is longer than {_MAX_URL} characters")
    if _UNWRITABLE.search(url):
        raise AddressError("is no address: it has blanks, controls or backslashes in it")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise AddressError(f"is no address: {error}") from error
    if parts.scheme not in _PORTS or not host:
        raise AddressError("is no http or https address")
    if "@" in parts.netloc:
        raise AddressError("must not carry a user name")
    path = quote(parts.path or "/", safe=AS_IT_IS)
    query = f"?{quote(parts.query, safe=AS_IT_IS)}" if parts.query else ""
    return Target(
        parts.scheme,
        _plain(host),
        _PORTS[parts.scheme] if port is None else port,
        path + query,
    )


def is_web_port(port: int) -> bool:
    """Tell whether a port may be a web server's: 80, 443, or one that is nobody's by right."""
    return port >= _SYSTEM_PORTS or port in _PORTS.values()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one on the open internet, also where it hides another in it.

    Where NAT64 stands between Byline and IPv4, a public address comes as `64:ff9b::` and itself
    (RFC 6052); every other way to write IPv4 in IPv6 is refused.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        interface = address.exploded.replace(":", "")[16:]
        if address not in _UNICAST or _ISATAP.match(interface):
            return False
        if any(address in network for network in _NOT_PUBLIC_6):
            return False
    elif any(address in network for network in _NOT_PUBLIC_4):
        return False
    return address.is_global and not address.is_multicast


def _plain(host: str) -> str:
    """Give a host as it is looked up: in ASCII (RFC 3490), without the dot of the root."""
    try:
        plain = host.encode("idna").decode().lower() if not host.isascii() else host
    except UnicodeError as error:
        raise AddressError(f"is no address: {host!r} is no name of a host") from error
    plain = plain.removesuffix(".")
    if not _HOST.fullmatch(plain):
        raise AddressError(f"is no address: {host!r} is no name of a host")
    if ":" in plain:
        try:
            ip_address(plain)
        except ValueError as error:
            raise AddressError(f"is no address: {error}") from error
    return plain
