"""Errors as RFC 9457 has them."""

from marshmallow import Schema, fields


class FaultSchema(Schema):
    """One thing that is wrong with a request."""

    in_ = fields.String(
        required=True, data_key="in", metadata={"description": "query, path, header or body."}
    )
    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """An error (RFC 9457), with the request's id and, for bad input, what is wrong where."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "The path asked for."})
    request_id = fields.String(required=True, metadata={"description": "To find it in the log."})
    errors = fields.List(fields.Nested(FaultSchema))
