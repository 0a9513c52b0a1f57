"""The price of a call: told, agreed to and charged; it is looked up here alone, and once."""

from __future__ import annotations

from agi.catalogue import Catalogue
from agi.domain.subscribers import Subscriber
from agi.domain.tariff import Price
from agi.domain.terms import Terms


def price_of(
    catalogue: Catalogue, terms: Terms, caller: Subscriber, called: Subscriber, at_ms: int
) -> Price:
    """What the payer is asked for a unit at `at_ms` (Unix milliseconds).

    A day begins where the payer's operator says it does.

    Raises:
        TariffGap: the two have no price: for ordinary calls the payer's tariff may have none.
    """
    ordinary = terms is Terms.ORDINARY
    payer = caller if ordinary else called
    tariff = catalogue.tariff_for(payer, catalogue.today(payer.operator, at_ms))
    return tariff.rate_ordinary(caller, called) if ordinary else tariff.rate(caller, called)
