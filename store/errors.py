"""What can go wrong in the store, in words that mean something without a database at hand."""


class NotFoundError(LookupError):
    """There is no such thing: `kind` ("article", "source") and the `key` asked for."""

    def __init__(self, kind: str, key: str) -> None:
        """Say what was looked for, and under which id or slug."""
        super().__init__(f"there is no {kind} {key!r}")
        self.kind = kind
        self.key = key


class GoneError(NotFoundError):
    """There was such a thing, and it was deleted for good."""


class ConflictError(Exception):
    """Somebody else changed or made the same document first; read it again and decide anew."""


class TakenError(Exception):
    """Another document has a name that this one was to have."""


class UnavailableError(Exception):
    """MongoDB did not answer in time, or not as asked; a write may have been stored even so."""
