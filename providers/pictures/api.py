"""Pictures for programs: the same commands and queries as the page."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.files import BODY_MOST
from providers.offers.queries import activity, own_activity
from providers.pictures.commands import add_picture, describe_picture, place_picture, remove_picture
from providers.pictures.queries import pictures_of
from providers.pictures.rules import Picture

MANAGE = {"permission": Permission.OFFER_MANAGE}
HERE = "/activities/{activity_id:uuid}/pictures"
TAGS = ["Offers"]


class PictureOut(Struct):
    """A picture of an activity; `urls` by width in dots, `position` 1 is the main one."""

    id: UUID
    position: int
    alt: str
    width: int
    height: int
    urls: dict[int, str]

    @classmethod
    def of(cls, picture: Picture) -> "PictureOut":
        """A picture as it was read."""
        urls = {width: picture.src(width) for width in picture.widths}
        return cls(picture.id, picture.position, picture.alt, picture.width, picture.height, urls)


class PictureChange(Struct, forbid_unknown_fields=True):
    """New words for those who cannot see it, or another place in the order."""

    alt: str | None = None
    position: int | None = None


async def _all(activity_id: UUID) -> list[PictureOut]:
    return [PictureOut.of(picture) for picture in await pictures_of(activity_id)]


@get(HERE, opt={"permission": Permission.PUBLIC}, tags=["Directory"])
async def get_pictures(activity_id: UUID, visitor: Actor | None) -> list[PictureOut]:
    """The pictures of a published activity (or a draft of the token's own provider), the main one first."""
    await activity(visitor, activity_id)
    return await _all(activity_id)


@post(HERE, opt=MANAGE, status_code=201, tags=TAGS, request_max_body_size=BODY_MOST)
async def post_picture(
    actor: Actor,
    activity_id: UUID,
    data: Annotated[dict[str, UploadFile | str], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> list[PictureOut]:
    """Add a JPEG, PNG or WebP of at most 10 MB as `picture`, with the words for those who cannot see it as `alt`."""
    await own_activity(actor, activity_id)
    upload, alt = data.get("picture"), data.get("alt")
    await add_picture(
        actor,
        activity_id,
        upload if isinstance(upload, UploadFile) else None,
        alt if isinstance(alt, str) else "",
    )
    return await _all(activity_id)


@put(HERE + "/{picture_id:uuid}", opt=MANAGE, tags=TAGS)
async def put_picture(
    actor: Actor, activity_id: UUID, picture_id: UUID, data: PictureChange
) -> list[PictureOut]:
    """Describe a picture, or move it; position 1 makes it the main one."""
    await own_activity(actor, activity_id)
    if data.alt is not None:
        await describe_picture(actor, activity_id, picture_id, data.alt)
    if data.position is not None:
        await place_picture(actor, activity_id, picture_id, data.position)
    return await _all(activity_id)


@delete(HERE + "/{picture_id:uuid}", opt=MANAGE, status_code=200, tags=TAGS)
async def delete_picture(actor: Actor, activity_id: UUID, picture_id: UUID) -> list[PictureOut]:
    """Take a picture away for good."""
    await own_activity(actor, activity_id)
    await remove_picture(actor, activity_id, picture_id)
    return await _all(activity_id)


HANDLERS = [get_pictures, post_picture, put_picture, delete_picture]
