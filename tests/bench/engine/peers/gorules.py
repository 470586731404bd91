"""zen-engine: one compiled expression per door and direction, evaluated over a context made of ready JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rules.access import Request
from tests.bench.engine.estate import IN, Way
from tests.bench.engine.peers.host import Ask, Holder, Host, Now, Term, WayRules
from tests.bench.engine.peers.library import library

Made = tuple[Callable[[str], Any], str]
"""(evaluate of the way's expression, the second half of its context: which of its schedules are active)"""


def forms(host: Host) -> Iterator[tuple[str, Ask]]:
    """(how it is asked, the question)"""
    zen = library("zen", "zen-engine")
    joined = host.by_tags(lambda tags: f'{{"g":"|{"|".join(tags)}|","a":')
    yield "groups as one text", _asked(joined, _now(host, zen, _any_contained))
    listed = host.by_tags(lambda tags: json.dumps({"g": tags}, separators=(",", ":"))[:-1] + ',"a":')
    yield "groups as a list", _asked(listed, _now(host, zen, _any_in_list))


def _asked(holders: dict[str, Holder[str]], now: Now[Made]) -> Ask:
    """As `host.framed`, in one function: at 1 us a call counts."""

    def ask(_site: object, _state: object, request: Request) -> bool:
        holder, utc = holders.get(request.token or ""), request.utc
        if holder is None or not holder[0] <= utc < holder[1]:
            return False
        if not now.lo <= utc < now.hi:
            now.turn(utc)
        evaluate, active = (now.ins if request.direction is IN else now.outs)[request.door]
        return evaluate(holder[2] + active)  # type: ignore[no-any-return]

    return ask


def _now(host: Host, zen: Any, term: Callable[[Sequence[str]], str]) -> Now[Made]:
    compiled = {way: zen.compile_expression(expression(rules, term)) for way, rules in host.ways.items()}

    def make(way: Way, rules: WayRules, active: frozenset[str]) -> Made:
        known = json.dumps([s in active for s in rules.schedules], separators=(",", ":"))
        return compiled[way].evaluate, f"{known}}}"

    return Now(host, make)


def expression(rules: WayRules, term: Callable[[Sequence[str]], str]) -> str:
    """True for whoever passes; g: the tags of the person, a: for each schedule of the way whether it is active."""
    index = {schedule: n for n, schedule in enumerate(rules.schedules)}

    def any_of(terms: Sequence[Term]) -> str:
        found = [(t.when, term(t.tags)) for t in terms if t.when != "never"]
        return " or ".join(f"({tags})" if w == "always" else f"(a[{index[w]}] and ({tags}))" for w, tags in found)

    granted, denied = any_of(rules.grants), any_of(rules.denials)
    if not granted:
        return "false"
    return f"not ({denied}) and ({granted})" if denied else granted


def _any_contained(tags: Sequence[str]) -> str:
    return " or ".join(f"contains(g, '|{tag}|')" for tag in tags)


def _any_in_list(tags: Sequence[str]) -> str:
    return " or ".join(f"'{tag}' in g" for tag in tags)
