"""A picture of an activity, for tests that visit every page."""

import io
from uuid import UUID

from litestar.datastructures import UploadFile
from PIL import Image

from providers.pictures.commands import add_picture
from tests.world import World


async def live_with_pictures(world: World, activity_id: UUID) -> dict[str, object]:
    """One picture of an activity of Pettypool, and a second one."""
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "darkgreen").save(out, "JPEG")
    made = [
        await add_picture(
            world.manager,
            activity_id,
            UploadFile(content_type="image/jpeg", filename="green.jpg", file_data=out.getvalue()),
            alt,
        )
        for alt in ("A green field", "The same field, later")
    ]
    return {"picture_id": made[0], "picture_name": "green.jpg"}
