"""Digits of a reader's keypad, gathered into PINs."""

from __future__ import annotations

from rules.model.secret import Secret

ENTER = 0x0D
CLEAR = 0x7F
LONGEST = 12
TIMEOUT = 10.0  # s between two keys


class Keypad:
    """Gathers digits until '#'. '*', a pause, or more digits than any PIN has throw them away."""

    def __init__(self) -> None:
        self._digits = ""
        self._overflow = False
        self._until = 0.0

    def press(self, keys: bytes, now: float) -> list[Secret]:
        """The PINs that end within `keys`."""
        if now > self._until:
            self.clear()
        self._until = now + TIMEOUT
        pins = [self._key(key) for key in keys]
        return [pin for pin in pins if pin is not None]

    def clear(self) -> None:
        self._digits = ""
        self._overflow = False

    def _key(self, key: int) -> Secret | None:
        if key == ENTER:
            pin = None if self._overflow or not self._digits else Secret(self._digits)
            self.clear()
            return pin
        if key == CLEAR:
            self.clear()
        elif len(self._digits) == LONGEST:
            self._overflow = True
        elif 0x30 <= key <= 0x39:
            self._digits += chr(key)
        return None
