"""What another Site means for the locks: outputs that are new, wired otherwise, or no longer ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rules.alarm import return_alarm
from rules.lock import released_level, resume
from rules.mode import mode
from rules.model.commands import SetOutput, Wait
from rules.model.events import AccessNotTaken, OutputReasserted, ReleaseEnded
from rules.model.signals import SiteChanged, Unused
from rules.output import reassert
from rules.site import Site
from rules.turn import Turn

# noun -> kinds of its alarms, which nothing can return once it is gone
_ALARMS = {
    "door": ("door-forced", "door-held", "door-tamper", "contact-fault", "rex-fault", "emergency-release"),
    "zone": ("zone-alarm", "zone-tamper", "zone-fault"),
    "area": ("intrusion",),
    "fire": ("fire-trouble",),
}


def described(old: Site, new: Site, signal: SiteChanged) -> SiteChanged:
    """The signal with what the new Site changed against the old one."""
    signal = replace(signal, rules_hash=new.rules_hash, people_rev=new.people.rev)
    if new.doors is old.doors and new.zones is old.zones and new.areas is old.areas and new.fire is old.fire:
        return signal
    return replace(signal, rewired=tuple(_rewired(old, new)), unused=tuple(_unused(old, new)), gone=_gone(old, new))


def _rewired(old: Site, new: Site) -> Iterator[str]:
    for output, id in new.outputs.items():
        before = old.doors.get(old.outputs.get(output, ""))
        if before is None or before.id != id or before.lock != new.doors[id].lock:
            yield output


def _unused(old: Site, new: Site) -> Iterator[Unused]:
    for output, id in old.outputs.items():
        if output not in new.outputs:
            yield Unused(output, id, not released_level(old.doors[id]))


def _gone(old: Site, new: Site) -> tuple[tuple[str, str], ...]:
    pairs = (
        ("area", old.areas, new.areas),
        ("door", old.doors, new.doors),
        ("fire", old.fire, new.fire),
        ("zone", old.zones, new.zones),
    )
    return tuple((noun, id) for noun, before, after in pairs for id in before if id not in after)


def settle_locks(turn: Turn, signal: SiteChanged) -> None:
    """Every output that works a lock in another way than before gets the level of its door's mode; one that works
    none any more is left locked, unless fire holds it released."""
    for output in signal.rewired:
        if output in turn.site.outputs:
            reassert(turn, output)
            resume(turn, turn.site.doors[turn.site.outputs[output]], entry=False)
    for left in signal.unused:
        if mode(turn.state.door(left.door).layers) != "fire":
            turn.emit(OutputReasserted(left.output, left.locked))
            turn.order(SetOutput(left.output, left.locked), Wait.NONE, door=left.door)


def end_releases(turn: Turn, signal: SiteChanged) -> None:
    """Of doors that are gone: one that comes back knows nothing of who was let in before."""
    for noun, id in signal.gone:
        release = turn.state.door(id).release if noun == "door" else None
        if release is not None:
            turn.emit(ReleaseEnded(id))
            for passage in release.passages:
                turn.emit(AccessNotTaken(id, passage.person, passage.direction))


def settle_alarms(turn: Turn, signal: SiteChanged) -> None:
    """The alarms of what is gone return: nothing else could bring that about."""
    for noun, id in signal.gone:
        for kind in _ALARMS[noun]:
            return_alarm(turn, kind, id)
    for left in signal.unused:
        for kind in ("output-foreign", "output-fault"):
            return_alarm(turn, kind, left.output)
