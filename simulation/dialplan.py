"""The course of one call through the dialplan (asterisk-conf/extensions.d), with two phones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random

from agi.domain.dispositions import Disposition
from agi.telephony import variables
from agi.telephony.channel import AgiRequest
from agi.telephony.end_report import EndReport
from simulation.asterisk import TOKEN, Asterisk, Leg, Source, Truth
from simulation.bridge import Bridge, Observer
from simulation.plans import Parting, Plan, Ringing
from simulation.session import Session

_PROMPT_GUARD_MS = 90_000
_OFFER_GUARD_S = 4.0
_DIAL_STATUS = {
    Ringing.BUSY: ("BUSY", Disposition.BUSY),
    Ringing.NO_ANSWER: ("NOANSWER", Disposition.NO_ANSWER),
    Ringing.UNREACHABLE: ("CHANUNAVAIL", Disposition.UNREACHABLE),
    Ringing.REFUSED: ("CHANUNAVAIL", Disposition.DECLINED),
}


class CallerLeft(Exception):
    """The caller hung up, and the dialplan of its leg ends."""


class Course:
    """One attempt, from the first digit to the end of the A-leg."""

    def __init__(
        self,
        asterisk: Asterisk,
        plan: Plan,
        truth: Truth,
        serve: Callable[[Session], None],
        observer: Observer,
    ) -> None:
        self._asterisk = asterisk
        self._plan = plan
        self.truth = truth
        self._serve = serve
        self._bridge = Bridge(asterisk, truth, observer)
        self._chance: Random = asterisk.chance
        self._call_id = truth.call_id
        number = truth.call_id.rpartition(".")[2]
        a_name, self._b_name = (
            f"PJSIP/{who.number}-{number}" for who in (plan.caller, plan.called)
        )
        self._a: Leg = asterisk.add_leg(a_name, self._call_id, self._call_id)
        self._b: Leg | None = None
        self._caller_left: asyncio.Future[None] = asterisk.loop.create_future()
        self._told = ""
        self._ended = ""
        self._dial_status = ""

    async def run(self) -> None:
        """The whole of it, unless Asterisk crashes first."""
        with suppress(CallerLeft):
            await self._from_the_top()
        self._close()

    def crash(self) -> None:
        """Asterisk is gone, and nobody says so; the task of `run` is to be cancelled."""
        self.truth.crashed = True
        self._end_called_leg(Source.CRASH)
        self._asterisk.hang_up(self._a, Source.CRASH)

    # The A-leg.

    async def _from_the_top(self) -> None:
        args = (self._call_id, self._plan.code, self._plan.dialled, self._plan.caller.number)
        request = AgiRequest("offer", (*args, self._a.name), {})
        answer = await self._ask(request, self._a, _OFFER_GUARD_S)
        if variables.VERDICT not in answer:
            await self._pause(1.0)
            answer = await self._ask(request, self._a, _OFFER_GUARD_S)
        verdict = answer.get(variables.VERDICT, Disposition.UNAVAILABLE.value)
        if verdict != variables.VERDICT_DIAL:
            await self._tell(verdict)
            return
        await self._dial()

    async def _dial(self) -> None:
        if self._plan.ringing is Ringing.CALLER_LEAVES:
            self._asterisk.loop.call_later(self._plan.ring_ms / 2000, self._caller_leaves)
        await self._pause(self._plan.ring_ms / 1000)
        if self._plan.ringing in _DIAL_STATUS:
            self._dial_status, reason = _DIAL_STATUS[self._plan.ringing]
            await self._tell(reason.value)
            return
        self._dial_status = "ANSWER"
        answer = await self._consent()
        if self._caller_left.done():
            raise CallerLeft
        if answer != variables.CONSENT_YES:
            self._end_called_leg(Source.DIALPLAN)
            await self._tell(answer or Disposition.UNAVAILABLE.value)
            return
        self._told = Disposition.ANSWERED.value
        self._ended = "called_party"
        if not self._b_gone():
            await self._talk()

    async def _consent(self) -> str:
        """The subroutine on the B-leg: "yes", a disposition, or "" where the service failed."""
        b = self._b = self._asterisk.add_leg(self._b_name, self._call_id, f"{self._call_id}0")
        b.on_gone = self._called_leg_ended
        self._asterisk.limit(b, _PROMPT_GUARD_MS)
        later = self._asterisk.loop.call_later
        if self._plan.called_leaves_prompt_ms is not None:
            later(self._plan.called_leaves_prompt_ms / 1000, self._called_leaves)
        if self._plan.caller_leaves_prompt_ms is not None:
            later(self._plan.caller_leaves_prompt_ms / 1000, self._caller_leaves)
        request = AgiRequest("consent", (self._call_id, b.name), {})
        answer = await self._ask(request, b, None)
        consent = answer.get(variables.CONSENT, "")
        if b.gone.done():
            cut_off = consent in ("", variables.CONSENT_YES)
            return Disposition.DECLINED.value if cut_off else consent
        if consent == variables.CONSENT_YES:
            if self._caller_left.done():
                self._end_called_leg(Source.DIALPLAN)
                return Disposition.UNAVAILABLE.value
            self._asterisk.limit(b, round(float(answer[variables.MAX_S]) * 1000))
            await asyncio.sleep(self._chance.random() * 0.01)
        return consent

    def _b_gone(self) -> bool:
        return self._b is None or self._b.gone.done()

    # The conversation.

    async def _talk(self) -> None:
        b = self._b
        assert b is not None  # noqa: S101  the consent came from it
        self._bridge.join(self._a, b)
        self._plan_parting()
        source = await self._bridge.parted
        if self._caller_left.done():
            self._told = self._ended = ""
            raise CallerLeft
        if source is not Source.PHONE:
            self._ended = "funds_ran_out"
            await self._pause(2.0)

    def _plan_parting(self) -> None:
        later, after_s = self._asterisk.loop.call_later, self._plan.talk_ms / 1000
        if self._plan.parting in (Parting.CALLER, Parting.BOTH):
            later(after_s, self._caller_leaves)
        if self._plan.parting in (Parting.CALLED, Parting.BOTH):
            later(after_s, self._called_leaves)

    # The ends.

    def _called_leaves(self) -> None:
        self._end_called_leg(Source.PHONE)

    def _end_called_leg(self, source: Source) -> None:
        if self._b is not None:
            self._asterisk.hang_up(self._b, source)

    def _called_leg_ended(self, source: Source) -> None:
        """The handler on the B-leg."""
        self._bridge.part(source)
        if source is not Source.CRASH:
            call = {"Token": TOKEN, "Call": self._call_id}
            self._asterisk.publish("UserEvent", UserEvent="CollectB", **call)

    def _caller_leaves(self) -> None:
        if self._caller_left.done() or self._a.gone.done():
            return
        self._caller_left.set_result(None)
        self._asterisk.publish("HangupRequest", Linkedid=self._call_id, Uniqueid=self._call_id)
        if self._a.session is not None:
            self._a.session.close()
        if self._bridge.lasts:
            self._bridge.part(Source.PHONE)
            self._end_called_leg(Source.DIALPLAN)

    def _close(self) -> None:
        """The handler on the A-leg."""
        self._end_called_leg(Source.DIALPLAN)
        plan = self._plan
        report = EndReport(
            self._told,
            self._ended,
            plan.caller.number,
            plan.code,
            plan.dialled,
            self._dial_status,
            "16",
        )
        self._asterisk.write_end(self._call_id, report)
        self._asterisk.publish(
            "UserEvent",
            UserEvent="CollectA",
            Token=TOKEN,
            Call=self._call_id,
            Result=report.result,
            Ended=report.ended,
            Calling=report.calling,
            Code=report.code,
            To=report.to,
            DialStatus=report.dial_status,
            Cause=report.cause,
        )
        self._asterisk.hang_up(self._a, Source.DIALPLAN)

    # Steps.

    async def _ask(self, request: AgiRequest, leg: Leg, guard_s: float | None) -> dict[str, str]:
        """Run an AGI; what it had set when it ended, however it ended."""
        keys = self._plan.keys if request.route == "consent" else ()
        session = leg.session = Session(self._asterisk.loop, request, keys)
        self._serve(session)
        guard = self._asterisk.loop.call_later(guard_s, session.close) if guard_s else None
        await session.over
        if guard is not None:
            guard.cancel()
        leg.session = None
        if leg is self._a and self._caller_left.done():
            raise CallerLeft
        return session.variables

    async def _tell(self, reason: str) -> None:
        """The caller hears why; who hears it knows the result."""
        self._told = reason
        if reason == Disposition.CALLER_NO_FUNDS:
            request = AgiRequest("no-funds", (self._call_id,), {})
            await self._ask(request, self._a, _PROMPT_GUARD_MS / 1000)
            return
        await self._pause(1 + self._chance.random() * 2)

    async def _pause(self, seconds: float) -> None:
        await asyncio.wait({self._caller_left}, timeout=seconds)
        if self._caller_left.done():
            raise CallerLeft
