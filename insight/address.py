"""Web addresses: the many spellings of one. Pure functions.

Spelling as RFC 3986 section 6 has it; the names that trackers put into a query and the places
where AMP and mobile copies stand are conventions of the web, not of a standard.
"""

import re
from posixpath import normpath
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(utm_\w+|at_\w+|pk_\w+|mtm_\w+|ns_\w+|mc_[ce]id|_hs\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid"
    r"|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|epik|_ga|_gl|cmpid|cmp"
    r"|icid|intcid|ncid|ocid|smid|soc_src|soc_trk|spm|wt_mc|xtor|guccounter|guce_referr\w+"
    r"|sharetoken|mkt_tok|vero_id|oly_\w+_id|__twitter_impression|usqp)",
    re.IGNORECASE,
)
_AMP_ARGUMENT = re.compile(r"(amp|amp_js_v|amp_gsa|outputtype=amp|output=amp)(=.*)?", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[a-z]/)?(s/)?(?P<address>[^/]+\..+)$")
_MOBILE = re.compile(r"^(?:www|amp|m|mobile|touch)\.(?=[^.]+\.)|(?<=\.)m\.(?=[^.]+\.[^.]+$)")
_PORTS = {"http": 80, "https": 443}
_UNRESERVED = re.compile(r"%(2[dDeE]|3\d|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")


def tidy(url: str) -> str:
    """Give an address as it is worth keeping: it leads where it led, without who sent the reader.

    An address that cannot be read comes back as it was.
    """
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    netloc = host if port in {None, _PORTS[parts.scheme]} else f"{host}:{port}"
    kept = [part for part in parts.query.split("&") if part and not _tracks(part)]
    # Some sites still show their pages behind a #!; any other fragment is a place on the page.
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((parts.scheme, netloc, _path(parts.path), "&".join(kept), fragment))


def canonical(url: str) -> str:
    """Give the one spelling that an article's addresses share; it need not lead anywhere.

    The copies for AMP and for telephones, with and without `www.`, encrypted or not, are one.
    """
    try:
        address = urlsplit(_out_of_cache(tidy(url)))
    except ValueError:
        return url
    if address.scheme not in _PORTS:
        return url
    host = _MOBILE.sub("", address.netloc)
    path = re.sub(r"\.amp(?=$|\.html?$)|/amp(?:\.html?)?/?$|(?<=^)/amp(?=/.)", "", address.path)
    query = "&".join(part for part in address.query.split("&") if not _AMP_ARGUMENT.fullmatch(part))
    return urlunsplit(("https", host, path or "/", query, address.fragment))


def better(one: str, other: str) -> str:
    """Choose between two spellings of one address: the page itself before its twins."""
    return min(one, other, key=_plainness)


def _plainness(url: str) -> tuple[bool, bool]:
    twin = canonical(url).removeprefix("https:") != url.replace("//www.", "//").partition(":")[2]
    return twin, not url.startswith("https:")


def _out_of_cache(url: str) -> str:
    """Give the address that a cache of AMP pages has the page from."""
    parts = urlsplit(url)
    path = parts.path
    if parts.netloc.startswith("www.google.") and path.startswith("/amp/"):
        path = path.removeprefix("/amp")
    elif not parts.netloc.endswith(".cdn.ampproject.org"):
        return url
    found = _AMP_CACHE.match(path)
    return tidy(f"https://{found['address']}?{parts.query}") if found else url


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return host if host.isascii() else host.encode("idna").decode()


def _path(path: str) -> str:
    """Give a path without dots, its escapes spelt in one way."""
    path = quote(path, safe="/%:@!$&'()*+,;=~-._")
    path = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path)
    path = re.sub("%[0-9a-f]{2}", lambda found: found[0].upper(), path, flags=re.IGNORECASE)
    if not re.search(r"/\.{1,2}(?:/|$)", path):
        return path or "/"
    ends = "/" if path.endswith(("/", "/.", "/..")) else ""
    return re.sub("^/+", "/", normpath(path)).removesuffix("/") + (ends or "")


def _tracks(argument: str) -> bool:
    return bool(_TRACKING.fullmatch(argument.partition("=")[0]))
