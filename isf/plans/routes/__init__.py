"""The pages about support plans."""

from litestar import Router

from isf.plans.routes import items, keys, showing, words

router = Router("/", route_handlers=[*showing.HANDLERS, *words.HANDLERS, *items.HANDLERS, *keys.HANDLERS])
