"""Any signals in any order: no exception, and what must hold for every door holds after every step."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rules.admission import RIGHTS
from rules.emergency import fixed_path
from rules.mode import unlocked
from rules.model import signals as s
from rules.model.commands import Answer, PulseOutput, SetOutput, Wait
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AccessPending,
    DoorLayerCleared,
    DoorLayerSet,
    Event,
    ExitRequested,
    GatewayStarted,
    ReleasedByOperator,
    RequestAccepted,
)
from rules.model.points import InputState, Outcome, Sensed
from rules.model.secret import Secret
from rules.model.stamp import ClockState
from rules.view import everything, view
from tests.rules.builder import CREDENTIALS, MONDAY, ROLES, S, site
from tests.rules.profiles import LONG, examples
from tests.rules.world import World

SITE = site()
GARBAGE = st.sampled_from(["", "x", "io", "io.in99", "front", "a:b", "release:front", "é", "lab-in", "fire.panel"])


def known(values: Any) -> st.SearchStrategy[str]:
    """Mostly a name that exists; now and then one that does not."""
    names = sorted(values)
    return st.one_of(st.sampled_from(names), st.sampled_from(names), st.sampled_from(names), GARBAGE)


POINTS, OUTPUTS, DEVICES = known(SITE.inputs), known(SITE.outputs), known(SITE.devices)
READERS, LINKS, DOORS = known(SITE.readers), known(SITE.links), known(SITE.doors)
TOKENS = st.one_of(known(c.token for c in CREDENTIALS), st.none())
WORDS = st.text(max_size=8)
FIRE_POINTS = {f.input.point: f for f in SITE.fire.values()}

SMALL: dict[str, st.SearchStrategy[Any]] = {
    "panel": st.builds(s.PanelReported, DEVICES, st.integers(1, 8), WORDS, WORDS),
    "people": st.builds(s.PeopleEdited, WORDS, st.booleans(), WORDS, WORDS),
    "done": st.builds(s.CommandDone, st.integers(0, 99), OUTPUTS),
    "failed": st.builds(
        s.CommandFailed,
        st.integers(0, 99),
        OUTPUTS,
        st.sampled_from(["SetOutput", "PulseOutput", "ShowOutcome", "VerifyPin", "Answer"]),
        WORDS,
    ),
    "lost": st.builds(s.SignalsLost, LINKS, st.integers(1, 99)),
    "site": st.builds(s.SiteChanged, WORDS, st.integers(0, 9), WORDS, WORDS),
    "withheld": st.builds(s.ReleaseTimedOut, DOORS),
    "lag": st.builds(s.RecordLagged, st.integers(1, 9), st.integers(1, 9)),
    "journal": st.builds(s.JournalStateChanged, st.sampled_from(["ok", "spool", "memory"])),
    "gap": st.builds(s.JournalGapFound, st.integers(1, 9), st.integers(1, 9)),
    "recovery": st.builds(s.RecoveryFaulted, st.integers(1, 9), WORDS),
    "fault": st.builds(
        s.SignalFaulted, st.sampled_from(["CardPresented", "PinChecked", "InputChanged"]), READERS, WORDS
    ),
    "restarted": st.builds(s.DeviceRestarted, DEVICES),
    "insecure": st.builds(s.DeviceInsecure, DEVICES, WORDS),
    "ending": st.just(s.GatewayEnding()),
}


class AnySignals(RuleBasedStateMachine):
    """The small site under anything at all. `World` proves undo, fold, record and re-run at every signal."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(SITE)
        self.latched: set[str] = set()

    @initialize(begun=st.booleans())
    def start(self, begun: bool) -> None:
        if begun:
            self.world.begin()

    def say(self, signal: s.Signal) -> None:
        before = {d: unlocked(self.world.state.door(d).layers) for d in SITE.doors}
        self.world.say(signal)
        self._releases_are_explained(before)
        self._answers(signal)

    # -- signals ------------------------------------------------------------------------------------------------

    @rule(reader=READERS, token=TOKENS, age=st.sampled_from([0, 0, 0, 3 * S]))
    def card(self, reader: str, token: str | None, age: int) -> None:
        fault = None if token else "bad_format"
        self.say(s.CardPresented(reader, token, "h10301", "17", age, fault))
        place = SITE.readers.get(reader)
        if place is not None:
            assert sum(isinstance(e, AccessGranted | AccessDenied | AccessPending) for e in self.world.events) == 1
        if place is not None and place.free_exit:
            assert self.world.shown(reader) == [Outcome.GRANTED]

    @rule(reader=READERS)
    def digits(self, reader: str) -> None:
        self.say(s.PinEntered(reader, Secret("4711")))

    @rule(
        reader=READERS, off=st.sampled_from([0, 0, 0, -1, 1]), result=st.sampled_from(["ok", "duress", "wrong", "no"])
    )
    def checked(self, reader: str, off: int, result: str) -> None:
        self.say(s.PinChecked(reader, self.world.state.reader(reader).attempt + off, result))
        if result in ("wrong", "no") or off:
            assert not self.world.has(AccessGranted)

    @rule(point=POINTS, sensed=st.sampled_from(Sensed))
    def sense(self, point: str, sensed: Sensed) -> None:
        was = self.world.state.input(point).state
        self.say(s.InputChanged(point, sensed))
        if self.world.state.input(point).state is not InputState.ACTIVE or was is InputState.ACTIVE:
            return
        for order in fixed_path(SITE, point, SITE.inputs[point].active or Sensed.ACTIVE):
            self._done_or_held(order.command, order.door or "")
        if point in FIRE_POINTS:
            self.latched.add(FIRE_POINTS[point].id)

    def _done_or_held(self, command: Any, door: str) -> None:
        """What the fixed path would do was ordered without waiting, or the mode holds the lock released already."""
        at_once = {type(o.command) for o in self.world.orders if o.door == door and o.wait is Wait.NONE}
        assert type(command) in at_once or unlocked(self.world.state.door(door).layers)

    @rule(point=OUTPUTS, on=st.booleans())
    def read_back(self, point: str, on: bool) -> None:
        self.say(s.OutputReported(point, on))

    @rule(device=DEVICES, link=LINKS, kind=st.integers(0, 3))
    def device(self, device: str, link: str, kind: int) -> None:
        self.say(
            (s.DeviceLost(device, "gone"), s.LinkLost(link, "gone"), s.DeviceFound(device), s.DeviceFound(device))[kind]
        )
        if kind < 2:
            assert not self.world.orders

    @rule(
        who=known(ROLES),
        verb=st.one_of(st.sampled_from(sorted(RIGHTS)), st.just("decide"), WORDS),
        subject=st.one_of(DOORS, known(SITE.areas), known(SITE.fire), GARBAGE),
        args=st.sampled_from(["{}", "", "[", '{"after":2}', '{"after":1.5}']),
        fault=st.sampled_from([None, None, None, None, "unsigned", "retained"]),
    )
    def ask(self, who: str, verb: str, subject: str, args: str, fault: str | None) -> None:
        self._ask(who, verb, subject, args, fault)

    @rule(verb=st.sampled_from(sorted(RIGHTS)), door=DOORS)
    def supervise(self, verb: str, door: str) -> None:
        self._ask("ada", verb, door, "{}", None)

    @rule(act=st.sampled_from(["acknowledge", "reset", "fire-reset"]), data=st.data())
    def look_after(self, act: str, data: st.DataObject) -> None:
        names = sorted(SITE.fire) if act == "fire-reset" else sorted(self.world.state.alarms.keys()) or ["x"]
        self._ask("ada", act, data.draw(st.sampled_from(names)), "{}", None)

    @rule(area=st.sampled_from(["lab", "lab", "lobby"]), verb=st.sampled_from(["arm", "disarm"]))
    def guard(self, area: str, verb: str) -> None:
        self._ask("ada", verb, area, "{}", None)

    def _ask(self, who: str, verb: str, target: str, args: str, fault: str | None) -> None:
        before = {d: unlocked(self.world.state.door(d).layers) for d in SITE.doors}
        self.world.ask(who, verb, target, args, fault=fault)
        self._releases_are_explained(before)
        assert len(self.world.events) > 0
        if fault is not None:
            assert not self.world.answered().ok
            assert len(self.world.events) == 1
        if verb == "fire-reset" and self.world.has(RequestAccepted) and self.world.answered().ok:
            self.latched.discard(target)

    @rule(token=TOKENS)
    def decide(self, token: str | None) -> None:
        card = s.CardPresented("gate-ctl", token, "h10301", "17", fault=None if token else "bad_format")
        self.world.ask("gate-ctl", "decide", card=card)
        assert self.world.answered().code in ("granted", "denied")

    @rule(data=st.data(), kind=st.sampled_from(sorted(SMALL)))
    def anything_else(self, data: st.DataObject, kind: str) -> None:
        self.say(data.draw(SMALL[kind]))

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        self.say(s.GatewayBegan("1", clean))
        assert self.world.has(GatewayStarted)
        assert not self.world.pulses()

    @rule(hours=st.integers(-48, 48), clock=st.sampled_from(ClockState))
    def step_clock(self, hours: int, clock: ClockState) -> None:
        self.world.utc += hours * 3600 * S
        self.world.clock = clock
        self.say(s.ClockChanged(hours * 3600 * S))

    @rule(seconds=st.sampled_from([0, 0.001, 1, 1, 5, 5, 20, 31, 130]))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)
        first = self.world.state.deadlines.first()
        assert first is None or first[0] > self.world.t
        assert all(row.t > self.world.t for _, row in self.world.state.deadlines.items())
        assert not self.world.pulses() or self.world.has(ExitRequested) or self._any_release()

    def _any_release(self) -> bool:
        return any(not isinstance(e, AccessDenied) for e in self.world.events)

    # -- what must hold -------------------------------------------------------------------------------------------

    def _releases_are_explained(self, before: dict[str, bool]) -> None:
        """A lock moves for a grant, an exit, an operator, or because its mode is or was just made an unlocked one."""
        for order in self.world.orders:
            if not isinstance(order.command, PulseOutput | SetOutput):
                continue
            door = SITE.doors[order.door or ""]
            assert door.lock is not None
            assert order.command.output == door.lock.output
            if order.command.on is not door.lock.energise_to_unlock:
                continue
            if isinstance(order.command, SetOutput):
                assert unlocked(self.world.state.door(door.id).layers)
            else:
                assert order.ttl is not None
                assert order.command.duration <= door.extended_release_time
                assert self._released(door.id, self.world.events), self.world.names
        self._fire_and_locking_never_wait()

    def _released(self, door: str, events: list[Event]) -> bool:
        """Something let somebody through just now, or a release that something began is still good."""
        began = (AccessGranted, ExitRequested, ReleasedByOperator)
        if any(isinstance(e, began) and e.door == door for e in events):
            return True
        release = self.world.state.door(door).release
        return release is not None and release.unlocks and release.until > self.world.t

    def _fire_and_locking_never_wait(self) -> None:
        fire = {e.door for e in self.world.events if isinstance(e, DoorLayerSet) and e.layer == "fire"}
        cleared = {e.door for e in self.world.events if isinstance(e, DoorLayerCleared)}
        for order in self.world.orders:
            if isinstance(order.command, SetOutput):
                lock = SITE.doors[order.door or ""].lock
                locks = lock is not None and order.command.on is not lock.energise_to_unlock
                if locks or order.door in fire - cleared:
                    assert order.wait is Wait.NONE

    def _answers(self, signal: s.Signal) -> None:
        if not isinstance(signal, s.PeopleEdited):
            assert not self.world.commands(Answer)

    @invariant()
    def fire_doors_are_released_while_fire_is_latched(self) -> None:
        for fire in self.latched:
            for door in SITE.fire[fire].doors:
                assert unlocked(self.world.state.door(door).layers)

    @invariant()
    def no_door_is_closed_unless_every_contact_says_so(self) -> None:
        for id, door in SITE.doors.items():
            found = {self.world.state.input(c.point).state for c in door.contacts}
            shown = self.world.state.door(id).position
            assert (shown == "closed") == (found == {InputState.NORMAL})
            assert (shown == "open") == (InputState.ACTIVE in found)

    @invariant()
    def everything_can_be_shown_and_no_duress_is(self) -> None:
        shown = [view(SITE, self.world.state, *noun) for noun in everything(SITE, self.world.state)]
        assert "duress" not in repr(shown)

    @invariant()
    def nothing_was_given_up(self) -> None:
        assert not self.world.abandoned

    @invariant()
    def a_release_always_ends(self) -> None:
        for id, record in self.world.state.doors.items():
            found = self.world.state.deadlines.get(f"release:{id}")
            assert (found.t if found else None) == (record.release.until if record.release else None)


def test_any_signals_in_any_order() -> None:
    run_state_machine_as_test(AnySignals, settings=examples(40, stateful_step_count=60 if LONG else 40))


def test_the_world_begins_on_a_working_day() -> None:
    assert World(SITE).utc == MONDAY
