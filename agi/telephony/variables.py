"""Every dialplan variable that the service and the dialplan share, once.

The dialplan (asterisk-conf/extensions.d) uses the same names; a test compares the two.
"""

from __future__ import annotations

from typing import Final

AGI: Final = "CC_AGI"
"""The service's agi:// address."""
TOKEN: Final = "CC_TOKEN"  # noqa: S105  a name, not the token
"""This deployment's token: the first argument of each AGI, and in each UserEvent."""

CALL: Final = "CC_CALL"
"""The call's id: the uniqueid of the A-leg, which is the linkedid of both legs."""
A_CHANNEL: Final = "CC_A"
"""The name of the A-leg's channel."""
CODE: Final = "CC_CODE"
"""The access code that was dialled; empty for an ordinary call."""
TO: Final = "CC_TO"
"""The digits after it; empty as well when what was dialled fits no pattern."""
URI: Final = "CC_URI"
"""The whole of what was dialled, as the phone sent it."""
TRY: Final = "CC_TRY"
"""How often the offer was asked for."""

VERDICT: Final = "CC_VERDICT"
"""The offer's result: `VERDICT_DIAL`, or the disposition that the caller is told. Of a service code
or a menu: `VERDICT_ANSWER` or `VERDICT_CALL`. Set last."""
TARGET: Final = "CC_TARGET"
"""The PJSIP endpoint to ring."""
CALLER_ID: Final = "CC_CALLER_ID"
"""The ten digits that the called party's display shows."""
RING_S: Final = "CC_RING_S"
"""How long to ring, whole seconds."""

ROUTE: Final = "CC_ROUTE"
"""The route that a service code is taken by: `service` or `menu`."""
SAY: Final = "CC_SAY"
"""The recordings of an answer, as Playback takes them, in the language `LANGUAGE`."""
LANGUAGE: Final = "CC_LANGUAGE"
CAUSE: Final = "CC_CAUSE"
"""The Q.850 cause that the leg is released with after the answer."""

ASKED: Final = "CC_ASKED"
"""Shared with the A-leg: the called party answered and was asked."""
CONSENT: Final = "CC_CONSENT"
"""The answer: `CONSENT_YES` or a disposition; absent when the service failed. Set last."""
MAX_S: Final = "CC_MAX_S"
"""The seconds of talk that are paid for, a decimal fraction; the B-leg's limit."""
B_SOURCE: Final = "CC_B_SOURCE"
"""Shared with the A-leg: who hung the B-leg up; empty when Asterisk did."""
B_CAUSE: Final = "CC_B_CAUSE"
"""Shared with the A-leg: the Q.850 cause of the B-leg's end."""

PAYER: Final = "CC_PAYER"
"""The payer's channel, given to the warning that is whispered into it."""
TOLD: Final = "CC_TOLD"
"""`TOLD_YES` when a caller without money has heard what to dial instead."""

RESULT: Final = "CC_RESULT"
"""The disposition that the caller was told, or "answered"."""
ENDED: Final = "CC_ENDED"
"""What ended the conversation, as the dialplan saw it; empty for the calling party."""

VERDICT_DIAL: Final = "dial"
VERDICT_ANSWER: Final = "answer"
VERDICT_CALL: Final = "call"
CONSENT_YES: Final = "yes"
TOLD_YES: Final = "yes"
