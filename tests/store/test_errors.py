from store.errors import NotFoundError


def test_what_is_missing_is_told_by_kind_and_key() -> None:
    error = NotFoundError("source", "bbc\n")
    assert (error.kind, error.key) == ("source", "bbc\n")
    assert str(error) == r"there is no source 'bbc\n'"
