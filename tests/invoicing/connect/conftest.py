"""The table of card payments, for tests of sellers' accounts."""

from tests.invoicing.cards.conftest import card_receiver, card_server, table

__all__ = ["card_receiver", "card_server", "table"]
