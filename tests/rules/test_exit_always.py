"""Over random sites that the linter accepts, whatever happens to them: everybody gets out, at once, and nobody gets in
by an order that nothing explains."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given

from rules.compile import compile_site, with_change
from rules.mode import mode, unlocked
from rules.model.commands import Order, PulseOutput, SetOutput
from rules.model.events import AccessGranted, DoorLayerSet, Event, ExitRequested, ReleasedByOperator
from rules.model.points import InputState, Sensed
from rules.model.secret import Secret
from rules.model.signals import (
    CardPresented,
    ClockChanged,
    CommandFailed,
    DeviceFound,
    DeviceInsecure,
    DeviceLost,
    GatewayBegan,
    InputChanged,
    OutputReported,
    PinChecked,
    PinEntered,
    ReleaseTimedOut,
    Signal,
    SignalFaulted,
    SiteChanged,
)
from rules.people import Credential, CredentialStatus, People, PeopleChange
from rules.policy import DoorPolicy, FirePolicy
from rules.site import Site
from rules.step import step
from rules.swap import described
from tests.rules.builder import MONDAY, S
from tests.rules.dice import Dice, rolled
from tests.rules.profiles import examples
from tests.rules.random_exits import ZONE, Locks, accepted, passed
from tests.rules.random_sites import card, person
from tests.rules.world import World

STEPS = 14
TOKENS = ["c1", "c2", "c3", "c-unknown", None]
VERBS = ["lockdown", "lockdown-end", "block", "unblock", "lock", "unlock", "auto", "open", "arm", "disarm"]
SENSED = [Sensed.OPEN, Sensed.CLOSED, Sensed.OPEN, Sensed.CLOSED, Sensed.CUT, Sensed.UNKNOWN]
LOCKING = frozenset({"locked_down", "blocked", "operator"})


class Watched(World):
    """Tells of every signal's events and orders, also of those that time brings."""

    def __init__(self, found: Site, utc: int, seen: Callable[[list[Event], list[Order]], None]) -> None:
        super().__init__(found, utc)
        self._seen = seen

    def _say(self, signal: Signal) -> None:
        events, orders = len(self.events), len(self.orders)
        super()._say(signal)
        self._seen(self.events[events:], self.orders[orders:])


class Building:
    """A site that lives: `happen` lets something happen, and looks whether people still get out."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.moment = MONDAY + dice.below(200) * 3600 * S
        persons = [person(dice, id, self.moment, ZONE) for id in ("p1", "p2", "p3")]
        cards = [card(dice, token, self.moment) for token in ("c1", "c2", "c3")]
        self.people = People.of(1, persons, cards)
        self.world = Watched(compile_site(accepted(dice, self.moment), self.people, "h"), self.moment, self._carry_out)
        self.locks = Locks()
        self.burning: set[str] = set()
        self.entry: dict[str, int] = {}  # door -> `t` to which somebody may still be let in
        self.exit: dict[str, int] = {}
        self.heard(*(DeviceFound(device) for device in ("io", "io2")))

    @property
    def doors(self) -> list[DoorPolicy]:
        return list(self.world.site.doors.values())

    # -- what happens --------------------------------------------------------------------------------------------

    def happen(self) -> None:
        acts: list[Callable[[], None]] = [
            self._reads, self._reads, self._senses, self._senses, self._asks, self._asks, self._passes_time,
            self._passes_time, self._burns, self._loses, self._finds, self._fails, self._reloads, self._changes_people,
            self._types, self._resets, self._jumps, self._restarts, self._shows, self._threatens,
        ]  # fmt: skip
        self.dice.one(acts)()
        self.look()

    def heard(self, *signals: Signal) -> None:
        self.world.say(*signals)

    def _carry_out(self, events: list[Event], orders: list[Order]) -> None:
        for event in events:
            self._allow(event)
        for order in passed(orders):
            if isinstance(order.command, PulseOutput | SetOutput):
                self._explain(order.command)
        self.locks.obey(orders, self.world.t)

    def _reads(self) -> None:
        reader = self.dice.one([r for d in self.doors for r in (*d.readers_in, *d.readers_out)])
        token, old = self.dice.one(TOKENS), self.dice.rarely(8)
        fault = None if token else "bad_format"
        self.heard(CardPresented(reader, token, "h10301", "17", age=3 * S if old else 0, fault=fault))

    def _types(self) -> None:
        reader = self.dice.one([r for d in self.doors for r in (*d.readers_in, *d.readers_out)])
        result = self.dice.one(["ok", "wrong", "duress", "unavailable"])
        self.heard(PinEntered(reader, Secret("1")))
        self.heard(PinChecked(reader, self.world.state.reader(reader).attempt, result))

    def _senses(self) -> None:
        points = [p for p, i in self.world.site.inputs.items() if not any(use.kind == "fire" for use in i.uses)]
        self.heard(InputChanged(self.dice.one(sorted(points)), self.dice.one(SENSED)))

    def _burns(self) -> None:
        fire = self.dice.one(sorted(self.world.site.fire.values(), key=lambda fire: fire.id))
        sensed = self.dice.one([Sensed.OPEN, Sensed.CLOSED, Sensed.OPEN, Sensed.CUT])
        self.heard(InputChanged(fire.input.point, sensed))
        if sensed is fire.input.active or (sensed is Sensed.CUT and fire.release_on_fault):
            self.burning.add(fire.id)

    def _resets(self) -> None:
        fire = self.dice.one(["panel", "stairs"])
        self.heard(InputChanged(self.world.site.fire[fire].input.point, Sensed.CLOSED))
        self._ask("fire-reset", fire)
        if self.world.answered().ok:
            self.burning.discard(fire)

    def _ask(self, verb: str, target: str) -> None:
        self.world.ask("sue", verb, target)

    def _asks(self) -> None:
        verb = self.dice.one(VERBS)
        places = ["lab", "lobby"] if verb in ("arm", "disarm") else [d.id for d in self.doors]
        self._ask(verb, "all" if verb.startswith("lockdown") and self.dice.rarely(2) else self.dice.one(places))

    def _threatens(self) -> None:
        self._ask("threat-level", self.dice.one(["t2", "t1", "none"]))

    def _passes_time(self) -> None:
        asked = any(row.state is InputState.ACTIVE for _, row in self.world.state.inputs.items())
        seconds = self.dice.one([1, 2, 4, 6, 20, 31, 3600, 30_000])
        self.world.wait(min(seconds, 40) if asked else seconds)

    def _loses(self) -> None:
        device = self.dice.one(["io", "io2", "front-out", "lab-out"])
        self.heard(DeviceInsecure(device, "plain") if self.dice.rarely(3) else DeviceLost(device, "timeout"))

    def _finds(self) -> None:
        self.heard(*(DeviceFound(device) for device in ("io", "io2", "front-out", "lab-out")))

    def _fails(self) -> None:
        door = self.dice.one(self.doors)
        assert door.lock is not None
        kind = self.dice.one(["SetOutput", "PulseOutput", "late", "fault"])
        if kind == "late":
            if self.world.state.door(door.id).release is not None:
                self.heard(ReleaseTimedOut(door.id))
        elif kind == "fault":
            self.heard(SignalFaulted("CardPresented", self.dice.one(list(door.readers_out)), "KeyError"))
        else:
            self.heard(CommandFailed(1, door.lock.output, kind, "unconfirmed"))

    def _shows(self) -> None:
        for door in self.doors:
            assert door.lock is not None
            on = self.locks.on(door.lock.output, self.world.t)
            if on is not None and self.world.state.device(door.lock.output.split(".")[0]).status == "online":
                self.heard(OutputReported(door.lock.output, on))

    def _reloads(self) -> None:
        """Other rules about the same doors, wired as they were."""
        new = compile_site(accepted(self.dice, self.moment), self.people, f"h{self.dice.below(99)}")
        signal = described(self.world.site, new, SiteChanged("", 0, "t", "1", "reload"))
        self.world.site, self.people = new, new.people
        for fire in self.world.site.fire.values():
            self._counts(fire)
        self.heard(signal)

    def _counts(self, fire: FirePolicy) -> None:
        if fire.release_on_fault and self.world.state.input(fire.input.point).state is InputState.CUT:
            self.burning.add(fire.id)

    def _changes_people(self) -> None:
        status = self.dice.one(list(CredentialStatus))
        with_change(self.world.site, PeopleChange(2, credentials=(Credential("c1", "p1", status),)))

    def _jumps(self) -> None:
        by = self.dice.one([-7200, -60, 60, 7200, 40_000]) * S
        self.world.utc += by
        self.heard(ClockChanged(by))

    def _restarts(self) -> None:
        self.heard(GatewayBegan("1", False))

    # -- what must hold ------------------------------------------------------------------------------------------

    def _allow(self, event: Event) -> None:
        match event:
            case AccessGranted(door=door, until=until, free=free):
                times = self.exit if free else self.entry
                times[door] = max(times.get(door, 0), until)
            case ReleasedByOperator(door=door, until=until):
                self.entry[door] = max(self.entry.get(door, 0), until)
            case ExitRequested(door=door, until=until, released=True):
                self.exit[door] = max(self.exit.get(door, 0), until)
            case DoorLayerSet(door=door, value="lock", mode=found) if found in LOCKING:
                self.entry[door] = 0

    def _explain(self, command: PulseOutput | SetOutput) -> None:
        """A lock is released for a grant, an exit, or the mode of its door alone, and for no longer."""
        world = self.world
        door = world.site.doors[world.site.outputs[command.output]]
        assert door.lock is not None
        if command.on is not door.lock.energise_to_unlock:
            return
        if isinstance(command, SetOutput):
            assert unlocked(world.state.door(door.id).layers), "a level that no mode demands"
            return
        allowed = max(self.entry.get(door.id, 0), self.exit.get(door.id, 0))
        assert world.t + command.duration <= allowed, (door.id, "released for longer than anybody asked")

    def look(self) -> None:
        for door in self.doors:
            if door.egress:
                self._look_at_readers(door)
                self._look_at_buttons(door)
        for fire in self.world.site.fire.values():
            if fire.id in self.burning:
                self._look_at_fire(fire)

    def _look_at_readers(self, door: DoorPolicy) -> None:
        for direction in door.egress:
            for reader in door.readers_in if direction.value == "in" else door.readers_out:
                token = self.dice.one(TOKENS)
                read = CardPresented(reader, token, "h10301", "17", fault=None if token else "bad_format")
                assert self._frees(door, read), (door.id, reader, token)
                assert self._frees(door, SignalFaulted("CardPresented", reader, "KeyError")), (door.id, reader)

    def _look_at_buttons(self, door: DoorPolicy) -> None:
        """One that is held down, or stuck, goes on releasing."""
        for rex in door.rex:
            pressed, state = rex.input.active, self.world.state.input(rex.input.point).state
            if rex.unlocks and pressed is not None:
                held = state is InputState.ACTIVE and self.locks.released(door, self.world.t)
                assert held or self._frees(door, InputChanged(rex.input.point, pressed)), (door.id, rex.input.point)

    def _frees(self, door: DoorPolicy, signal: Signal) -> bool:
        """What would follow, and nothing that lasts: whether the lock would be released at once."""
        world = self.world
        world.state.mark()
        effects = step(world.site, world.state, signal, world.stamp())
        world.state.undo()
        locks = self.locks.copy()
        locks.obey(effects.orders, world.t)
        return locks.released(door, world.t)

    def _look_at_fire(self, fire: FirePolicy) -> None:
        for id in fire.doors:
            door = self.world.site.doors[id]
            assert mode(self.world.state.door(id).layers) == "fire", (fire.id, id)
            assert door.lock is not None
            assert self.locks.levels.get(door.lock.output) is door.lock.energise_to_unlock, (fire.id, id)


def lives(dice: Dice) -> Building:
    building = Building(dice)
    building.look()
    for _ in range(STEPS):
        building.happen()
    return building


@examples(60)
@given(rolled(lives, 900))
def test_everybody_gets_out_whatever_happens(building: Building) -> None:
    assert not building.world.abandoned
