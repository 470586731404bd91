"""cedarpy: a parsed policy set per door and direction, parsed entities per set of groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench.engine.peers.host import Ask, Host, Now, Term, WayRules, framed
from tests.bench.engine.peers.library import library

_UIDS = {
    "principal": {"type": "Person", "id": "asking"},
    "action": {"type": "Action", "id": "pass"},
    "resource": {"type": "Door", "id": "asked"},
}


def forms(host: Host) -> Iterator[tuple[str, Ask]]:
    """(how it is asked, the question)"""
    cedarpy = library("cedarpy", "cedarpy")
    entities = host.by_tags(lambda tags: cedarpy.Entities.from_json_str(json.dumps(_entities(tags))))
    sets = {way: cedarpy.PolicySet.from_str(written(rules)) for way, rules in host.ways.items()}
    now = Now(host, lambda way, rules, active: (sets[way], {**_UIDS, "context": _context(rules, active)}))

    def answer(made: tuple[Any, dict[str, Any]], who: Any) -> bool:
        policies, request = made
        return cedarpy.is_authorized(request, policies, who).allowed  # type: ignore[no-any-return]

    yield "policies and entities parsed, context as text", framed(entities, now, answer)


def _entities(tags: Sequence[str]) -> list[dict[str, Any]]:
    uids = [{"type": "Tag", "id": tag} for tag in tags]
    person = {"uid": _UIDS["principal"], "attrs": {}, "parents": uids}
    return [person, *({"uid": uid, "attrs": {}, "parents": []} for uid in uids)]


def _context(rules: WayRules, active: frozenset[str]) -> str:
    return json.dumps({f"a{n}": s in active for n, s in enumerate(rules.schedules)}, separators=(",", ":"))


def written(rules: WayRules) -> str:
    """A way's rules as a policy set: one policy for each group and schedule."""
    index = {schedule: n for n, schedule in enumerate(rules.schedules)}

    def lines(effect: str, terms: Sequence[Term]) -> Iterator[str]:
        for term in terms:
            when = "" if term.when == "always" else f" when {{ context.a{index.get(term.when)} }}"
            for tag in term.tags if term.when != "never" else ():
                yield f'{effect}(principal in Tag::"{tag}", action, resource){when};'

    return "\n".join((*lines("permit", rules.grants), *lines("forbid", rules.denials)))
