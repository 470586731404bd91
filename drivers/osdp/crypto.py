"""The OSDP secure channel: session keys, cryptograms, MAC chain, data encryption. No I/O.

One AES-128 ECB context per session key is kept and CBC is done by hand: building a cipher for each MAC
costs several times as much. Either end of a line may use it: `seal` what is sent, `open` what is heard.
"""

from __future__ import annotations

import hmac
from itertools import pairwise

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from drivers.osdp import codec
from rules.model.errors import ProtocolError

SCBK_D = bytes(range(0x30, 0x40))

SCS_11, SCS_12, SCS_13, SCS_14, SCS_15, SCS_16, SCS_17, SCS_18 = range(0x11, 0x19)
_ONES = (1 << 128) - 1


def is_patterned(key: bytes) -> bool:
    """True for keys anybody would try: SCBK-D, one byte repeated, bytes counting up or down."""
    steps = {(b - a) & 0xFF for a, b in pairwise(key)}
    return steps <= {0} or steps <= {1} or steps <= {0xFF}


class _Aes:
    """AES-128 of single blocks with one kept context per direction."""

    __slots__ = ("_decryptor", "_encryptor")

    def __init__(self, key: bytes) -> None:
        cipher = Cipher(AES(key), ECB())  # noqa: S305  single blocks; the chaining is done by the caller
        self._encryptor: CipherContext = cipher.encryptor()
        self._decryptor: CipherContext = cipher.decryptor()

    def encrypt(self, block: bytes) -> bytes:
        return self._encryptor.update(block)

    def decrypt(self, block: bytes) -> bytes:
        return self._decryptor.update(block)


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(16, "big")


def _inverse(block: bytes) -> bytes:
    return (int.from_bytes(block, "big") ^ _ONES).to_bytes(16, "big")


def _blocks(data: bytes) -> list[bytes]:
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def _pad(data: bytes) -> bytes:
    """`80 00..` up to whole blocks, always at least one byte."""
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)


class SessionKeys:
    """S-ENC, S-MAC1 and S-MAC2 of one session, from the base key and the control panel's random number."""

    __slots__ = ("_enc", "_mac1", "_mac2")

    def __init__(self, scbk: bytes, rnd_a: bytes) -> None:
        enc, mac1, mac2 = derive(scbk, rnd_a)
        self._enc, self._mac1, self._mac2 = _Aes(enc), _Aes(mac1), _Aes(mac2)

    def client_cryptogram(self, rnd_a: bytes, rnd_b: bytes) -> bytes:
        return self._enc.encrypt(rnd_a + rnd_b)

    def server_cryptogram(self, rnd_a: bytes, rnd_b: bytes) -> bytes:
        return self._enc.encrypt(rnd_b + rnd_a)

    def first_mac(self, server_cryptogram: bytes) -> bytes:
        """R-MAC-I."""
        return self._mac2.encrypt(self._mac1.encrypt(server_cryptogram))

    def mac(self, data: bytes, icv: bytes) -> bytes:
        """CBC-MAC, 16 bytes: S-MAC1 for all blocks but the last, S-MAC2 for that."""
        *blocks, last = _blocks(data if len(data) % 16 == 0 else _pad(data))
        for block in blocks:
            icv = self._mac1.encrypt(_xor(block, icv))
        return self._mac2.encrypt(_xor(last, icv))

    def encrypt(self, data: bytes, iv: bytes) -> bytes:
        done = []
        for block in _blocks(_pad(data)):
            iv = self._enc.encrypt(_xor(block, iv))
            done.append(iv)
        return b"".join(done)

    def decrypt(self, data: bytes, iv: bytes) -> bytes:
        """Raises ProtocolError if the padding is wrong."""
        clear = bytearray()
        for block in _blocks(data) if len(data) % 16 == 0 else []:
            clear += _xor(self._enc.decrypt(block), iv)
            iv = block
        text = bytes(clear).rstrip(b"\0")
        if not text.endswith(b"\x80"):
            raise ProtocolError("wrong padding inside the secure channel", code="padding")
        return text[:-1]


def derive(scbk: bytes, rnd_a: bytes) -> tuple[bytes, bytes, bytes]:
    """S-ENC, S-MAC1, S-MAC2."""
    base = _Aes(scbk)
    tail = rnd_a[:6] + bytes(8)
    enc, mac1, mac2 = (base.encrypt(prefix + tail) for prefix in (b"\x01\x82", b"\x01\x01", b"\x01\x02"))
    return enc, mac1, mac2


class SecureChannel:
    """The MAC chain of one session; each MAC starts from the last one of the other direction."""

    __slots__ = ("_heard", "_keys", "_sent")

    def __init__(self, keys: SessionKeys, first_mac: bytes) -> None:
        self._keys = keys
        self._sent = self._heard = first_mac

    def seal(self, address: int, sequence: int, body: bytes, *, reply: bool = False) -> bytes:
        """A secured frame for the wire; data after the ID is encrypted."""
        data = body[1:]
        kind = (SCS_17 if data else SCS_15) + reply
        if data:
            body = body[:1] + self._keys.encrypt(data, _inverse(self._heard))
        head = codec.head(address, sequence, body, bytes([kind]), reply=reply, mac=codec.MAC_SIZE)
        self._sent = self._keys.mac(head, self._heard)
        return codec.close(head + self._sent[: codec.MAC_SIZE])

    def open(self, packet: codec.Packet) -> bytes | None:
        """ID and clear data of a secured packet, or None if its MAC is wrong (the chain stays as it was)."""
        mac = self._keys.mac(packet.signed, self._sent)
        body, given = packet.body[: -codec.MAC_SIZE], packet.body[-codec.MAC_SIZE :]
        if not body or not hmac.compare_digest(mac[: codec.MAC_SIZE], given):
            return None
        self._heard = mac
        encrypted = packet.scb is not None and packet.scb[0] in (SCS_17, SCS_18)
        if not encrypted or len(body) == 1:
            return body
        return body[:1] + self._keys.decrypt(body[1:], _inverse(self._sent))
