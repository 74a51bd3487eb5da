"""The site: what its operator wants a frontend to show around the articles."""

from flask import Response

from api import context
from api.blueprint import Blueprint
from api.caching import answer, depends_on
from schemas.site import SiteSchema

blp = Blueprint("site", __name__, url_prefix="/v1/site", description=__doc__)


@blp.route("")
@blp.response(200, SiteSchema)
def show_site() -> Response:
    """Show the site's name, its tagline, where to get its app, and who may comment."""
    settings = context.settings()
    site = {
        "name": settings.site_name,
        "tagline": settings.site_tagline,
        "downloads": settings.site_downloads,
        "comments": settings.comments,
    }
    depends_on()  # the settings alone, which last as long as the process
    return answer(SiteSchema().dump(site))
