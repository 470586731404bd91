"""How a PIN is kept and checked: HMAC-SHA256 under the site's PIN pepper, then argon2id; and which are refused."""

from __future__ import annotations

import hmac
import secrets
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rules.model.errors import Refused
from rules.model.secret import Secret

SHORTEST, LONGEST = 4, 12
CODES_PER_PIN = 1000

# OWASP's second argon2id setting: 19 MiB, 2 passes, 1 lane. The pepper, not the cost, carries short PINs.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

DUMMY = _HASHER.hash(secrets.token_bytes(32))


def _peppered(pepper: bytes, person: str, pin: Secret) -> bytes:
    # The person is part of it, so that a hash copied to somebody else's row opens nothing.
    return hmac.digest(pepper, f"pin\0{person}\0{pin.reveal}".encode(), "sha256")


def hashed(pepper: bytes, person: str, pin: Secret) -> str:
    """What the directory keeps of a PIN."""
    return _HASHER.hash(_peppered(pepper, person, pin))


def matches(pepper: bytes, person: str, pin: Secret, kept: str | None) -> bool:
    """True for the PIN of `kept`. The same work is done when there is none."""
    try:
        _HASHER.verify(kept or DUMMY, _peppered(pepper, person, pin))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def check_new(pin: Secret) -> None:
    """Raise Refused for a PIN nobody should have."""
    digits = pin.reveal
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise Refused(f"a PIN has {SHORTEST} to {LONGEST} digits", code="bad_pin")
    if _trivial(digits):
        raise Refused("this PIN is among the first to be guessed", code="trivial_pin")


def _trivial(digits: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    if steps in ({0}, {1}, {9}):  # 0000, 1234, 4321
        return True
    half = len(digits) // 2
    return digits[:half] * 2 == digits or digits in {"2580", "1122", "112233"}  # 1212, 123123


def warning(length: int, allocated: int) -> str | None:
    """What to say where `allocated` PINs of this length leave fewer than 1000 possible codes to each."""
    if allocated == 0 or 10**length >= CODES_PER_PIN * allocated:
        return None
    return f"{allocated} PINs are allocated: {length} digits leave fewer than {CODES_PER_PIN} codes to each"
