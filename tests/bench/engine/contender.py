"""Everyone who is asked the same requests, and that they all answer right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rules.access import decide
from rules.policy import Policy
from tests.bench.engine import engine
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.day import Asked
from tests.bench.engine.peers import cedar, fastcasbin, gorules, naive, rego
from tests.bench.engine.peers.host import Ask, Host
from tests.bench.engine.reference import Reference

BARE, ENGINE, NAIVE = "bare dict.get", "engine", "naive object walk"
ZEN, REGO, CEDAR, CASBIN = "zen-engine", "Rego (regorus)", "cedarpy", "casbin FastEnforcer"
PEERS: dict[str, Callable[[Host], Iterator[tuple[str, Ask]]]] = {
    ZEN: gorules.forms,
    REGO: rego.forms,
    CEDAR: cedar.forms,
    CASBIN: fastcasbin.forms,
}


@dataclass(frozen=True, slots=True)
class Contender:
    """Asked as `ask(first, second, item(asked))`. form: how, where there are several ways; granted: of its answer."""

    name: str
    form: str
    ask: Callable[[Any, Any, Any], Any]
    first: Any
    second: Any
    item: Callable[[Asked], Any] = engine.request
    granted: Callable[[Any], bool] = bool


def bare_of(crowd: Crowd) -> Contender:
    """The limit: a call of the engine's three arguments, and one look-up in a dict as large as the table of cards."""

    def bare(table: dict[str | None, str | None], _state: None, request: engine.Request) -> str | None:
        return table.get(request.token)

    return Contender(BARE, "", bare, {card.token: card.person for card in crowd.cards}, None)


def engine_of(policy: Policy, crowd: Crowd, name: str = ENGINE) -> Contender:
    site = engine.compiled(policy, crowd)
    return Contender(name, "", decide, site, engine.running(site), granted=lambda decision: decision.granted)


def naive_of(policy: Policy, crowd: Crowd) -> Contender:
    return Contender(NAIVE, "", naive.build(policy, crowd), None, None)


def peers_of(policy: Policy, crowd: Crowd, names: Sequence[str]) -> Iterator[list[Contender]]:
    """Each peer in each of its forms."""
    host = Host(policy, crowd)
    for name in names:
        yield [Contender(name, form, ask, None, None) for form, ask in PEERS[name](host)]


@dataclass(frozen=True, slots=True)
class Mismatch:
    who: str
    asked: Asked
    expected: str
    found: str

    def __str__(self) -> str:
        way = f"{self.asked.door} {self.asked.direction.value}"
        return f"{self.who}: {way} at {self.asked.utc} ({self.asked.kind}): {self.found}, reference: {self.expected}"


def mismatches(contender: Contender, reference: Reference, sample: Sequence[Asked]) -> Iterator[Mismatch]:
    """Where an answer is another than the slow evaluator's; of the engine its reason and its rule too."""
    for asked in sample:
        reason, rules = reference.answer(asked.door, asked.direction, asked.token.hex(), asked.utc)
        found = contender.ask(contender.first, contender.second, contender.item(asked))
        if contender.granted(found) != (reason == "granted"):
            yield Mismatch(contender.name, asked, reason, f"granted {contender.granted(found)}")
        elif contender.ask is decide and (found.reason.value != reason or not _names(found.rule, reason, rules)):
            yield Mismatch(
                contender.name, asked, f"{reason} by one of {sorted(rules)}", f"{found.reason} by {found.rule}"
            )


def _names(rule: str | None, reason: str, rules: frozenset[str]) -> bool:
    """A rule that grants or denies is named; outside of its times one may be."""
    return rule in rules or (rule is None and reason not in ("granted", "denied_by_rule"))
