"""Where a PIN is demanded, every reader that can ask must be able to take one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from config.tree import Place
from config.where import Way
from rules.policy import Direction, DoorPolicy, ReaderPolicy


def check_keypads(
    ways: Iterable[Way], doors: Mapping[str, DoorPolicy], readers: Mapping[str, ReaderPolicy], place: Place
) -> None:
    """Report readers that cannot take a PIN. A way that is an exit releases whoever asks, and needs none."""
    for name, direction in ways:
        door = doors.get(name)
        if door is None or direction in door.egress:
            continue
        asked = door.readers_in if direction is Direction.IN else door.readers_out
        for reader in asked:
            if reader in readers and not readers[reader].keypad:
                place.wrong(f"reader {reader!r} of door {name!r} has no keypad for a PIN")


def check_asked(door: DoorPolicy, directions: Iterable[Direction], place: Place) -> None:
    """Report a door that is named for a PIN and has no reader that could ask for it."""
    sides = {Direction.IN: door.readers_in, Direction.OUT: door.readers_out}
    if not any(sides[direction] for direction in directions if direction not in door.egress):
        place.wrong(f"door {door.id!r} has no reader that could ask for a PIN")
