"""Errors that a person can cause; each text says what is wrong and how to mend it."""


class CollectError(Exception):
    """Base of everything that is reported to a person as one line, without a traceback."""


class BadNumber(CollectError):
    """What was dialled or typed is not a telephone number of the numbering plan."""


class BadAmount(CollectError):
    """Not an amount of money."""


class TariffGap(CollectError):
    """No rule of the tariff covers the situation of the two parties."""
