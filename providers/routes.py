"""The pages of sellers, and of councils about sellers."""

from litestar import Router

from providers import evidence
from providers.accreditation import routes as accreditation
from providers.commissions import routes as commissions
from providers.offers import routes as offers
from providers.organisations import routes as organisations
from providers.ownership import routes as ownership
from providers.people import routes as people
from providers.pictures import routes as pictures
from providers.timetables import routes as timetables
from providers.timetables.terms import routes as terms
from providers.vat import routes as vat
from providers.venues import routes as venues

router = Router(
    "/",
    route_handlers=[
        *organisations.HANDLERS,
        *offers.HANDLERS,
        *pictures.HANDLERS,
        *timetables.HANDLERS,
        *terms.HANDLERS,
        *venues.HANDLERS,
        *ownership.HANDLERS,
        *commissions.HANDLERS,
        *accreditation.HANDLERS,
        *evidence.HANDLERS,
        *people.HANDLERS,
        *vat.HANDLERS,
    ],
    include_in_schema=False,
)
