"""Since when a first person counts, in an answer that comes again period after period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules.answers.ask import Ask, First, Option


def in_order(was: Ask | None, now: Ask | None) -> tuple[Ask | None, Ask | None]:
    """The same with the order of the moments in their place: what turns alike each day is then one change."""
    moments = {first.since for ask in (was, now) if ask is not None for first in _firsts(ask)}
    if not moments:
        return was, now
    order = {since: n for n, since in enumerate(sorted(moments))}
    return _placed(was, order), _placed(now, order)


def is_earlier(new: Ask | None, old: Ask | None) -> bool:
    """True where nothing turned but that a first person counts who came earlier."""
    return _shifted(old, new) and all(one.since <= other.since for one, other in _pairs(new, old))


def shift_words(was: Ask | None, now: Ask | None) -> str:
    """`, counted from an earlier time` where nothing turned but since when a first person counts; else nothing."""
    if not _shifted(was, now):
        return ""
    time = "an earlier" if is_earlier(now, was) else "a later" if is_earlier(was, now) else "another"
    return f", counted from {time} time"


def _shifted(was: Ask | None, now: Ask | None) -> bool:
    return was is not None and now is not None and was != now and _plain(was) == _plain(now)


def _pairs(one: Ask | None, other: Ask | None) -> Iterator[tuple[First, First]]:
    """Of two answers that ask alike."""
    return zip(_sorted(one), _sorted(other), strict=True) if one and other else iter(())


def _firsts(ask: Ask) -> Iterator[First]:
    return (first for option in (*ask.by_card, *ask.by_pin) for first in option.firsts)


def _sorted(ask: Ask) -> Iterator[First]:
    """Option by option, in the order of their groups."""
    for option in (*ask.by_card, *ask.by_pin):
        yield from sorted(option.firsts, key=lambda first: (sorted(first.groups), first.since))


def _plain(ask: Ask) -> list[tuple[Option, list[list[str]]]]:
    options = (*ask.by_card, *ask.by_pin)
    return [(option.alone, sorted(sorted(first.groups) for first in option.firsts)) for option in options]


def _placed(ask: Ask | None, order: dict[int, int]) -> Ask | None:
    return None if ask is None else Ask(*(tuple(_each(chain, order)) for chain in (ask.by_card, ask.by_pin)))


def _each(chain: Iterable[Option], order: dict[int, int]) -> Iterator[Option]:
    for option in chain:
        firsts = frozenset(First(first.groups, order[first.since]) for first in option.firsts)
        yield replace(option, firsts=firsts) if firsts else option
