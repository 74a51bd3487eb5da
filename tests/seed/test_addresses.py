from ipaddress import ip_address

import pytest

from bench.ssrf import ADDRESSES
from seed import addresses
from seed.addresses import AddressError

PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_open_internet_is_public(address: str) -> None:
    assert addresses.is_public(ip_address(address))


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_not_on_the_open_internet_is_not(address: str) -> None:
    assert not addresses.is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://Example.org", "example.org", "/"),
        ("https://example.org:443/a?b=c#d", "example.org", "/a?b=c"),
        ("http://example.org:8080/?q", "example.org:8080", "/?q"),
        ("http://example.org:0/", "example.org:0", "/"),
        ("https://example.org./", "example.org", "/"),
        (" https://example.org/a%20b\n", "example.org", "/a%20b"),
        ("https://bücher.example/é?ü", "xn--bcher-kva.example", "/%C3%A9?%C3%BC"),
        ("http://[2606:4700::1]:81/", "[2606:4700::1]:81", "/"),
        ("http://127。0。0。1/", "127.0.0.1", "/"),
    ],
)
def test_an_address_is_taken_apart_into_what_is_sent(url: str, authority: str, path: str) -> None:
    target = addresses.read(url)
    assert (target.authority, target.path) == (authority, path)
    assert addresses.read(target.url) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "http://",
        "http://[::1",
        "http://[::1%25lo]/",
        "http://[1.2.3.4]/",
        "http://[:1]/",
        "http://é..b/",
        "http://example.org:99999/",
        "http://user:password@example.org/",
        "http://@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exa\tmple.org/",
        "http://example.org/a b",
        "http://exa<mple.org/",
        "http://example.org/" + "a" * 8_000,
    ],
)
def test_what_could_be_read_in_two_ways_is_no_address(url: str) -> None:
    with pytest.raises(AddressError):
        addresses.read(url)


@pytest.mark.parametrize(("port", "may"), [(80, True), (443, True), (8080, True), (25, False)])
def test_the_ports_of_other_services_are_no_web_ports(port: int, may: bool) -> None:
    assert addresses.is_web_port(port) is may
