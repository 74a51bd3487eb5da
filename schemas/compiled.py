"""Output functions: they write what a schema's `dump` writes, at a fraction of its cost.

`dump` asks every field anew, for every document, what it is and where its value lies. Here that
is asked once for a schema, which stays the only description of the shape.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from marshmallow import Schema, fields, missing

from schemas.fields import UtcTime, format_time

Output = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Writes one document."""
Convert = Callable[[Any], Any]
Step = tuple[str, str | None, Convert]
"""The key to write, the key to read (none: convert the whole document), and the conversion."""


def compile_output(schema: Schema) -> Output:
    """Give a function that writes one document just as the schema's `dump` does.

    The document is a dict, and a value in it is None or of its field's type: as MongoDB gives
    them back. What the schema or a field does in a way of its own is left to it. A schema must
    not contain itself.
    """
    own_access = type(schema).get_attribute is not Schema.get_attribute
    # Nothing but this private name tells whether a schema has hooks.
    if own_access or any(schema._hooks.values()):  # noqa: SLF001
        return partial(schema.dump, many=False)
    steps = [_step(name, field) for name, field in schema.dump_fields.items()]

    def write(document: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for key, attribute, convert in steps:
            if attribute is None:
                value = convert(document)
                if value is not missing:
                    written[key] = value
            elif attribute in document:
                value = document[attribute]
                written[key] = value if value is None or convert is _as_is else convert(value)
        return written

    return write


def _step(name: str, field: fields.Field[Any]) -> Step:
    key = name if field.data_key is None else field.data_key
    attribute = name if field.attribute is None else field.attribute
    if type(field) is fields.Function and field.serialize_func is not None:
        return key, None, field.serialize_func
    convert = _conversion(field)
    if convert is None or "." in attribute or field.dump_default is not missing:
        return key, None, partial(field.serialize, name)
    return key, attribute, convert


def _conversion(field: fields.Field[Any]) -> Convert | None:
    """Give what turns a value that is not None into what is written; None for unknown fields."""
    convert: Convert | None = None
    if type(field) in _CONVERSIONS and not getattr(field, "as_string", False):
        convert = _CONVERSIONS[type(field)]
    elif type(field) is fields.Nested:
        convert = compile_output(field.schema)
        if field.many or field.schema.many:
            convert = _each(convert)
    elif type(field) is fields.List:
        convert = _conversion(field.inner)
        if convert not in {None, _as_is}:
            convert = _each(convert)
    return convert


def _each(convert: Convert) -> Convert:
    return lambda values: [None if value is None else convert(value) for value in values]


def _as_is(value: Any) -> Any:
    return value


_CONVERSIONS: dict[type, Convert] = {
    fields.String: _as_is,
    fields.Integer: _as_is,
    fields.Boolean: _as_is,
    fields.Raw: _as_is,
    fields.Float: float,
    UtcTime: format_time,
}
