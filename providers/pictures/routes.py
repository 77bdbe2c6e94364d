"""Pictures: given to everybody while their activity is published, and the page on which a provider keeps them."""

import re
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import File

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.kernel.files import BODY_MOST
from marketplace.kernel.forms import Form
from providers.offers.queries import Activity, own_activity
from providers.pictures.commands import (
    add_picture,
    copy_of,
    describe_picture,
    place_picture,
    remove_picture,
)
from providers.pictures.queries import picture_to_show, pictures_of
from providers.pictures.rules import MOST_PICTURES

MANAGE = {"permission": Permission.OFFER_MANAGE}
HERE = "/provider/activities/{activity_id:uuid}/pictures"
_NAME = re.compile(r"(?P<hash>[0-9a-f]{16})-(?P<width>\d{2,4})\.jpg")


@get("/pictures/{picture_id:uuid}/{picture_name:str}", opt={"permission": Permission.PUBLIC})
async def show_picture(visitor: Actor | None, picture_id: UUID, picture_name: str) -> Response[Any]:
    """One copy of a picture. Its address names its content, so a browser may keep it for a year."""
    picture, public = await picture_to_show(visitor, picture_id)
    asked = _NAME.fullmatch(picture_name)
    if (
        asked is None
        or not picture.sha256.startswith(asked["hash"])
        or int(asked["width"]) not in picture.widths
    ):
        raise NotFound
    path = copy_of(picture_id, int(asked["width"]))
    if not path.is_file():
        raise NotFound
    return File(
        path,
        media_type="image/jpeg",
        content_disposition_type="inline",
        filename=picture_name,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "public, max-age=31536000, immutable" if public else "private, no-store",
        },
    )


@get(HERE, opt=MANAGE)
async def show_pictures(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The pictures of an activity, and the form of another one."""
    return await _page(request, await own_activity(actor, activity_id), Form({}))


@post(HERE, opt=MANAGE, status_code=200, request_max_body_size=BODY_MOST)
async def do_add(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Add a picture."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    try:
        await add_picture(actor, activity_id, form.files.get("picture"), form.text("alt"))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _page(request, shown, form, refusal)
    return await _kept(request, activity_id, "The picture is added.")


@post(HERE + "/{picture_id:uuid}", opt=MANAGE, status_code=200)
async def do_change(request: AnyRequest, actor: Actor, activity_id: UUID, picture_id: UUID) -> Response[Any]:
    """Describe a picture, move it forward, make it the main one, or remove it: by the button that was pressed."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    try:
        match form.one_of("do", ("describe", "main", "earlier", "remove"), required="Choose what to change"):
            case "main":
                await place_picture(actor, activity_id, picture_id, 1)
            case "earlier":
                here = {picture.id: picture.position for picture in await pictures_of(activity_id)}
                await place_picture(actor, activity_id, picture_id, here.get(picture_id, 1) - 1)
            case "remove":
                await remove_picture(actor, activity_id, picture_id)
            case _:
                form.check()
                await describe_picture(actor, activity_id, picture_id, form.text("alt"))
    except (Invalid, Conflict) as refusal:
        words = next(iter(refusal.fields.values())) if isinstance(refusal, Invalid) else refusal.message
        failed = Form({})
        failed.fail(f"alt-{picture_id}", words)
        return await _page(request, shown, failed, refusal)
    return await _kept(request, activity_id, "The pictures are kept.")


async def _kept(request: AnyRequest, activity_id: UUID, words: str) -> Response[Any]:
    return await done(request, f"/provider/activities/{activity_id}/pictures", words)


async def _page(
    request: AnyRequest, shown: Activity, form: Form, refusal: DomainError | None = None
) -> Response[Any]:
    return await page(
        request,
        "providers/pictures.html",
        status=refusal.status if refusal else 200,
        activity=shown,
        pictures=await pictures_of(shown.id),
        most=MOST_PICTURES,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_picture, show_pictures, do_add, do_change]
