"""Related links as a client of the API sets them."""

from marshmallow import RAISE, Schema
from marshmallow.validate import Range

from schemas.fields import WholeNumber

LAST_POSITION = 1_000


class LinkInputSchema(Schema):
    """What an editor says of a link, if anything."""

    class Meta:
        """Take nothing else."""

        unknown = RAISE

    may_be_absent = True
    """A request without a body says nothing of it (see `api.blueprint.StrictParser`)."""

    position = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=Range(1, LAST_POSITION),
        metadata={
            "description": "Its place among those that editors set, from 1. If not said it keeps "
            "the place that it has, or goes behind the others."
        },
    )
