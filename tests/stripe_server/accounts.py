"""Opening accounts, the page on which their owners tell about themselves, and what becomes of it."""

from tests.stripe_server import connect_objects
from tests.stripe_server.errors import Refused, missing
from tests.stripe_server.state import Account, Link, Obj, World, new_id


def profile(world: World, account_id: str) -> Obj:
    """What an account may do. Raises Refused when it has taken this platform's access back."""
    if account_id.startswith("acct_revoked"):
        raise Refused("This key has no access to that account.", status=403, code="account_invalid")
    if not account_id.startswith("acct_"):
        raise missing("account", account_id)
    account = world.account(account_id)
    if account.profile is None:
        account.profile = connect_objects.account(account_id)
    return account.profile


def create_account(world: World, params: Obj) -> Obj:
    """Open an account of which nothing is known yet."""
    controller = params.get("controller")
    if controller is None and "type" not in params:
        raise Refused("Say who controls the account.", code="parameter_missing", param="controller")
    made = connect_objects.new_account(params, created=world.clock.now())
    world.account(made["id"]).profile = made
    return made


def create_link(world: World, params: Obj) -> Obj:
    """A way to the account's page, good for one visit."""
    if params["type"] != "account_onboarding":
        raise Refused("This platform collects nothing itself.", param="type")
    for name in ("return_url", "refresh_url"):
        if not params.get(name):
            raise Refused(f"Missing parameter: {name}", code="parameter_missing", param=name)
    profile(world, params["account"])
    token = new_id("", 16)
    world.links[token] = Link(params["account"], params["return_url"], params["refresh_url"])
    return connect_objects.account_link(f"{world.public_url}/c/onboard/{token}", created=world.clock.now())


def tell_everything(world: World, account_id: str) -> None:
    """The owner told all that was asked, and Stripe believes it: cards are taken from now on."""
    change(
        world,
        account_id,
        charges_enabled=True,
        payouts_enabled=True,
        details_submitted=True,
        capabilities={"card_payments": "active", "transfers": "active"},
        requirements=connect_objects.requirements([]),
    )


def change(world: World, account_id: str, **changes: object) -> Obj:
    """Something about an account is different now."""
    about = profile(world, account_id)
    about.update(changes)
    world.emit(world.account(account_id), "account.updated", about, None)
    return about


def take_access_back(world: World, account_id: str) -> None:
    """The owner does not want to work with this platform any more."""
    account: Account = world.account(account_id)
    about = {"id": "ca_test", "object": "application", "name": "Fairday"}
    world.emit(account, "account.application.deauthorized", about, None)
