"""How an attempt at a collect call ends: a closed list, and what the caller's phone is told."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Disposition(StrEnum):
    """The one outcome of an attempt, as it stands in its CDR."""

    ANSWERED = "answered"
    """Agreed to and bridged."""
    DECLINED = "declined"
    """The called party refused: by key, by hanging up in the prompt, or with 603 while ringing."""
    NO_INPUT = "no_input"
    """The called party answered and pressed nothing."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """No phone of the called party is registered or replies, or it sends the call elsewhere."""
    NO_FUNDS = "no_funds"
    """The called party can't pay for one charging unit."""
    OPTED_OUT = "opted_out"
    BARRED = "barred"
    """The called party bars this caller; told as "declined"."""
    OTHER_CODE = "other_code"
    """The code is one of another operator than the caller's."""
    NOT_ENTITLED = "not_entitled"
    """The caller's contract has no such calls."""
    CALLER_NO_FUNDS = "caller_no_funds"
    """The caller can't pay for one unit of an ordinary call."""
    OTHER_OPERATOR = "other_operator"
    UNKNOWN_NUMBER = "unknown_number"
    BAD_NUMBER = "bad_number"
    OWN_NUMBER = "own_number"
    LIMIT = "limit"
    EMERGENCY = "emergency"
    """A number for help in need, which this service can't reach."""
    ABANDONED = "abandoned"
    """The caller hung up before the conversation."""
    UNAVAILABLE = "unavailable"
    """The service could not go on."""


HANGUP_CAUSES: Mapping[Disposition, int] = MappingProxyType(
    {
        Disposition.DECLINED: 16,
        Disposition.NO_INPUT: 19,
        Disposition.BUSY: 17,
        Disposition.NO_ANSWER: 19,
        Disposition.UNREACHABLE: 20,
        Disposition.NO_FUNDS: 21,
        Disposition.OPTED_OUT: 16,
        Disposition.BARRED: 16,
        Disposition.OTHER_CODE: 21,
        Disposition.NOT_ENTITLED: 21,
        Disposition.CALLER_NO_FUNDS: 21,
        Disposition.OTHER_OPERATOR: 21,
        Disposition.UNKNOWN_NUMBER: 1,
        Disposition.BAD_NUMBER: 28,
        Disposition.OWN_NUMBER: 21,
        Disposition.LIMIT: 21,
        Disposition.EMERGENCY: 21,
        Disposition.UNAVAILABLE: 34,
    }
)
"""The Q.850 cause that the caller's leg is released with after it was told the reason."""

SIP_STATUSES: Mapping[Disposition, int] = MappingProxyType(
    {
        Disposition.ANSWERED: 200,
        Disposition.DECLINED: 603,
        Disposition.NO_INPUT: 480,
        Disposition.BUSY: 486,
        Disposition.NO_ANSWER: 480,
        Disposition.UNREACHABLE: 480,
        Disposition.NO_FUNDS: 403,
        Disposition.OPTED_OUT: 603,
        Disposition.BARRED: 603,
        Disposition.OTHER_CODE: 403,
        Disposition.NOT_ENTITLED: 403,
        Disposition.CALLER_NO_FUNDS: 403,
        Disposition.OTHER_OPERATOR: 403,
        Disposition.UNKNOWN_NUMBER: 404,
        Disposition.BAD_NUMBER: 484,
        Disposition.OWN_NUMBER: 403,
        Disposition.LIMIT: 403,
        Disposition.EMERGENCY: 403,
        Disposition.ABANDONED: 487,
        Disposition.UNAVAILABLE: 503,
    }
)
"""The final SIP status that the caller's phone gets: what Asterisk makes of the cause above."""
