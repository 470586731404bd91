"""`doorward who`: everybody who may pass a door, with the rule behind each."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gateway.cli.offline import DIRECTIONS, Offline, at_option, csv_flag, json_flag, names_flag, on_site
from gateway.cli.qualities import qualities
from gateway.cli.review import Period, Review, audit
from rules.answers.audit import Audit, Way, doorway
from rules.answers.cause import named
from rules.policy import Direction


@click.command()
@click.option("--door", required=True, metavar="DOOR")
@click.option("--direction", type=DIRECTIONS, default="in", show_default=True)
@at_option
@click.option("--ever", is_flag=True, help="At any time of the coming twelve months.")
@names_flag
@json_flag
@csv_flag
@on_site
def who(
    offline: Offline, door: str, direction: str, at: str | None, ever: bool, names: bool, as_json: bool, as_csv: bool
) -> None:
    """List everybody who may pass a door of CONFIG, grouped by the rule that lets them.

    Exact for --ever: a person is listed if some grant is active at a moment at which no deny is, and at which the
    person and a card of theirs are valid. Each row says what is asked of them: card, PIN, a second person, an escort,
    somebody who came before.

    Example: doorward who /etc/doorward --door lab-door --at "mon 09:00"

    Example: doorward who /etc/doorward --door lab-door --ever --csv > review.csv
    """
    period = Period.asked(offline, at, ever)
    way = (offline.door(door), Direction(direction))
    asked = audit(offline, period)
    free = doorway(offline.site, way).free
    found = list(asked.who(way)) if doorway(offline.site, way).guarded else []
    rows = sorted(found, key=lambda entry: offline.roster.holders[entry.person].shown)
    review = Review(offline, period, tuple(rows), tuple(_notes(offline, asked, way)), names, ("door", "way"), free)
    about = {"door": door, "direction": direction, "everybody": free}
    review.show(f"Who may pass {door} ({direction})", about, as_json, as_csv)


def _notes(offline: Offline, asked: Audit, way: Way) -> Iterator[str]:
    """What makes the rows say less than the whole."""
    door, found = way[0], doorway(offline.site, way)
    if found.free:
        yield f"{door} is an egress door: on this way out every read releases it, for everybody"
    elif not found.readers:
        yield f"no reader stands on this side of {door}: nobody can show a card there"
    elif cardless := asked.cardless(way):
        yield f"{cardless} more would have the right and hold no card that works"
    if found.unlock is not None and asked.unlocked(way[0]):
        source = offline.configuration.policy.schedules[found.unlock].source
        yield f"{door} is unlocked for everybody on schedule {found.unlock} ({source.file}:{source.line})"
    blocked = offline.site.doors[door].blocked
    if blocked is not None and asked.blocked(door):
        yield f"nobody passes {door} on schedule {blocked}"
    for denial in asked.denials(way):
        yield f"deny {named(denial)} keeps out whom it means, on schedule {denial.schedule.id}"
    if found.guarded:
        yield from qualities(offline.site, way)
