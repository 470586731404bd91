"""The control panel's half of one secure channel handshake. Draws RND.A itself; otherwise pure."""

from __future__ import annotations

import hmac
import secrets

from drivers.osdp import payload
from drivers.osdp.conversation import Heard
from drivers.osdp.crypto import SCBK_D, SCS_11, SCS_13, SecureChannel, SessionKeys

UNKNOWN_KEY = "does not know its key"
DEFAULT_KEY = "uses the default key"


class Refusal(Exception):
    """The reader did not prove its key: an answer, not an error of ours. cause: short, printable."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Handshake:
    """CHLNG -> CCRYPT -> SCRYPT -> RMAC_I. `default`: with SCBK-D, for installing a key and nothing else."""

    def __init__(self, key: bytes, *, default: bool) -> None:
        self.default = default
        self._rnd_a = secrets.token_bytes(8)
        self._keys = SessionKeys(SCBK_D if default else key, self._rnd_a)
        self._server = b""

    def challenge(self) -> tuple[bytes, bytes]:
        """Body and security block."""
        return payload.challenge(self._rnd_a), bytes([SCS_11, not self.default])

    def challenged(self, heard: Heard) -> None:
        """Take CCRYPT; raises Refusal."""
        rnd_b, cryptogram = payload.ccrypt(heard.body)
        if not self.default and heard.scb[:1] == b"\x00":
            raise Refusal(DEFAULT_KEY)
        if not hmac.compare_digest(self._keys.client_cryptogram(self._rnd_a, rnd_b), cryptogram):
            raise Refusal(UNKNOWN_KEY)
        self._server = self._keys.server_cryptogram(self._rnd_a, rnd_b)

    def proof(self) -> tuple[bytes, bytes]:
        """Body and security block."""
        return payload.proof(self._server), bytes([SCS_13, not self.default])

    def proved(self, heard: Heard) -> SecureChannel:
        """Take RMAC_I; raises Refusal."""
        first_mac = self._keys.first_mac(self._server)
        if heard.scb[:1] != b"\x01" or not hmac.compare_digest(first_mac, payload.rmac_i(heard.body)):
            raise Refusal(UNKNOWN_KEY)
        return SecureChannel(self._keys, first_mac)
