"""What a passage asks of somebody who has a right to it: factors, company, and who must have come before.

Of the grants that hold the least demanding one counts, as `rules.ruling` has it; while it waits for its first person,
the next one does. So an answer is a chain of options, in a form that is equal for what works alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from rules.policy import Escort, TwoPerson

NONE: frozenset[str] = frozenset()


class Grant(NamedTuple):
    """A grant as it counts for somebody. order: settles which of two that ask as much decides.

    partners: the classes of those who may be the second person by it; first: groups of which somebody must be in;
    valid: what must not have lapsed.
    """

    order: tuple[str, str]
    factors: frozenset[str]
    two_person: TwoPerson | None = None
    escort: Escort | None = None
    first: frozenset[str] = NONE
    valid: frozenset[str] = NONE
    partners: frozenset[str] = NONE


class Minimum(NamedTuple):
    """A minimum of a way, as it counts for everybody."""

    factors: frozenset[str]
    two_person: TwoPerson | None = None
    escort: Escort | None = None


class First(NamedTuple):
    """Somebody of these groups entered at or after `since`, us."""

    groups: frozenset[str]
    since: int


class Second(NamedTuple):
    """Another person within the window, us. of: the group one of both is in; partners: else who it may be."""

    window: int
    of: str | None
    partners: frozenset[str]


class Company(NamedTuple):
    """Somebody of these groups comes along within the window, us."""

    window: int
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Option:
    """What has to be shown and who else has to be there. firsts: it is open once one of them holds; empty: always."""

    factors: frozenset[str]
    seconds: frozenset[Second] = frozenset()
    escorts: frozenset[Company] = frozenset()
    firsts: frozenset[First] = frozenset()

    @property
    def alone(self) -> Option:
        """The same for somebody who need not wait."""
        return replace(self, firsts=frozenset()) if self.firsts else self


@dataclass(frozen=True, slots=True)
class Ask:
    """by_card: the options of whoever shows a card, the first that is open counts; by_pin: of a PIN that stands alone.

    Of each chain only the last one is open to everybody at any time, or none.
    """

    by_card: tuple[Option, ...]
    by_pin: tuple[Option, ...] = ()


CARD = Ask((Option(frozenset({"card"})),))
"""Nothing but a card."""


def ask(grants: Iterable[tuple[Grant, int]], minimums: Iterable[Minimum]) -> Ask | None:
    """What the grants that hold ask together with the minimums in force; None without a grant.

    Each grant comes with the moment its present period began, us.
    """
    minimums = tuple(minimums)
    found = [(grant.order, _option(grant, since, minimums)) for grant, since in grants]
    if not found:
        return None
    alone = [(order, option) for order, option in found if "card" not in option.factors]
    return Ask(_chain(found, "card"), _chain(alone, "pin"))


def _option(grant: Grant, since: int, minimums: tuple[Minimum, ...]) -> Option:
    rules: tuple[Grant | Minimum, ...] = (grant, *minimums)
    return Option(
        NONE.union(*(rule.factors for rule in rules)),
        frozenset(
            Second(t.window, t.second, grant.partners if t.second is None else NONE)
            for t in (rule.two_person for rule in rules)
            if t is not None
        ),
        frozenset(Company(e.window, e.groups) for e in (rule.escort for rule in rules) if e is not None),
        frozenset({First(grant.first, since)}) if grant.first else frozenset(),
    )


def _chain(found: list[tuple[tuple[str, str], Option]], shown: str) -> tuple[Option, ...]:
    """The options in the order in which they count, less those that never do."""
    chain: list[Option] = []
    known: set[First] = set()
    for _, option in sorted(found, key=lambda each: (_burden(each[1], shown), each[0])):
        new = frozenset(first for first in option.firsts if not any(_implies(first, k) for k in known))
        if option.firsts and not new:
            continue
        if chain and chain[-1].alone == option.alone:
            new = _weakest(new | chain.pop().firsts)
        chain.append(replace(option, firsts=new) if option.firsts else option)
        known |= new
        if not option.firsts:
            break
    return tuple(chain)


def _burden(option: Option, shown: str) -> tuple[bool, bool, int]:
    return bool(option.escorts), bool(option.seconds), len(option.factors - {shown})


def _weakest(firsts: frozenset[First]) -> frozenset[First]:
    """Without those that hold only while another one does anyway."""
    return frozenset(f for f in firsts if not any(f != other and _implies(f, other) for other in firsts))


def _implies(first: First, other: First) -> bool:
    """Whenever the one holds, the other does."""
    return first.groups <= other.groups and other.since <= first.since


# -- comparing --------------------------------------------------------------------------------------------------------


def burdens(option: Option) -> frozenset[object]:
    """Everything an option demands, each by itself."""
    first = {"first"} if option.firsts else set()
    return frozenset({*option.factors, *option.seconds, *option.escorts, *first})


def is_weaker(new: Ask, old: Ask) -> bool:
    """True where somebody has to meet less than before, in the worst case or in the best, and nothing that is new."""
    ends = [(burdens(new.by_card[n]), burdens(old.by_card[n])) for n in (0, -1)]
    less = any(after < before for after, before in ends) or (bool(new.by_pin) and not old.by_pin)
    return less and all(after <= before for after, before in ends)
