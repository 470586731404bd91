"""Lives through a scenario on the simulated site and notes what was expected of the gateway and did not happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from rules.model.errors import DoorwardError
from simulators.acts import Astray
from simulators.expect import Diary, Seen
from simulators.scene import Scene, Step
from simulators.visit import Visit

ALL_DECLARED = (
    "access_granted",
    "access_denied",
    "door_forced",
    "door_held_open",
    "area_triggered",
    "area_armed",
    "request_refused",
)
"""Types of which the steps name every one that may appear: more of them is wrong, too."""

NEVER = (
    "internal_error",
    "deadline_abandoned",
    "signals_dropped",
    "journal_gap",
    "recovery_stopped",
    "unclean_stop",
    "clock_stepped",
    "release_withheld",
    "output_foreign",
    "device_distrusted",
)
"""Types that no day of this site has a reason for."""


@dataclass
class Findings:
    """What a scenario came to."""

    steps: int = 0
    expected: int = 0
    missing: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.missing and not self.surprises


class Doer(Protocol):
    """Whoever does a step: `simulators.acts.Actor`."""

    async def do(self, step: Step) -> None: ...


class Walker:
    """run() does scenes; say: told the title of each; disturbed: whether somebody else played with the site."""

    def __init__(self, actor: Doer, diary: Diary, say: Callable[[str], None] = lambda text: None) -> None:
        self._actor = actor
        self._diary = diary
        self._say = say
        self.findings = Findings()
        self.done: list[Scene] = []
        self.took: dict[str, float] = {}
        self.disturbed = False

    async def run(self, scene: Scene) -> None:
        """All strands of it, side by side. Nothing that goes wrong in one stops another."""
        self._say(f"{scene.at} {scene.title}")
        self.done.append(scene)
        began = time.monotonic()
        async with asyncio.TaskGroup() as strands:
            for number, steps in enumerate(scene.strands):
                strands.create_task(self._strand(scene, steps), name=f"{scene.at} strand {number}")
        self.took[scene.at] = round(time.monotonic() - began, 1)

    async def _strand(self, scene: Scene, steps: Sequence[Step]) -> None:
        for step in steps:
            await self._step(scene, step)

    async def _step(self, scene: Scene, step: Step) -> None:
        mark = self._diary.mark
        self.findings.steps += 1
        self.findings.expected += len(step.then)
        try:
            await self._actor.do(step)
        except (Astray, DoorwardError, TimeoutError, ValueError) as error:
            self._miss(scene, step, str(error) or type(error).__name__)
        for wanted in step.then:
            if not await self._diary.wait(wanted, mark):
                self._miss(scene, step, f"not seen: {wanted}")
            elif wanted.exactly and self._diary.count(wanted, mark) > wanted.count:
                self._miss(scene, step, f"seen too often: {wanted}")

    def _miss(self, scene: Scene, step: Step, what: str) -> None:
        self.findings.missing.append(f"{scene.at} {scene.title}: {step}: {what}")

    def judge(self) -> Findings:
        """After the last scene: what happened that nobody expected. Not where others played with the site."""
        if not self.disturbed:
            self.findings.surprises = [*self._too_many(), *self._false_alarms()]
        never = (f"{type} x{self._diary.types[type]}" for type in NEVER if self._diary.types[type])
        self.findings.surprises += never
        return self.findings

    def _wanted(self) -> Iterable[Seen]:
        return (wanted for scene in self.done for steps in scene.strands for step in steps for wanted in step.then)

    def _too_many(self) -> Iterable[str]:
        for type in ALL_DECLARED:
            declared = sum(wanted.count for wanted in self._wanted() if wanted.type == type)
            if self._diary.types[type] > declared:
                yield f"{type} x{self._diary.types[type]}, expected x{declared}"

    def _false_alarms(self) -> Iterable[str]:
        """An alarm that no step expects is a false one."""
        expected = {value for wanted in self._wanted() for key, value in wanted.where if key == "alarm"}
        return (f"alarm {alarm} x{count}" for alarm, count in self._diary.raised.items() if alarm not in expected)


@dataclass
class Visits:
    """How long it took from badge to strike, ms: cards alone, and after a PIN, which is hashed on purpose slowly."""

    card: list[tuple[float, str]] = field(default_factory=list)
    pin: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, visit: Visit) -> None:
        if visit.ms is not None and visit.reader != "gate":
            (self.pin if visit.pin else self.card).append((visit.ms, visit.reader))

    @staticmethod
    def figures(times: Sequence[tuple[float, str]]) -> dict[str, Any]:
        """count, p50, p99, max, and at which reader the longest was."""
        found = sorted(times)
        if not found:
            return {"count": 0, "p50": None, "p99": None, "max": None, "slowest": None}
        p50, p99 = (found[min(len(found) - 1, int(len(found) * share))][0] for share in (0.5, 0.99))
        longest, where = found[-1]
        shown = {"p50": round(p50, 2), "p99": round(p99, 2), "max": round(longest, 2)}
        return {"count": len(found), **shown, "slowest": where}
