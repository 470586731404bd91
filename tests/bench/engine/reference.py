"""The slow, obvious evaluator that all answers are held against: the wall clock, and loops over the policy.

Shares nothing with the engine. It answers for what the generated sites use: cards and their holders, denials, grants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.people import Credential, CredentialStatus, Person
from rules.policy import AccessPolicy, DenyPolicy, Direction, Interval, PassbackMode, Policy, Who
from rules.state import State

ORDER = (
    "unknown_credential",
    "credential_disabled",
    "credential_lost",
    "credential_stolen",
    "credential_unassigned",
    "credential_not_yet_active",
    "credential_expired",
    "person_blocked",
    "denied_by_rule",
    "no_access_rights",
    "outside_schedule",
    "interlock",
    "passback",
    "occupancy_max",
)


class Reference:
    """Answers one request after the other. A PIN that is demanded counts as given."""

    def __init__(
        self, policy: Policy, persons: Iterable[Person], cards: Iterable[Credential], state: State | None = None
    ) -> None:
        self._policy = policy
        self._state = state
        self._places = {id: place.area for id, place in state.places.items()} if state else {}
        self._occupied = Counter(self._places.values())
        self._zone = ZoneInfo(policy.timezone)
        self._persons = {p.id: p for p in persons}
        self._cards = {c.token: c for c in cards}

    def answer(self, door: str, direction: Direction, token: str, utc: int) -> tuple[str, frozenset[str]]:
        """(reason, ids of the rules any of which may be named for it)."""
        card = self._cards.get(token)
        person = self._persons.get(card.person) if card and card.person else None
        wrong = set(self._wrong_with_the_card(card, person, utc))
        if self._state is not None:
            wrong |= set(self._wrong_with_the_state(door, direction, person, self._state))
        reason, rules = self._ruling((door, direction), person, utc)
        first = min({reason, *wrong} - {"granted"}, key=ORDER.index, default="granted")
        return first, rules if first == reason else frozenset()

    def active(self, schedule: str, utc: int) -> bool:
        """Whether a schedule holds at `utc`, us since 1970, by the wall clock."""
        if schedule in ("always", "never"):
            return schedule == "always"
        now = datetime.fromtimestamp(utc // 1_000_000, UTC).astimezone(self._zone)
        minute = now.hour * 60 + now.minute
        today, yesterday = now.date(), now.date() - timedelta(days=1)
        return any(
            (self._begins(i, today) and i.start <= minute < i.end)
            or (
                self._begins(i, yesterday)
                and i.start <= minute + 1440 < i.end
                and (not i.cut_at_midnight or self._begins(i, today))
            )
            for i in self._policy.schedules[schedule].intervals
        )

    def _begins(self, interval: Interval, day: date) -> bool:
        if (interval.starts and day < interval.starts) or (interval.ends and day > interval.ends):
            return False
        kind = self._policy.holidays.get(day)
        return kind in interval.types if kind else day.weekday() in interval.days

    def _wrong_with_the_card(self, card: Credential | None, person: Person | None, utc: int) -> Iterator[str]:
        if card is None:
            yield "unknown_credential"
            return
        if card.status is not CredentialStatus.ACTIVE:
            yield f"credential_{card.status.value}"
        if person is None:
            yield "credential_unassigned"
        holders: tuple[Credential | Person | None, ...] = card, person
        for holder in (h for h in holders if h is not None):
            if holder.begins is not None and utc < holder.begins:
                yield "credential_not_yet_active"
            if holder.ends is not None and utc >= holder.ends:
                yield "credential_expired"
        if person and person.blocked:
            yield "person_blocked"

    def _wrong_with_the_state(
        self, door: str, direction: Direction, person: Person | None, state: State
    ) -> Iterator[str]:
        """Of what `state_rules` makes: nobody entered an area lately, so that timed passback binds nobody."""
        policy = self._policy
        area = policy.areas[policy.doors[door].between[1 if direction is Direction.IN else 0]]
        there = person is not None and self._places.get(person.id) == area.id
        if there and area.passback is not None and area.passback.mode is PassbackMode.HARD:
            yield "passback"
        if area.occupancy_max is not None and not there and self._occupied[area.id] >= area.occupancy_max:
            yield "occupancy_max"
        others = {d for lock in policy.interlocks if door in lock.doors for d in lock.doors} - {door}
        if any(state.door(other).position != "closed" for other in others):
            yield "interlock"

    def _ruling(self, way: tuple[str, Direction], person: Person | None, utc: int) -> tuple[str, frozenset[str]]:
        if person is None:
            return "no_access_rights", frozenset()
        denials = [d for d in _meant(self._policy.deny, way, person) if self.active(d.when, utc)]
        if denials:
            return "denied_by_rule", frozenset(d.id for d in denials)
        grants = list(_meant(self._policy.access, way, person))
        active = frozenset(g.id for g in grants if self.active(g.when, utc))
        if active:
            return "granted", active
        return "outside_schedule" if grants else "no_access_rights", frozenset(g.id for g in grants)


def _meant(
    rules: Iterable[AccessPolicy | DenyPolicy], way: tuple[str, Direction], person: Person
) -> Iterator[AccessPolicy | DenyPolicy]:
    return (rule for rule in rules if way in rule.doors and _means(rule.who, person))


def _means(who: Who, person: Person) -> bool:
    in_group = not who.groups or any(group in who.groups for group in person.groups)
    return in_group and all(attribute in person.attributes for attribute in who.attributes)
