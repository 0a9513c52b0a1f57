"""Every dialplan variable that the service and the dialplan share, once.

The dialplan (asterisk-conf/extensions.d) uses the same names; a test compares the two.
"""

from __future__ import annotations

from typing import Final

CALL: Final = "CC_CALL"
"""The call's id: the uniqueid of the A-leg, which is the linkedid of both legs."""
A_CHANNEL: Final = "CC_A"
"""The name of the A-leg's channel."""
CODE: Final = "CC_CODE"
"""The access code that was dialled, e.g. 0880."""

VERDICT: Final = "CC_VERDICT"
"""The offer's result: `VERDICT_DIAL`, or the disposition that the caller is told. Set last."""
TARGET: Final = "CC_TARGET"
"""The PJSIP endpoint to ring."""
CALLER_ID: Final = "CC_CALLER_ID"
"""The ten digits that the called party's display shows."""
RING_S: Final = "CC_RING_S"
"""How long to ring, whole seconds."""
GUARD_S: Final = "CC_GUARD_S"
"""The longest the consent stage may hold the B-leg, whole seconds."""

CONSENT: Final = "CC_CONSENT"
"""The answer: one of `CONSENT_...`; absent means that the service failed. Set last."""
MAX_S: Final = "CC_MAX_S"
"""The seconds of talk that are paid for, a decimal fraction; the B-leg's limit."""
RESULT: Final = "CC_RESULT"
"""How the call ended, as the dialplan saw it; it goes into Asterisk's own record."""

VERDICT_DIAL: Final = "dial"
CONSENT_YES: Final = "yes"
CONSENT_DECLINED: Final = "no"
CONSENT_NO_INPUT: Final = "none"
