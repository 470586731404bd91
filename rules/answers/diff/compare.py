"""What changes for people to whom two sets of rules apply: from what to what, and when. Exact, and worked out once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import chain, combinations
from typing import NamedTuple

from rules.answers.ask import CARD, Ask
from rules.answers.diff.folk import Folk, Terms
from rules.answers.diff.since import in_order
from rules.answers.diff.times import Times, Token
from rules.answers.diff.ways import GrantAt, MinimumAt
from rules.answers.rights import Asks, Demanded, Granted, asks
from rules.answers.spans import Span, Spans, common, union, without


class Rules(NamedTuple):
    """What of one version applies to some people on a way. denials: what keeps them out, while it is active."""

    grants: frozenset[GrantAt]
    denials: frozenset[Token]
    minimums: frozenset[MinimumAt]


class Change(NamedTuple):
    """before, after: what is asked, None: no passage. valid, lapsed: only while these prerequisites are so."""

    before: Ask | None
    after: Ask | None
    spans: Spans
    valid: frozenset[str] = frozenset()
    lapsed: frozenset[str] = frozenset()


_PLAIN = frozenset({"card"})


class Comparer:
    """Remembers every pair of rules it was asked about: most ways of a site have rules in common."""

    def __init__(self, times: Times, folk: Folk) -> None:
        self._times, self._folk = times, folk
        self._known: dict[tuple[Rules, Rules, Terms | None], tuple[Change, ...]] = {}

    def changes(self, old: Rules, new: Rules, terms: Terms | None) -> tuple[Change, ...]:
        """terms: of people whose own dates changed, too."""
        if old == new and terms is None:
            return ()
        if not old.grants and not new.grants:
            return ()
        key = old, new, terms
        found = self._known.get(key)
        if found is None:
            made = self._over_prerequisites(old, new) if terms is None else self._on_terms(old, new, terms)
            found = self._known[key] = tuple(made)
        return found

    # -- prerequisites ------------------------------------------------------------------------------------------------

    def _over_prerequisites(self, old: Rules, new: Rules) -> Iterator[Change]:
        """For each way in which they can be valid or lapsed; told without condition where that makes no difference."""
        names = frozenset(name for rules in (old, new) for at in rules.grants for name in at.grant.valid)
        if not names:
            yield from self._between(old, new, self._region(old, new))
            return
        worlds = {held: tuple(self._in_world(old, new, held)) for held in _subsets(names)}
        if len(set(worlds.values())) == 1:
            yield from worlds[names]
            return
        for held, changes in worlds.items():
            for change in changes:
                yield change._replace(valid=held, lapsed=names - held)

    def _in_world(self, old: Rules, new: Rules, held: frozenset[str]) -> Iterator[Change]:
        old, new = (rules._replace(grants=_holding(rules.grants, held)) for rules in (old, new))
        yield from self._between(old, new, self._region(old, new))

    # -- one pair -----------------------------------------------------------------------------------------------------

    def _region(self, old: Rules, new: Rules) -> Spans:
        """A stretch outside of which the same rules are active in both."""
        parts = [self._apart(old.denials, new.denials)]
        for before, after in (_sorted(old.grants, new.grants), _sorted(old.minimums, new.minimums)):
            for what in before.keys() | after.keys():
                tokens = before.get(what, _NEVER), after.get(what, _NEVER)
                if tokens[0] != tokens[1]:
                    waits = bool(getattr(what, "first", False))  # since when it holds matters, too
                    parts.append(self._times.union(tokens[0] ^ tokens[1]) if waits else self._apart(*tokens))
        return union(chain.from_iterable(parts)) if len(parts) > 1 else parts[0]

    def _apart(self, old: frozenset[Token], new: frozenset[Token]) -> Spans:
        return () if old == new else self._times.apart(old, new)

    def _between(self, old: Rules, new: Rules, region: Spans) -> Iterator[Change]:
        if region:
            yield from _differences(self._asks(old, region), self._asks(new, region), region)

    def _on_terms(self, old: Rules, new: Rules, terms: Terms) -> Iterator[Change]:
        whole, sides = self._times.whole, []
        for rules, limits, lapses in zip((old, new), terms.limits, terms.lapses, strict=True):
            sides.append(self._asks(rules, limits, dict(zip(self._folk.names, lapses, strict=False))))
        yield from _differences(sides[0], sides[1], whole)

    def _asks(self, rules: Rules, region: Spans, lapses: dict[str, int] | None = None) -> Asks:
        times = self._times
        if rules.denials:
            region = without(region, times.union(rules.denials))
        if lapses is None and not rules.minimums and all(map(_is_bare, rules.grants)):
            held = union(span for at in rules.grants for span in common(times.spans(at.token), region))
            return {CARD: held} if held else {}
        return asks(
            [Granted(at.grant, self._held(at, region, lapses), times.schedule(at.token)) for at in rules.grants],
            [Demanded(at.minimum, common(times.spans(at.token), region)) for at in rules.minimums],
            region,
        )

    def _held(self, at: GrantAt, region: Spans, lapses: dict[str, int] | None) -> Spans:
        """While the grant holds; in a world that is looked at, what it wants to be valid is."""
        found = common(self._times.spans(at.token), region)
        if lapses is None or not at.grant.valid:
            return found
        lo = self._times.whole[0][0]
        return common(found, ((lo, min(lapses.get(name, lo) for name in at.grant.valid)),))


_NEVER: frozenset[Token] = frozenset()


def _is_bare(at: GrantAt) -> bool:
    """True for a grant that asks for a card and nothing else."""
    grant = at.grant
    return grant.factors == _PLAIN and grant.two_person is None and grant.escort is None and not grant.first


def _holding(grants: frozenset[GrantAt], held: frozenset[str]) -> frozenset[GrantAt]:
    return frozenset(at for at in grants if at.grant.valid <= held)


def _subsets(names: frozenset[str]) -> Iterator[frozenset[str]]:
    ordered = sorted(names)
    for size in range(len(ordered), -1, -1):
        yield from map(frozenset, combinations(ordered, size))


def _sorted(
    old: Iterable[tuple[Hashable, Token]], new: Iterable[tuple[Hashable, Token]]
) -> tuple[dict[Hashable, frozenset[Token]], dict[Hashable, frozenset[Token]]]:
    """What alone one of them has, with the times of everything alike."""
    found: tuple[dict[Hashable, frozenset[Token]], ...] = {}, {}
    for side, rules in enumerate((old, new)):
        for what, token in rules:
            found[side][what] = found[side].get(what, _NEVER) | {token}
    return found[0], found[1]


def _differences(old: Asks, new: Asks, region: Spans) -> Iterator[Change]:
    """Every time at which the one is not the other."""
    before, after = ({**found, None: _rest(found, region)} for found in (old, new))
    turned: dict[tuple[Ask | None, Ask | None], list[Span]] = {}
    for was, times in before.items():
        for now, others in after.items():
            if was != now:
                spans = common(times, others)
                if spans:
                    turned.setdefault(in_order(was, now), []).extend(spans)
    return (Change(was, now, union(spans)) for (was, now), spans in turned.items())


def _rest(found: Asks, region: Spans) -> Spans:
    return without(region, union(span for spans in found.values() for span in spans)) if found else region
