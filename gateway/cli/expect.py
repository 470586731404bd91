"""`doorward expect`: whether the assertions of a configuration hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from gateway.cli.offline import Offline, json_flag, on_site
from gateway.cli.review import Period
from rules.cause import local
from rules.expect import Broken, broken

BROKEN = 3


@click.command()
@json_flag
@on_site
@click.pass_context
def expect(ctx: click.Context, offline: Offline, as_json: bool) -> None:
    """Check every assertion under `expect:` of CONFIG, over the coming twelve months.

    Each that does not hold is told with somebody, a door and a moment that speak against it, and the rule behind that.
    Assertions are about rules: people and cards count as valid, prerequisites as met, PINs as known, company as there.

    Exit codes: 0 all hold, 3 some do not.

    Example: doorward expect /etc/doorward --json
    """
    period = Period.asked(offline, None, True)
    found = broken(offline.site, period.lo, period.hi)
    shown = _shown(offline)
    count = len(offline.site.policy.expect)
    if as_json:
        rows = [_plain(one, offline, shown) for one in found]
        click.echo(json.dumps({"count": count, "ok": not found, "broken": rows}, indent=2, ensure_ascii=False))
    else:
        for one in found:
            click.echo(one.text(shown))
        click.echo(_verdict(count, len(found)))
    ctx.exit(BROKEN if found else 0)


def _verdict(count: int, broken: int) -> str:
    if not count:
        return "nothing is expected"
    return f"{broken} of {count} expectations do not hold" if broken else f"all {count} expectations hold"


def _shown(offline: Offline) -> Callable[[str], str]:
    holders = offline.roster.holders
    return lambda id: holders[id].shown if id in holders else id


def _plain(one: Broken, offline: Offline, shown: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "file": one.source.file,
        "line": one.source.line,
        "expected": one.expected,
        "found": one.found,
        "person": None if one.person is None else shown(one.person),
        "people": one.count,
        "door": one.door,
        "direction": one.direction.value if one.direction is not None else None,
        "at": None if one.at is None else {"utc": one.at, "local": local(offline.site, one.at)},
        "rule": {"id": one.rule, "file": one.by.file, "line": one.by.line} if one.by is not None else None,
    }
