"""replay(): past reads against another rule set: which decisions change.

Each read is judged by itself, on the state as it was: what had followed from another outcome is not guessed. People
are those of the Site; reads whose card they tell something else of are said to be beyond judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.access import STALE_AFTER, decide, pin_asked
from rules.answers.aside import READS
from rules.answers.shown import alone, request_of
from rules.answers.turning import follow
from rules.answers.verdict import WAITS, Told, Verdict, by_directory, decided, difference, recorded, told
from rules.asked import KNOWN_PIN, Request
from rules.credential import PIN_ALONE
from rules.model.events import AccessDenied, AccessGranted, AccessPending, AccessTaken, Event, InspectionDrawn
from rules.model.events.access import Use
from rules.model.reasons import Reason
from rules.model.signals import (
    CardPresented,
    DeadlineReached,
    PinChecked,
    PinIdentified,
    RequestReceived,
    Signal,
    SignalFaulted,
)
from rules.model.stamp import Stamp
from rules.policy import Direction
from rules.site import ReaderSite, Site
from rules.standing import local_day
from rules.state import FirstRecord, State
from rules.step import evolve

FOREVER = 1 << 62

_UNFOLDABLE = (LookupError, TypeError, ValueError, AttributeError, AssertionError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Group:
    """What followed from one signal, as the record holds it. signal: redacted; None where it is not known."""

    signal: Signal | None
    stamp: Stamp
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A card at a reader, and what came of it. person: whose it was, by id."""

    utc: int
    door: str
    direction: str
    reader: str
    person: str | None
    before: Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """after: what the rule set would say; None where `beyond` says why it cannot be judged.

    beyond: `reader_unknown`, `reader_moved`, `card_gone`, `card_reassigned`, `card_new`, `directory` (it says something
    else of the card or its holder by now), `unfinished` (the PIN never came), `internal_error` (it failed then).
    """

    read: Read
    after: Verdict | None
    beyond: str | None = None

    @property
    def kind(self) -> str | None:
        """What kind of change it is, see `rules.answers.verdict.difference`; None for none."""
        return difference(self.read.before, self.after) if self.after is not None else None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A read that asked for its PIN. early: what the rule set says at once, where it asks for none."""

    read: Read
    early: Verdict | None
    wanted: bool


def replay(site: Site, state: State, groups: Iterable[Group], since: int = 0, until: int = FOREVER) -> Iterator[Judged]:
    """Every read that ended at since <= utc < until, in order; `state` is folded along, and must be of before them."""
    return Replay(site, state).judged(groups, since, until)


class Replay:
    """unfolded: events that the state could not take, as after a gap in the record."""

    def __init__(self, site: Site, state: State) -> None:
        self.unfolded = 0
        self._site = site
        self._state = state
        self._opened: dict[str, _Opened] = {}
        self._counts = bool(site.firsts or site.limits)

    def judged(self, groups: Iterable[Group], since: int, until: int) -> Iterator[Judged]:
        for group in groups:
            yield from self._take(group, since <= group.stamp.utc < until)
        yield from self._left(*self._opened)

    def _take(self, group: Group, wanted: bool) -> Iterator[Judged]:
        """Fold one group; the read that ended in it, and one that was given up for it."""
        if READS.isdisjoint(map(type, group.events)):
            for event in group.events:
                self._fold(event, group.stamp)
            return
        shown, pin = self._shown(group)
        end, left = _end(group, shown), wanted
        for event in group.events:
            if isinstance(event, AccessPending) and shown is not None:
                yield from self._left(event.reader)
                self._opened[event.reader] = self._open(group.stamp, shown, event, wanted)
            if left and end is not None and (event is end or isinstance(event, AccessGranted)):
                left = False
                yield self._judge(group, shown, pin, end)
            self._fold(event, group.stamp)
        if end is not None:
            if pin != "none" or isinstance(group.signal, SignalFaulted):
                self._opened.pop(end.reader, None)
            yield from self._left(end.reader)

    def _left(self, *readers: str) -> Iterator[Judged]:
        """Those whose PIN was still awaited there."""
        for reader in readers:
            opened = self._opened.pop(reader, None)
            if opened is not None and opened.wanted:
                yield Judged(opened.read, None, "unfinished")

    def _fold(self, event: Event, stamp: Stamp) -> None:
        self._state.mark()
        try:
            evolve(self._state, event)
            if self._counts:
                self._count(event, stamp)
        except _UNFOLDABLE:
            self._state.undo()
            self.unfolded += 1

    # -- the read -------------------------------------------------------------------------------------------------

    def _shown(self, group: Group) -> tuple[CardPresented | None, str]:
        """What was shown at which reader, and what came of its PIN."""
        match group.signal:
            case CardPresented():
                return group.signal, "none"
            case RequestReceived(card=CardPresented() as card):
                return replace(card, read=group.signal.request), "none"
            case PinChecked():
                return self._before_pin(group.signal.reader), group.signal.result
            case PinIdentified():
                return alone(group.signal.reader, group.signal.token)
            case DeadlineReached(key=key) if key.startswith("pin:"):
                reader = self._state.reader(id := key.partition(":")[2])
                if reader.alone:
                    return alone(id, None)
                return self._before_pin(id), "timeout" if reader.stage == "asked" else "unavailable"
        return None, "none"

    def _before_pin(self, reader: str) -> CardPresented | None:
        row = self._state.reader(reader)
        fault = None if row.token else "bad_format"
        return None if row.stage == "idle" else CardPresented(reader, row.token, "", row.tail, fault=fault)

    def _open(self, stamp: Stamp, shown: CardPresented, event: AccessPending, wanted: bool) -> _Opened:
        before = Verdict(WAITS, Reason.PIN_REQUIRED.value)
        read = Read(stamp.utc, event.door, event.direction, event.reader, event.person, before)
        place = self._site.readers.get(event.reader)
        if place is None or place.door is None:
            return _Opened(read, None, wanted)
        request = request_of(place, shown, stamp)
        asks = not place.free_exit and self._asks(place, request, shown)
        return _Opened(read, None if asks else self._verdict(place, request), wanted)

    def _judge(self, group: Group, shown: CardPresented | None, pin: str, end: Told) -> Judged:
        read = Read(group.stamp.utc, end.door, end.direction, end.reader, end.person, recorded(end))
        place = self._site.readers.get(end.reader)
        beyond = self._beyond(read, place, shown, group.signal)
        if beyond is not None or place is None or shown is None:
            return Judged(read, None, beyond)
        if isinstance(end, AccessDenied) and Reason.AUTHENTICATION_UNAVAILABLE.value in (end.reason, *end.also_failed):
            pin = "unavailable"
        after = self._after(place, shown, group.stamp, pin)
        if difference(read.before, after) is not None and by_directory(read.before, after):
            return Judged(read, None, "directory")
        return Judged(read, after)

    def _beyond(
        self, read: Read, place: ReaderSite | None, shown: CardPresented | None, signal: Signal | None
    ) -> str | None:
        if isinstance(signal, SignalFaulted) or shown is None:
            return "internal_error"
        if place is None or place.door is None:
            return "reader_unknown"
        if (place.door, place.direction.value) != (read.door, read.direction):
            return "reader_moved"
        card = self._site.cards.get(shown.token)
        if read.person is not None and card is None:
            return "card_gone"
        if card is not None and card.person != read.person:
            return "card_new" if read.person is None else "card_reassigned"
        return None

    # -- the verdict ----------------------------------------------------------------------------------------------

    def _after(self, place: ReaderSite, shown: CardPresented, stamp: Stamp, pin: str) -> Verdict:
        """What the rule set says. A PIN that it wants and nobody was asked for counts as given, if one is on file."""
        opened = self._opened.get(place.policy.id)
        if pin != "none" and opened is not None and opened.early is not None:
            return opened.early
        request = request_of(place, shown, stamp)
        if pin == "none" and not place.free_exit and self._asks(place, request, shown):
            pin = self._on_file(request)
        return self._verdict(place, replace(request, pin=pin))

    def _asks(self, place: ReaderSite, request: Request, shown: CardPresented) -> bool:
        takes = place.policy.keypad and shown.read is None and shown.age <= STALE_AFTER and shown.format != PIN_ALONE
        if not takes:
            return False
        self._follow(request)
        try:
            return pin_asked(self._site, self._state, request)
        finally:
            self._state.undo()

    def _on_file(self, request: Request) -> str:
        card = self._site.cards.get(request.token)
        person = self._site.people.persons.get(card.person or "") if card is not None else None
        return "ok" if person is not None and person.has_pin else "wrong"

    def _verdict(self, place: ReaderSite, request: Request) -> Verdict:
        self._follow(request)
        try:
            return decided(decide(self._site, self._state, request), place.free_exit, request.pin in KNOWN_PIN)
        finally:
            self._state.undo()

    def _follow(self, request: Request) -> None:
        """The doors in the modes that the schedules of this rule set say."""
        self._state.mark()
        way = self._site.way(request.door, request.direction)
        follow(self._site, self._state, (request.door, *way.interlocked), request.utc)

    # -- what the record does not keep ----------------------------------------------------------------------------

    def _count(self, event: Event, stamp: Stamp) -> None:
        """First persons and uses, which are recorded only where the rules of then asked for them."""
        if isinstance(event, AccessTaken) and event.person is not None and self._site.firsts:
            self._note_first(event, event.person)
        if isinstance(event, AccessGranted) and event.use is None and event.token is not None and self._site.limits:
            self._note_use(event.token, stamp.utc)

    def _note_first(self, event: AccessTaken, id: str) -> None:
        person = self._site.people.persons.get(id)
        groups = self._site.members.groups(person) if person is not None else frozenset[str]()
        places = (event.area, event.door) if event.direction == Direction.IN.value else (event.area,)
        for place in places:
            for group in self._site.firsts.get(place, frozenset()) & groups:
                self._state.firsts.put(f"{place}/{group}", FirstRecord(event.utc))

    def _note_use(self, token: str, utc: int) -> None:
        use, today = self._state.use(token), local_day(self._site, utc)
        self._state.uses.put(token, Use(use.uses + 1, use.days + (use.day != today), today, utc))


def _end(group: Group, shown: CardPresented | None) -> Told | None:
    """The event that ended the read of this group; what became of others who waited is no read."""
    for event in group.events:
        found = told(event)
        if found is None:
            continue
        if isinstance(group.signal, SignalFaulted):
            return found
        token = None if isinstance(found, InspectionDrawn) else found.token
        if shown is not None and found.reader == shown.reader and token in (None, shown.token):
            return found
    return None
