"""Keys to PINs: digits up to `#`, and nothing of them kept longer than needed."""

from __future__ import annotations

from rules.model.secret import Secret

MAX_DIGITS = 16
KEY_GAP = 10.0  # s between two keys after which an unfinished entry is void


class KeyBuffer:
    """The entry under way. `*` clears it, `#` ends it; one that is too long is void as a whole."""

    def __init__(self) -> None:
        self._digits = ""
        self._pressed_at = 0.0

    def press(self, keys: Secret, now: float) -> list[Secret]:
        """The PINs that these keys end."""
        if now - self._pressed_at > KEY_GAP:
            self.clear()
        self._pressed_at = now
        return [pin for pin in map(self._key, keys.reveal) if pin is not None]

    def clear(self) -> None:
        """Forget the entry under way."""
        self._digits = ""

    def _key(self, key: str) -> Secret | None:
        if key not in "*#":
            self._digits = (self._digits + key)[: MAX_DIGITS + 1]
            return None
        digits = self._digits
        self.clear()
        ended = key == "#" and 0 < len(digits) <= MAX_DIGITS
        return Secret(digits) if ended else None
