"""The pages about a person's care, and the files kept about them."""

from litestar import Router

from isf.care import files

router = Router("/", route_handlers=[files.show_file], include_in_schema=False)
