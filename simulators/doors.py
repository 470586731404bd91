"""Doors as things of wood and steel: a lock that holds or not, a leaf that stands open or shut, and their wires."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.modbus_io import ModbusModule


@dataclass(slots=True)
class SimDoor:
    """One door. Point names are of `module`; contact opens with the leaf; the lock holds at `locked_level`.

    lock None: a controller of its own works it, and says so in `released`.
    """

    id: str
    module: ModbusModule
    contact: str
    lock: str | None
    rex: str | None
    locked_level: bool = False
    is_open: bool = False
    released: bool = False

    @property
    def locked(self) -> bool:
        """True while the lock holds the leaf."""
        if self.lock is None:
            return not self.released
        return self.module.output(self.lock) is self.locked_level

    def pull(self) -> bool:
        """Pull at the handle from outside: it opens if the lock lets it."""
        if not self.locked:
            self._move(True)
        return self.is_open

    def push(self) -> None:
        """Leave by the inner handle, which works the latch by itself."""
        self._move(True)

    def force(self) -> None:
        """Open it with a crowbar."""
        self._move(True)

    def shut(self) -> None:
        self._move(False)

    def _move(self, is_open: bool) -> None:
        self.is_open = is_open
        self.module.set_input(self.contact, closed=not is_open)

    def press_rex(self, pressed: bool) -> None:
        if self.rex is not None:
            self.module.set_input(self.rex, closed=pressed)
