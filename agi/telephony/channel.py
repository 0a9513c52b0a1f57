"""Typed verbs over one channel: what a route does with a phone, without a word of AGI in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agi.domain.speech import Sentence
from agi.telephony.agi_reply import CODE_DEAD_CHANNEL, CODE_OK, Reply

ALL_KEYS = "0123456789*#"

_COMMAND_TIMEOUT_S = 10.0
_PLAY_TIMEOUT_S = 60.0
_KEYS = "PRESSED_KEYS"
_PROMPT_ID = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class ChannelError(Exception):
    """A verb failed; the channel may still be there."""


class ChannelGoneError(ChannelError):
    """The phone hung up or Asterisk closed the session: nothing more can be said or asked."""


class ChannelTimeoutError(ChannelError):
    """Asterisk did not answer a command in time; the session was closed."""


class PromptMissingError(ChannelError):
    """Asterisk can't play a prompt: no such file, or none in a format that it can convert."""


@dataclass(frozen=True)
class AgiRequest:
    """Who asks: the route's name, the arguments after the token, and Asterisk's header lines."""

    route: str
    args: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def language(self) -> str:
        """The language that the channel's endpoint is set to."""
        return self.env.get("agi_language", "")

    @property
    def uniqueid(self) -> str:
        """The channel's, for the log."""
        return self.env.get("agi_uniqueid", "")


class AgiLink(Protocol):
    """What carries commands to Asterisk and brings the replies back."""

    async def ask(self, *words: str, timeout_s: float) -> Reply:
        """Send one command and wait for its reply.

        Raises:
            ChannelGoneError: the session is or was closed, or the phone hung up.
            ChannelTimeoutError: no reply within `timeout_s`.
            UnsafeValueError: a word can't be sent; nothing was sent.
        """
        ...


class Channel:
    """One phone, in the middle of a call."""

    def __init__(self, request: AgiRequest, link: AgiLink) -> None:
        self.request = request
        self._link = link
        self._language = request.language

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable (or a dialplan function that can be written)."""
        await self._ask("SET VARIABLE", name, value)

    async def set_variables(self, values: Mapping[str, str]) -> None:
        """Set variables one after another in the order given: put the deciding one last."""
        for name, value in values.items():
            await self.set_variable(name, value)

    async def get_variable(self, name: str) -> str | None:
        """A channel variable or function; None when it is not set.

        Asterisk cuts it at 1023 bytes. Only for values that no phone chose: a line end in one
        ends the session with an error.
        """
        reply = await self._ask("GET VARIABLE", name)
        return reply.data if reply.result == "1" else None

    async def see_it_is_there(self) -> None:
        """Go on only where Asterisk still waits for what is done: it gives a late service up.

        Raises:
            ChannelGoneError: it does not.
        """
        await self._ask("NOOP")

    async def answer(self) -> None:
        """Answer the leg; an answered one stays as it is."""
        await self._ask("ANSWER")

    async def say(self, sentence: Sentence, keys: str = "") -> str | None:
        """Play a sentence in its own language; as `play` does."""
        await self._speak(sentence.language)
        return await self.play(sentence.prompts, keys)

    async def play(self, prompts: Sequence[str], keys: str = "") -> str | None:
        """Play `prompts` (ids under sounds/<language>/collect) one after another.

        A key out of `keys` ends the playing and is returned; None when all was heard.

        Raises:
            PromptMissingError: names the prompt that Asterisk could not play.
        """
        for prompt in prompts:
            key = await self._play_one(prompt, keys)
            if key is not None:
                return key
        return None

    async def wait_key(self, timeout_ms: int) -> str | None:
        """The next key, whichever it is, or None when none came within `timeout_ms`."""
        timeout_s = timeout_ms / 1000 + _COMMAND_TIMEOUT_S
        reply = await self._ask("WAIT FOR DIGIT", str(timeout_ms), timeout_s=timeout_s)
        return _key(reply)

    async def read_keys(
        self, sentence: Sentence, most: int, timeout_ms: int
    ) -> tuple[str | None, ...]:
        """Play a sentence, which any key ends, and take up to `most` keys.

        One application of Asterisk's does it all, as a key that comes between two commands is lost.
        A silence of `timeout_ms` ends the keys, and is the None after them; so does a ``#`` that is
        not the first of them.

        Raises:
            PromptMissingError: one of the prompts is not there.
        """
        await self._speak(sentence.language)
        played = files(sentence.prompts)
        # e: a # that is pressed alone is a key.
        options = f"{_KEYS},{played},{most},e,1,{timeout_ms / 1000:.3f}"
        timeout_s = _PLAY_TIMEOUT_S + (most + 1) * timeout_ms / 1000
        await self._ask("EXEC", "Read", options, timeout_s=timeout_s)
        if await self.get_variable("READSTATUS") == "ERROR":
            raise _missing(played)
        keys = await self.get_variable(_KEYS) or ""
        return tuple(keys) if len(keys) == most else (*keys, None)

    async def _speak(self, language: str) -> None:
        if language != self._language:
            await self.set_variable("CHANNEL(language)", language)
            self._language = language

    async def _play_one(self, prompt: str, keys: str) -> str | None:
        words = ("STREAM FILE", files([prompt]), keys)
        reply = await self._link.ask(*words, timeout_s=_PLAY_TIMEOUT_S)
        if not reply.endpos and reply.result in ("0", "-1"):
            # Nothing was played: no such file, or nobody there any more. Asterisk answers both
            # alike; a wait of a millisecond fails when it is the second.
            await self._ask("WAIT FOR DIGIT", "1")
            raise _missing(words[1])
        return _key(_checked(reply, words[0]))

    async def _ask(self, *words: str, timeout_s: float = _COMMAND_TIMEOUT_S) -> Reply:
        return _checked(await self._link.ask(*words, timeout_s=timeout_s), words[0])


def files(prompts: Sequence[str]) -> str:
    """Recordings to be played one after another, as Asterisk's applications take them.

    Raises:
        PromptMissingError: what is no prompt id has no recording.
    """
    for prompt in prompts:
        if not _PROMPT_ID.fullmatch(prompt):
            raise PromptMissingError(f"{prompt!r} is no prompt id: letters, digits, - _ / only")
    return "&".join(f"collect/{prompt}" for prompt in prompts)


def _missing(played: str) -> PromptMissingError:
    return PromptMissingError(
        f"Asterisk could not play {played}: see that it is recorded, and is in the sounds folder "
        "of the channel's language"
    )


def _checked(reply: Reply, verb: str) -> Reply:
    """The reply, when the command was carried out."""
    if reply.code == CODE_DEAD_CHANNEL:
        raise ChannelGoneError(f"{verb}: the channel is dead")
    if reply.code != CODE_OK:
        raise ChannelError(f"Asterisk refused {verb}: {reply.text}")
    if reply.result == "-1":
        raise ChannelGoneError(f"{verb}: the phone hung up")
    return reply


def _key(reply: Reply) -> str | None:
    """The key whose ASCII code is the result; 0 is "no key"."""
    if not reply.result.isascii() or not reply.result.isdecimal():
        raise ChannelError(f"Asterisk gave no key code: {reply.text}")
    return chr(int(reply.result)) if reply.result != "0" else None
