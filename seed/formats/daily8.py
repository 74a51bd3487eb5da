"""Daily8 article pages saved as text."""

from seed import drafts, page
from seed.formats import said
from seed.found import FormatError, Found, Item, Origin


def recognises(data: bytes) -> bool:
    """Take any text that is not meant for a program; reading tells the rest."""
    return said.as_json(data) is None and not said.root_of(data)


def read(data: bytes, origin: Origin) -> Found:
    """Give the main article first, and those that it names as related."""
    try:
        found = page.read(data)
    except page.PageError as error:
        raise FormatError(str(error)) from error
    entries = [*([found.main] if found.main else []), *found.related]
    items = [
        Item(drafts.from_entry(entry, found.language, origin.captured_at), entry.flags)
        for entry in entries
    ]
    if found.main:
        items[0].related = tuple(range(1, len(items)))
    return Found(found.shape, items, truncated=found.truncated)
