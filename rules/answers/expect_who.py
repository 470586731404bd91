"""Who opens which way when, asked of one assertion: the first case that speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from rules.answers.audit import Audit, Way, doorway
from rules.answers.expect_people import Attributes, ByClass, Crowd, Kind, among, by_class
from rules.answers.expect_times import Times
from rules.answers.spans import Spans, clipped, common, holding, meet, union, without
from rules.people import Person
from rules.policy import Claim, ExpectPolicy, Who
from rules.ruling import matching, valid_until
from rules.site import Rule

_Key = tuple[Way, tuple[str, ...], Attributes, bool]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Somebody for whom an assertion does not hold. kind: theirs; utc: when; can: they may pass and must not."""

    person: Person
    kind: Kind
    way: Way
    utc: int
    others: int
    can: bool


class Claimed:
    """One assertion on who opens these ways at these times."""

    def __init__(self, audit: Audit, crowd: Crowd, expected: ExpectPolicy, times: Times) -> None:
        self.audit, self.expected, self._crowd = audit, expected, crowd
        self._site, self._times = audit.site, times.spans
        self._meant = crowd.meant(expected.who)
        self._inside = {kind.number for kind in self._meant}
        self._met: dict[str, bool] = {}
        self._own: dict[_Key, Spans] = {}
        self._wrong: dict[_Key, tuple[Spans, Spans]] = {}
        self._demands: dict[_Key, tuple[Spans, Spans, Spans]] = {}
        self._times_meant = audit.whole if times.spans is None else times.spans

    @property
    def anybody(self) -> bool:
        return bool(self._meant)

    @property
    def ever(self) -> bool:
        """True where no time is given."""
        return self._times is None

    def counterexample(self) -> Wrong | None:
        only, nobody = self.expected.claim is Claim.ONLY, self.expected.claim is Claim.NOBODY
        can = only or nobody == self.expected.opens
        return next(self._who_can() if can else self._who_cannot(), None)

    # -- who can, and must not ----------------------------------------------------------------------------------------

    def _who_can(self) -> Iterator[Wrong]:
        kept_out = self._kept_out()
        classes = by_class(kept_out)
        for way in self.expected.doors if kept_out else ():
            able = self._able(way, kept_out, classes)
            found = ((kind, person, spans) for kind in able for person, spans in self._can(kind, way))
            first = next(found, None)
            if first is not None:
                kind, person, spans = first
                at = spans[0][0]
                others = sum(holding(more, at) is not None for _, _, more in found)
                yield Wrong(person, kind, way, at, others, True)

    def _kept_out(self) -> list[Kind]:
        """Those who must not open it at some time."""
        if self.expected.claim is not Claim.ONLY:
            return self._meant
        inside = {kind.number for kind in self._meant if self._lapse(self.expected.who, kind) >= self._end}
        return [kind for kind in self._crowd.kinds if kind.number not in inside]

    def _able(self, way: Way, kept_out: list[Kind], classes: ByClass) -> list[Kind]:
        """Of these, whoever could pass: most ways are open to few. classes: they again, by class."""
        if common(self.open_to_all(way), self._times_meant):
            return kept_out
        if not doorway(self._site, way).readers:
            return []
        grants = self._site.way(*way).grants
        return among(classes, (name for name in grants if name in classes and any(map(self._meets, grants[name]))))

    def _meets(self, rule: Rule) -> bool:
        """True if a rule is active at some time that is meant."""
        found = self._met.get(rule.schedule.id)
        if found is None:
            found = self._met[rule.schedule.id] = meet(self.audit.active(rule), self._times_meant)
        return found

    def _can(self, kind: Kind, way: Way) -> Iterator[tuple[Person, Spans]]:
        anybody, own = self._openings(kind, way)
        for person in kind.people if anybody or own else ():
            found = anybody
            if own and (valid := common(own, self.audit.limits(person, but=Audit.held))):
                found = union((*anybody, *valid)) if anybody else valid
            if found:
                yield person, found

    def _openings(self, kind: Kind, way: Way) -> tuple[Spans, Spans]:
        """When whoever comes passes at a forbidden time, and when this kind by its own right."""
        key = self._key(kind, way)
        found = self._wrong.get(key)
        if found is None:
            region = self._region(kind)
            found = common(self.open_to_all(way), region), common(self.own(kind, way), region)
            self._wrong[key] = found
        return found

    def _region(self, kind: Kind) -> Spans:
        """When somebody must not pass: with what is wanted valid for `nobody`, without it for `only`."""
        lapse = self._lapse(self.expected.who, kind)
        if self.expected.claim is not Claim.ONLY:
            return clipped(self._times_meant, self._begin, lapse)
        meant = kind.number in self._inside
        return clipped(self._times_meant, lapse, self._end) if meant else self._times_meant

    # -- who cannot, and must -----------------------------------------------------------------------------------------

    def _who_cannot(self) -> Iterator[Wrong]:
        for way in self.expected.doors:
            found = ((kind, person, at) for kind in self._meant for person, at in self._cannot(kind, way))
            first = next(found, None)
            if first is not None:
                kind, person, at = first
                others = sum(1 for _ in found)
                yield Wrong(person, kind, way, at, others, False)

    def _cannot(self, kind: Kind, way: Way) -> Iterator[tuple[Person, int]]:
        """Whoever is valid and not blocked, and does not open it at some of the times, or at none of any."""
        must, opens, missing = self._demanded(kind, way)
        for person in kind.people if missing else ():
            limits = self.audit.limits(person, but=Audit.held)
            wrong = common(missing, limits)
            if wrong and not (self.ever and meet(common(must, limits), opens)):
                yield person, wrong[0][0]

    def _demanded(self, kind: Kind, way: Way) -> tuple[Spans, Spans, Spans]:
        """(when it must open, when it does, the former without the latter) by the rules alone."""
        key = self._key(kind, way)
        found = self._demands.get(key)
        if found is None:
            must = clipped(self._times_meant, self._begin, self._lapse(self.expected.who, kind))
            opens = union((*self.own(kind, way), *self.open_to_all(way)))
            found = self._demands[key] = must, opens, without(must, opens)
        return found

    # -- when ---------------------------------------------------------------------------------------------------------

    @property
    def _begin(self) -> int:
        return self.audit.whole[0][0]

    @property
    def _end(self) -> int:
        return self.audit.whole[0][1]

    def open_to_all(self, way: Way) -> Spans:
        """While whoever comes passes: a way out that is never denied, a door that is unlocked."""
        if way[1] in self._site.doors[way[0]].egress:
            return self.audit.whole
        return self.audit.unlocked(way[0])

    def own(self, kind: Kind, way: Way) -> Spans:
        """While the rules alone let somebody of a kind pass."""
        if not doorway(self._site, way).readers:
            return ()
        key = self._key(kind, way)
        found = self._own.get(key)
        if found is None:
            found = self._own[key] = self._worked_out(key)
        return found

    def _key(self, kind: Kind, way: Way) -> _Key:
        """All that tells kinds apart at one way."""
        rules = self._site.way(*way)
        classes = tuple(name for name in kind.classes if name in rules.grants or name in rules.denials)
        return way, classes, kind.attributes, kind.number in self._inside

    def _worked_out(self, key: _Key) -> Spans:
        way, classes, attributes, _ = key
        rules = self._site.way(*way)
        granted = union(span for rule in matching(rules.grants, classes) for span in self._held(rule, attributes))
        if not granted:
            return ()
        denied = chain.from_iterable(self.audit.active(rule) for rule in matching(rules.denials, classes))
        return without(granted, union((*denied, *self.audit.blocked(way[0]))))

    def _held(self, rule: Rule, attributes: Attributes) -> Spans:
        spans = self.audit.active(rule)
        return clipped(spans, self._begin, self._end_of(rule.who, attributes)) if rule.who.valid else spans

    def _lapse(self, who: Who, kind: Kind) -> int:
        """When the first of what must be valid no longer is, us; the end of what is asked about for none."""
        return self._end_of(who, kind.attributes) if who.valid else self._end

    def _end_of(self, who: Who, attributes: Attributes) -> int:
        stated = dict(attributes)
        ends = [valid_until(stated.get(name), self._site.timezone) for name in who.valid]
        return max(self._begin, min(self._end, *(self._begin if end is None else end for end in ends)))
