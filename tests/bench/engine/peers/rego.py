"""Rego in regorus: programs compiled for its virtual machine, one machine per door and direction, or one for all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench.engine.estate import Way
from tests.bench.engine.peers.host import Ask, Host, Now, Term, WayRules, framed
from tests.bench.engine.peers.library import library

ENTRY = "data.bench.granted"
_HEAD = "package bench\n\ndefault granted := false\n\n"
_GRANTED = "granted if {{ {not_denied}some tag in input.g; some when in data.allow[tag]; input.a[when] }}\n"
_DENIED = "denied if { some tag in input.g; some when in data.deny[tag]; input.a[when] }\n"
_ONE = (
    "granted if {\n  way := data.ways[input.d]\n  not denied\n  some tag in input.g\n  some when in way.allow[tag]\n"
    "  input.a[when]\n}\n\n"
    "denied if {\n  way := data.ways[input.d]\n  some tag in input.g\n  some when in way.deny[tag]\n"
    "  input.a[when]\n}\n"
)

Made = tuple[Any, str]
"""(the machine, its input but for the person)"""


def forms(host: Host) -> Iterator[tuple[str, Ask]]:
    """(how it is asked, the question)"""
    regorus = library("regorus", "gordon-to-regorus")
    listed = host.by_tags(lambda tags: f'"g":{_text(tags)}}}')
    keyed = host.by_tags(lambda tags: f'"g":{_text(dict.fromkeys(tags, True))}}}')
    yield "one rule per group, a program per door", framed(keyed, _now(host, _of_rules(host, regorus)), _answer)
    yield "the door's rules as data, a machine per door", framed(listed, _now(host, _of_data(host, regorus)), _answer)
    yield "all doors as data, one machine", framed(listed, _named(host, _of_all(host, regorus)), _answer)


def _answer(made: Made, person: str) -> bool:
    machine, known = made
    machine.set_input_json(known + person)
    return machine.execute() == "true"  # type: ignore[no-any-return]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _known(rules: WayRules, active: frozenset[str]) -> str:
    """`a`: true, for what always holds, then for each schedule of the way whether it is active."""
    return _text([True, *(s in active for s in rules.schedules)])


def _now(host: Host, machines: dict[Way, Any]) -> Now[Made]:
    return Now(host, lambda way, rules, active: (machines[way], f'{{"a":{_known(rules, active)},'))


def _named(host: Host, machine: Any) -> Now[Made]:
    return Now(host, lambda way, rules, active: (machine, f'{{"d":"{_name(way)}","a":{_known(rules, active)},'))


def _name(way: Way) -> str:
    return f"{way[0]}-{way[1].value}"


def _machine(regorus: Any, program: Any, data: Any = None) -> Any:
    machine = regorus.Rvm()
    machine.load_program(program)
    if data is not None:
        machine.set_data_json(_text(data))
    return machine


def _program(regorus: Any, policy: str) -> Any:
    return regorus.Program.compile_from_modules("{}", [("bench.rego", policy)], [ENTRY])


def _of_rules(host: Host, regorus: Any) -> dict[Way, Any]:
    return {way: _machine(regorus, _program(regorus, written(rules))) for way, rules in host.ways.items()}


def written(rules: WayRules) -> str:
    """A way's rules as a policy: one rule for each group and schedule."""
    index = _index(rules)

    def lines(name: str, terms: Sequence[Term]) -> str:
        return "".join(
            f'{name} if {{ input.a[{index[t.when]}]; input.g["{tag}"] }}\n'
            for t in terms
            if t.when != "never"
            for tag in t.tags
        )

    denials = lines("denied", rules.denials)
    head = "granted if { not denied; opened }\n" if denials else "granted if { opened }\n"
    return _HEAD + head + (lines("opened", rules.grants) or "opened if { false }\n") + denials


def _of_data(host: Host, regorus: Any) -> dict[Way, Any]:
    plain = _program(regorus, _HEAD + _GRANTED.format(not_denied=""))
    denying = _program(regorus, _HEAD + _GRANTED.format(not_denied="not denied; ") + _DENIED)
    return {
        way: _machine(regorus, denying if rules.denials else plain, _table(rules)) for way, rules in host.ways.items()
    }


def _of_all(host: Host, regorus: Any) -> Any:
    return _machine(
        regorus, _program(regorus, _HEAD + _ONE), {"ways": {_name(w): _table(r) for w, r in host.ways.items()}}
    )


def _index(rules: WayRules) -> dict[str, int]:
    return {"always": 0} | {schedule: n + 1 for n, schedule in enumerate(rules.schedules)}


def _table(rules: WayRules) -> dict[str, dict[str, list[int]]]:
    """Tag -> its schedules, of grants and of denials."""
    index = _index(rules)

    def by_tag(terms: Sequence[Term]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for term in terms:
            for tag in term.tags if term.when != "never" else ():
                found.setdefault(tag, []).append(index[term.when])
        return found

    return {"allow": by_tag(rules.grants), "deny": by_tag(rules.denials)}
