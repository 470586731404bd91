"""A link: one endpoint, one driver, its devices. Carries signals in and commands out, each with its limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from gateway.supervise import keep_running
from rules.model.commands import Command, Order, PulseOutput, SetOutput, target
from rules.model.driver import Driver, Emit
from rules.model.errors import DoorwardError
from rules.model.signals import CommandDone, CommandFailed, LinkLost

log = logging.getLogger(__name__)

LEVEL_LIMIT = 2.0
"""Seconds within which a device must confirm a level; momentary commands bring their own deadline."""

MOST_COMMANDS = 256
"""Commands of one link that may be under way."""


class Link:
    """Owns a driver's lifetime. emit hands the core signals; lost is said once per failure of the whole link."""

    def __init__(self, id: str, driver: Driver, emit: Emit, *, longest_pause: float = 1.0) -> None:
        self.id = id
        self.driver = driver
        self._emit = emit
        self._longest_pause = longest_pause
        self._tasks: asyncio.TaskGroup | None = None
        self._under_way = 0
        self._command = 0
        self.counters: dict[str, int] = {"failures": 0, "commands": 0, "commands_failed": 0}

    async def run(self) -> None:
        """For ever: connect, serve, fail, wait, connect again."""
        await keep_running(f"link {self.id}", self._serve, self._failed, longest=self._longest_pause)

    async def _serve(self) -> None:
        """The driver and the commands under way; a fault of either ends both."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await self.driver.run(self._emit)
            finally:
                self._tasks = None

    def _failed(self, error: DoorwardError) -> None:
        self.counters["failures"] += 1
        self._emit(LinkLost(self.id, error.code))

    def submit(self, order: Order, deadline: float | None) -> None:
        """Carry out a command. Never blocks; deadline: loop time, or None for a level."""
        self._command += 1
        number, command = self._command, order.command
        if self._tasks is None or self._under_way >= MOST_COMMANDS:
            self._report_failure(number, command, "link_busy" if self._tasks else "link_down")
            return
        work = self._execute(command, deadline)
        try:
            task = self._tasks.create_task(work, name=f"{self.id} {type(command).__name__} {target(command)}")
        except RuntimeError:  # a fault of another command is just ending the group
            work.close()
            self._report_failure(number, command, "link_down")
        else:
            self._under_way += 1
            self.counters["commands"] += 1
            task.add_done_callback(lambda done: self._ended(number, command, done))

    async def _execute(self, command: Command, deadline: float | None) -> str:
        """Why it failed, or nothing."""
        now = asyncio.get_running_loop().time()
        when = deadline if deadline is not None else now + LEVEL_LIMIT
        if when <= now:
            return "deadline"  # a late one must not even begin
        try:
            async with asyncio.timeout_at(when):
                await self.driver.execute(command)
        except TimeoutError:
            return "deadline"
        except DoorwardError as error:
            return error.code
        return ""

    def _ended(self, number: int, command: Command, task: asyncio.Task[str]) -> None:
        """Said once of every command, also of one that was cancelled before it began."""
        self._under_way -= 1
        cut_short = task.cancelled() or task.exception() is not None
        cause = "link_lost" if cut_short else task.result()
        if cause:
            self._report_failure(number, command, cause)
        elif isinstance(command, PulseOutput | SetOutput):
            self._emit(CommandDone(number, target(command)))

    def _report_failure(self, number: int, command: Command, cause: str) -> None:
        self.counters["commands_failed"] += 1
        self._emit(CommandFailed(number, target(command), type(command).__name__, cause))

    def health(self) -> Mapping[str, object]:
        """Counters of the link and of each of its devices."""
        return {**self.counters, "under_way": self._under_way, "devices": self.driver.health()}
