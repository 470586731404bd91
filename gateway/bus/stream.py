"""Events of an audience stream as a reader wants them: each once, in order, gaps filled by replay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import chain, repeat
from typing import Any

from gateway.bus.client import BusClient, Reply
from gateway.bus.sequence import Meaning, Sequence
from rules.model.errors import Refused, Unreachable

PAGE = 1000  # events asked for at once
PATIENCE = 60.0  # s a gap may stay open because nobody answers
RETRY = 0.5  # s
ANSWER = (1.0, 2.0, 5.0)  # s to wait for a page, longer at each attempt: after an outage we may be there first
AGAIN = 3  # replays of one gap: an answer that ends before what was already heard live is asked for anew
FINAL = frozenset({"not_allowed", "unknown_key", "bad_signature", "unsigned", "foreign", "unknown_verb"})
"""Refusals that every further attempt would meet; any other (late, not on record yet, a busy disk) passes."""

Event = Mapping[str, Any]
"""One CloudEvent; see gateway.bus.cloudevents."""


class EventStream:
    """`async for event in EventStream(client).follow()`.

    after: (epoch, n) of the last event known, or None to begin with whatever comes. position tells where it is;
    missed counts what no replay could bring (no key, no right, or gone from the record); refused is the code of
    the last refusal met, for whoever asks why.
    """

    def __init__(self, client: BusClient, stream: str = "event", after: tuple[int, int] | None = None) -> None:
        self._client = client
        self._stream = stream
        self._sequence = Sequence(*after) if after else Sequence()
        self.refused = ""

    @property
    def position(self) -> tuple[int, int]:
        return self._sequence.epoch, self._sequence.n

    @property
    def missed(self) -> int:
        return self._sequence.missed

    async def follow(self) -> AsyncGenerator[Event, None]:
        """For ever. Raises Unreachable when a gap could not be filled for PATIENCE s."""
        async with self._client.listening(self._client.topics.events(self._stream)) as queue:
            while True:
                message = await queue.get()
                if message is None:
                    live: Event | None = None
                elif (live := _event(message.payload)) is None or live["stream"] != self._stream:
                    continue
                async with aclosing(self._filled(live)) as events:
                    async for event in events:
                        yield event

    async def _filled(self, live: Event | None) -> AsyncGenerator[Event, None]:
        """What is missing before `live`, then `live`; live None: what may have come while not connected.

        An event that is not durable yet is passed on and not counted: it comes again once it is, and should the
        gateway lose it, its number may be given to another.
        """
        if live is not None and not live.get("durable", True):
            yield live
            return
        epoch = live["epoch"] if live else self._sequence.epoch
        for _ in range(AGAIN):
            if not self._behind(live) or not self._client.can_ask:
                break
            async with aclosing(self._replayed(epoch)) as events:
                async for event in events:
                    yield event
            if live is None:
                break
        if live is not None and self._sequence.accept(live["epoch"], live["n"]):
            yield live

    def _behind(self, live: Event | None) -> bool:
        """Is something missing, or may it be?"""
        if not self._sequence.epoch:
            return False
        return live is None or self._sequence.judge(live["epoch"], live["n"]) is Meaning.GAP

    async def _replayed(self, epoch: int) -> AsyncGenerator[Event, None]:
        after = self._sequence.after(epoch)
        while True:
            reply = await self._ask(after)
            if reply is None:
                return
            if after and reply.events and reply.events[0]["epoch"] > epoch:
                epoch, after = reply.events[0]["epoch"], 0  # a new record: all of it is new
                continue
            for event in reply.events:
                if self._sequence.accept(event["epoch"], event["n"]):
                    yield event
            if not reply.body["more"]:
                return
            after = reply.body["last"]

    async def _ask(self, after: int) -> Reply | None:
        """One page of a replay; None where it is not ours to ask."""
        args = {"stream": self._stream, "after": after, "limit": PAGE}
        limits = chain(ANSWER, repeat(ANSWER[-1]))
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return await self._client.request("replay", self._stream, args, next(limits))
                    except Unreachable:
                        await asyncio.sleep(RETRY)
                    except Refused as refusal:
                        self.refused = refusal.code
                        if refusal.code in FINAL:
                            return None
                        await asyncio.sleep(RETRY)
        except TimeoutError:
            raise Unreachable(
                "nobody fills the gap in the events", code="no_replay", where=self._client.url, got=self.refused
            ) from None


def _event(payload: bytes) -> Event | None:
    try:
        plain = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if isinstance(plain, dict) and type(plain.get("n")) is int and type(plain.get("epoch")) is int:
        return plain if "stream" in plain else None
    return None
