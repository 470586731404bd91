"""The secure channel against the vectors of SIA OSDP annex E, and against itself from both ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.osdp import codec
from drivers.osdp.crypto import SCBK_D, SecureChannel, SessionKeys, derive, is_patterned
from rules.model.errors import ProtocolError

RND_A = bytes(range(0xB0, 0xB8))
RND_B = bytes(range(0xA0, 0xA8))
SERVER = bytes.fromhex("26D3356E07762D262801FC8E6665A891")
FIRST_MAC = bytes.fromhex("B2A30057EB98BA2229EC1F875662B524")


def test_session_keys_of_annex_e() -> None:
    assert [key.hex().upper() for key in derive(SCBK_D, RND_A)] == [
        "BF8DC2A8329ACB8C67C6D0CD9A451682",
        "5E86C676603BDEE2D8BEAFE178637332",
        "6FDA86E857777E81132035758239172E",
    ]


def test_cryptograms_of_annex_e() -> None:
    keys = SessionKeys(SCBK_D, RND_A)
    assert keys.client_cryptogram(RND_A, RND_B).hex().upper() == "FDE5D2F428EC16312471EA3C02BD7796"
    assert keys.server_cryptogram(RND_A, RND_B) == SERVER
    assert keys.first_mac(SERVER) == FIRST_MAC


def ends() -> tuple[SecureChannel, SecureChannel]:
    keys = SessionKeys(SCBK_D, RND_A)
    return SecureChannel(keys, FIRST_MAC), SecureChannel(keys, FIRST_MAC)


def packet_of(frame: bytes) -> codec.Packet:
    (packet,) = codec.Parser().feed(frame)
    return packet


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=70), st.binary(min_size=1, max_size=70)), max_size=6))
def test_both_ends_agree_through_a_conversation(talk: list[tuple[bytes, bytes]]) -> None:
    panel, reader = ends()
    for turn, (command, reply) in enumerate(talk):
        sequence = turn % 3 + 1
        assert reader.open(packet_of(panel.seal(1, sequence, command))) == command
        assert panel.open(packet_of(reader.seal(1, sequence, reply, reply=True))) == reply


def test_data_is_not_readable_on_the_wire() -> None:
    panel, _ = ends()
    frame = panel.seal(1, 1, b"\x75" + b"a very secret key")
    assert b"secret" not in frame
    assert frame[7] == 0x17


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_change_spoils_the_mac_and_leaves_the_chain(body: bytes, data: st.DataObject) -> None:
    panel, reader = ends()
    frame = panel.seal(1, 1, body)
    content = bytearray(frame[1:-2])
    bit = data.draw(st.integers(8, len(content) * 8 - 1).filter(lambda bit: bit // 8 not in (2, 3, 4, 5, 6)))
    content[bit // 8] ^= 1 << bit % 8
    forged = codec.decode(bytes(content) + codec.crc16(bytes(content)))
    assert forged is not None
    assert reader.open(forged) is None
    assert reader.open(packet_of(frame)) == body


@pytest.mark.parametrize("data", [b"", bytes(15), bytes(16), bytes(32)])
def test_wrong_padding_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        SessionKeys(SCBK_D, RND_A).decrypt(data, bytes(16))


@pytest.mark.parametrize("size", [1, 3, 4])
def test_a_secured_packet_too_short_for_a_mac_is_refused(size: int) -> None:
    panel, _ = ends()
    packet = packet_of(codec.encode(1, 1, bytes(size), b"\x16", reply=True))
    assert panel.open(packet) is None


def test_patterned_keys() -> None:
    assert is_patterned(SCBK_D)
    assert is_patterned(bytes(16))
    assert is_patterned(bytes([0xAB] * 16))
    assert is_patterned(bytes((0xFA + n) & 0xFF for n in range(16)))
    assert is_patterned(bytes(range(0x40, 0x30, -1)))
    assert not is_patterned(bytes.fromhex("00a1b2c3d4e5f60718293a4b5c6d7e8f"))
