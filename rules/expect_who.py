"""Who opens which way when, asked of one assertion: the first case that speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from rules.audit import Audit, Way, doorway
from rules.expect_people import Crowd, Kind
from rules.expect_times import Times
from rules.people import Person
from rules.policy import Claim, ExpectPolicy, Who
from rules.ruling import matching, valid_until
from rules.site import Rule
from rules.spans import Spans, clipped, common, holding, union, without

_Key = tuple[Way, tuple[str, ...], tuple[tuple[str, str], ...]]


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
        self.audit, self.expected, self.crowd = audit, expected, crowd
        self._site, self._times = audit.site, times.spans
        self._meant = crowd.meant(expected.who)
        self._inside = {kind.number for kind in self._meant}
        self._own: dict[_Key, Spans] = {}
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
        for way in self.expected.doors:
            found = (
                (kind, person, spans) for kind in self._able(way, kept_out) for person, spans in self._can(kind, way)
            )
            first = next(found, None)
            if first is not None:
                kind, person, spans = first
                at = spans[0][0]
                others = sum(holding(more, at) is not None for _, _, more in found)
                yield Wrong(person, kind, way, at, others, True)

    def _kept_out(self) -> dict[int, Kind]:
        """Those who must not open it at some time, by number."""
        if self.expected.claim is not Claim.ONLY:
            return {kind.number: kind for kind in self._meant}
        inside = {kind.number for kind in self._meant if self._lapse(self.expected.who, kind) >= self._end}
        return {kind.number: kind for kind in self.crowd.kinds if kind.number not in inside}

    def _able(self, way: Way, kept_out: dict[int, Kind]) -> Iterator[Kind]:
        """Of these, whoever could pass: most ways are open to few."""
        if common(self.open_to_all(way), self._times_meant):
            return iter(kept_out.values())
        if not doorway(self._site, way).readers:
            return iter(())
        grants = self._site.way(*way).grants
        open = [name for name, rules in grants.items() if any(self._meets(rule) for rule in rules)]
        return (kind for kind in self.crowd.among(open) if kind.number in kept_out)

    def _meets(self, rule: Rule) -> bool:
        return bool(common(self.audit.active(rule), self._times_meant))

    def _can(self, kind: Kind, way: Way) -> Iterator[tuple[Person, Spans]]:
        region = self._region(kind)
        anybody = common(self.open_to_all(way), region)
        own = common(self.own(kind, way), region)
        for person in kind.people if anybody or own else ():
            found = union((*anybody, *common(own, self.audit.limits(person, but=Audit.held)))) if own else anybody
            if found:
                yield person, found

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
        must = clipped(self._times_meant, self._begin, self._lapse(self.expected.who, kind))
        opens = union((*self.own(kind, way), *self.open_to_all(way)))
        if must and not (without(must, opens)):
            return
        for person in kind.people if must else ():
            asked = common(must, self.audit.limits(person, but=Audit.held))
            missing = without(asked, opens)
            if missing and (not self.ever or missing == asked):
                yield person, missing[0][0]

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
        rules = self._site.way(*way)
        classes = tuple(name for name in kind.classes if name in rules.grants or name in rules.denials)
        key = way, classes, kind.attributes
        found = self._own.get(key)
        if found is None:
            found = self._own[key] = self._worked_out(kind, way, classes)
        return found

    def _worked_out(self, kind: Kind, way: Way, classes: tuple[str, ...]) -> Spans:
        rules = self._site.way(*way)
        granted = union(span for rule in matching(rules.grants, classes) for span in self._held(rule, kind))
        if not granted:
            return ()
        denied = chain.from_iterable(self.audit.active(rule) for rule in matching(rules.denials, classes))
        return without(granted, union((*denied, *self.audit.blocked(way[0]))))

    def _held(self, rule: Rule, kind: Kind) -> Spans:
        spans = self.audit.active(rule)
        return clipped(spans, self._begin, self._lapse(rule.who, kind)) if rule.who.valid else spans

    def _lapse(self, who: Who, kind: Kind) -> int:
        """When the first of what must be valid no longer is, us; the end of what is asked about for none."""
        stated = dict(kind.attributes)
        ends = (valid_until(stated.get(name), self._site.timezone) for name in who.valid)
        return max(self._begin, min((self._begin if end is None else end for end in ends), default=self._end))
