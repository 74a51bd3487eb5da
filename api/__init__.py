"""HTTP: one module a resource, and one each for what all of them share."""

VERSION = "0.1.0"
"""The version of the program."""

API_VERSION = "1.0.0"
"""The version of the HTTP contract, not of the program."""
