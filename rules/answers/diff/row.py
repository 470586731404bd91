"""One line of a difference, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rules.answers.ask import Ask
from rules.answers.meant import PEOPLE
from rules.answers.spans import Spans
from rules.policy import Direction, Source

GAINS, LOSES, WEAKER, STRICTER, OTHER = "gains", "loses", "asks_less", "asks_more", "asks_other"
PASSAGE = (GAINS, LOSES, WEAKER, STRICTER, OTHER)
"""The effects that are about passing a door; all else is about what people or places have."""

PHRASES = {
    "passes_lockdown": "pass a lockdown now",
    "no_longer_passes_lockdown": "pass a lockdown no longer",
    "exempt_from_passback": "are exempt from the passback of {places} now",
    "no_longer_exempt_from_passback": "are exempt from the passback of {places} no longer",
    "disarms": "disarm {places} by entering now",
    "no_longer_disarms": "disarm {places} by entering no longer",
    "escorts": "may escort others at {places} now",
    "no_longer_escorts": "may escort others at {places} no longer",
    "seconds": "may be the second person at {places} now",
    "no_longer_seconds": "may be the second person at {places} no longer",
    "firsts": "count as the first person at {places} now",
    "no_longer_firsts": "count as the first person at {places} no longer",
    "opens_first": "unlock {places} for everybody by coming first now",
    "no_longer_opens_first": "unlock {places} for everybody by coming first no longer",
    "new_door": "door {places} {are} new",
    "no_door": "door {places} {are} gone",
    "new_area": "area {places} {are} new",
    "no_area": "area {places} {are} gone",
    "new_zone": "zone {places} {are} new",
    "no_zone": "zone {places} {are} gone",
    "new_fire": "fire input {places} {are} new",
    "no_fire": "fire input {places} {are} gone",
    "new_operator": "operator {places} {are} new",
    "no_operator": "operator {places} {are} gone",
    "new_controller": "controller {places} {are} new",
    "no_controller": "controller {places} {are} gone",
    "unlocked": "{places} unlocked for everybody",
    "not_unlocked": "{places} no longer unlocked for everybody",
    "blocked": "{places} blocked",
    "not_blocked": "{places} no longer blocked",
}
"""What is said of an effect that is more than a setting turned."""

FEW = 3
"""So many people are named instead of counted, and may be left out of a group by name."""

SHOWN = 6
"""Names that a line spells out; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A rule that brought a change about. gone: by being there no longer."""

    id: str
    source: Source
    gone: bool

    def __str__(self) -> str:
        return f"{'without' if self.gone else 'by'} {self.id} ({self.source.file}:{self.source.line})"


@dataclass(frozen=True, slots=True)
class Whom:
    """Some of the people of a line. group: what they share, or empty; but: those of it whom the line does not mean."""

    group: str
    people: tuple[str, ...] = field(repr=False)
    but: tuple[str, ...] = field(default=(), repr=False)

    def text(self, shown: Callable[[str], str]) -> str:
        """`staff`, `staff except E7`, `12 of the 40 in staff (E1, E2 and 10 more)`, `3 people (E1, E2 and E3)`."""
        if self.group and len(self.but) <= min(FEW, len(self.people) - 1):
            return f"{self.group} except {listed(map(shown, self.but))}" if self.but else self.group
        few = self.people[:SHOWN]
        names = listed(map(shown, few), more=len(self.people) - len(few))
        if self.group and len(self.people) > FEW:
            among = self.group if self.group.startswith(f"{PEOPLE} ") else f"in {self.group}"
            return f"{len(self.people)} of the {len(self.people) + len(self.but)} {among} ({names})"
        return f"{counted(len(self.people))} ({names})"


@dataclass(frozen=True, slots=True)
class Row:
    """What changes for some people at some places, at some times. The people are meant while their cards work.

    people: ids, in the order of their cards; whom: the same by what they share. places: `front (in)`, or ids of doors
    and areas; ways: of a passage. when: `spans` in words, empty where time plays no part. before, after: in words;
    asked: what a passage asks, before and after. level: threat levels; condition: prerequisites, `valid` and `lapsed`
    by name.
    weaker: security is less than before.
    """

    effect: str
    places: tuple[str, ...] = ()
    people: tuple[str, ...] = field(default=(), repr=False)
    whom: tuple[Whom, ...] = ()
    spans: Spans = ()
    when: str = ""
    before: str = ""
    after: str = ""
    level: tuple[str, ...] = ()
    valid: frozenset[str] = frozenset()
    lapsed: frozenset[str] = frozenset()
    weaker: bool = False
    behind: Behind | None = None
    ways: tuple[tuple[str, Direction], ...] = ()
    asked: tuple[Ask | None, Ask | None] = (None, None)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that are meant whole."""
        return tuple(whom.group for whom in self.whom if whom.group and not whom.but)

    @property
    def condition(self) -> str:
        """`while training is valid`"""
        said = [f"{name} is valid" for name in sorted(self.valid)]
        said += [f"{name} is not valid" for name in sorted(self.lapsed)]
        return f"while {' and '.join(said)}" if said else ""

    def text(self, shown: Callable[[str], str] = str) -> str:
        """One line. shown: what a person's id is shown as."""
        whom = f"{self._whom(shown)}: " if self.people else ""
        more = [
            f"at threat level {listed(self.level)}" if self.level else "",
            self.condition,
            str(self.behind) if self.behind else "",
        ]
        after = "".join(f", {text}" for text in more if text)
        return f"{_SIGN.get(self.effect, '~')} {whom}{self._what()}{after}{' [weaker]' if self.weaker else ''}"

    def _what(self) -> str:
        where = listed(self.places)
        when = f": {self.when}" if self.when else ""
        match self.effect:
            case "gains":
                return f"{where}{when}" + ("" if self.after == "card" else f", with {self.after}")
            case "loses":
                return f"{where}{when}"
            case "asks_less" | "asks_more" | "asks_other":
                return f"{where}{when}, with {self.after} instead of {self.before}"
        phrase = PHRASES.get(self.effect)
        if phrase is not None:
            return phrase.format(places=where, are="is" if len(self.places) == 1 else "are") + when
        name = self.effect.replace("_", " ")
        turned = f" {self.after} instead of {self.before}" if self.before else f" {self.after}" if self.after else ""
        return f"{where}{': ' if where else ''}{name}{turned}{when}"

    def _whom(self, shown: Callable[[str], str]) -> str:
        text = listed(whom.text(shown) for whom in self.whom)
        return text if len(self.whom) == 1 and text.endswith(")") else f"{text} ({counted(len(self.people))})"

    def plain(self) -> dict[str, Any]:
        """For JSON; times are us since 1970."""
        behind = self.behind
        return {
            "effect": self.effect,
            "places": list(self.places),
            "people": list(self.people),
            "count": len(self.people),
            "whom": [{"group": whom.group, "count": len(whom.people), "but": list(whom.but)} for whom in self.whom],
            "when": self.when,
            "spans": [list(span) for span in self.spans],
            "before": self.before,
            "after": self.after,
            "threat_levels": list(self.level),
            "condition": self.condition,
            "weaker": self.weaker,
            "rule": None
            if behind is None
            else {"id": behind.id, "file": behind.source.file, "line": behind.source.line, "gone": behind.gone},
        }


_SIGN = {GAINS: "+", LOSES: "-"}


def listed(words: Iterable[str], more: int = 0) -> str:
    """`a, b and c`; of many the first ones, and how many more there are."""
    found = list(words)
    if len(found) > SHOWN + 1:
        found, more = found[:SHOWN], more + len(found) - SHOWN
    last = [f"{more} more"] if more else found[-1:]
    first = found if more else found[:-1]
    return f"{', '.join(first)} and {last[0]}" if first and last else "".join(last)


def counted(people: int) -> str:
    return f"{people} {'person' if people == 1 else 'people'}"


@dataclass(frozen=True, slots=True)
class Diff:
    """Every difference within lo <= utc < hi, us since 1970. old, new: hashes of the rule sets."""

    rows: tuple[Row, ...]
    lo: int
    hi: int
    old: str = ""
    new: str = ""

    @property
    def empty(self) -> bool:
        """True where both mean the same."""
        return not self.rows

    @property
    def gains(self) -> int:
        """Lines by which people gain a passage."""
        return sum(row.effect == GAINS for row in self.rows)

    @property
    def losses(self) -> int:
        return sum(row.effect == LOSES for row in self.rows)

    @property
    def weaker(self) -> int:
        """Lines by which less is asked, or watched, than before."""
        return sum(row.weaker for row in self.rows)

    def lines(self, shown: Callable[[str], str] = str) -> Iterator[str]:
        return (row.text(shown) for row in self.rows)

    def text(self, shown: Callable[[str], str] = str) -> str:
        """A line each; empty where there is nothing to say."""
        return "\n".join(self.lines(shown))

    def to_json(self) -> dict[str, Any]:
        """Ready for `json.dumps`. Times are us since 1970."""
        return {
            "equal": self.empty,
            "from": self.lo,
            "to": self.hi,
            "old": self.old,
            "new": self.new,
            "gains": self.gains,
            "losses": self.losses,
            "weaker": self.weaker,
            "rows": [row.plain() for row in self.rows],
        }
