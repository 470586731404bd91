"""casbin's FastEnforcer, its policies keyed by the door, or by the door and each group of the person."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.engine.estate import Way
from tests.bench.engine.peers.host import Ask, Host, Now, framed
from tests.bench.engine.peers.library import library

_MODEL = """
[request_definition]
r = way, tags, active

[policy_definition]
p = way, tag, when, eft

[policy_effect]
e = {effect}

[matchers]
m = {matcher}
"""
_DENY_WINS = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
_ANY = "some(where (p.eft == allow))"
Row = tuple[str, str, str, str]


def forms(host: Host) -> Iterator[tuple[str, Ask]]:
    """(how it is asked, the question)"""
    casbin = library("casbin", "pycasbin")
    logging.getLogger("casbin").setLevel(logging.CRITICAL)  # it writes a line for each refusal
    grants, denials = list(_rows(host, "allow")), list(_rows(host, "deny"))
    yield "keyed by the door", _by_door(casbin, host, [*grants, *denials])
    yield "keyed by door and group", _by_group(casbin, host, grants, denials)


def _by_door(casbin: Any, host: Host, rows: list[Row]) -> Ask:
    enforcer = _enforcer(casbin, rows, [0], "p.tag in r.tags && p.when in r.active", _DENY_WINS)

    def answer(made: tuple[str, frozenset[str]], tags: frozenset[str]) -> bool:
        return enforcer.enforce(made[0], tags, made[1])  # type: ignore[no-any-return]

    return framed(host.by_tags(frozenset), _now(host), answer)


def _by_group(casbin: Any, host: Host, grants: list[Row], denials: list[Row]) -> Ask:
    """Grants and denials apart; the denials are asked only where a door has any."""
    allowing = _enforcer(casbin, grants, [0, 1], "p.when in r.active", _ANY)
    denying = _enforcer(casbin, [(w, t, s, "allow") for w, t, s, _ in denials], [0, 1], "p.when in r.active", _ANY)
    denied = {row[0] for row in denials}

    def answer(made: tuple[str, frozenset[str]], tags: tuple[str, ...]) -> bool:
        way, active = made
        if not any(allowing.enforce(way, tag, active) for tag in tags):
            return False
        return way not in denied or not any(denying.enforce(way, tag, active) for tag in tags)

    return framed(host.by_tags(tuple), _now(host), answer)


def _now(host: Host) -> Now[tuple[str, frozenset[str]]]:
    return Now(host, lambda way, rules, active: (_name(way), active | {"always"}))


def _name(way: Way) -> str:
    return f"{way[0]}-{way[1].value}"


def _rows(host: Host, effect: str) -> Iterator[Row]:
    for way, rules in host.ways.items():
        for term in rules.grants if effect == "allow" else rules.denials:
            for tag in term.tags:
                yield _name(way), tag, term.when, effect


def _enforcer(casbin: Any, rows: list[Row], keys: list[int], matcher: str, effect: str) -> Any:
    with TemporaryDirectory(prefix="dw-bench-") as folder:
        model, policy = Path(folder) / "model.conf", Path(folder) / "policy.csv"
        model.write_text(_MODEL.format(effect=effect, matcher=matcher))
        policy.write_text("".join(f"p, {', '.join(row)}\n" for row in dict.fromkeys(rows)))
        return casbin.FastEnforcer(str(model), str(policy), cache_key_order=keys)
