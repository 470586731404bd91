"""The chain: numbers, hashes and stream counters as DESIGN.md section 5 defines them."""

from __future__ import annotations

import struct
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from gateway.journal.chain import Chain, beginning, genesis

EVENTS = st.lists(st.tuples(st.binary(max_size=40), st.sampled_from(["event", "silent"])), max_size=30)


def seal(chain: Chain, body: bytes, stream: str = "event"):  # type: ignore[no-untyped-def]
    return chain.seal(body, stream=stream, cls="door", type="DoorOpened", t=1, utc=2, first=True)


def test_hash_is_sha256_of_prev_epoch_seq_and_body():
    chain = Chain("gw", beginning("gw", 3))
    one = seal(chain, b"{}")
    two = seal(chain, b'{"a":1}')
    assert one.hash == sha256(genesis("gw", 3) + struct.pack(">QQ", 3, 1) + b"{}").digest()
    assert two.hash == sha256(one.hash + struct.pack(">QQ", 3, 2) + b'{"a":1}').digest()


def test_genesis_covers_gateway_and_epoch():
    assert len({genesis("a", 1), genesis("b", 1), genesis("a", 2)}) == 3


def test_genesis_stays_what_it_was():
    # Journals in the field begin with it: it may never change.
    assert genesis("front", 1).hex() == sha256(b"doorward journal\0front\0" + bytes(7) + b"\x01").hexdigest()


@given(EVENTS)
def test_numbers_have_no_gap_and_each_stream_counts_for_itself(events: list[tuple[bytes, str]]):
    chain = Chain("gw", beginning("gw", 1))
    sealed = [seal(chain, body, stream) for body, stream in events]
    assert [one.seq for one in sealed] == list(range(1, len(events) + 1))
    for stream in ("event", "silent"):
        of_it = [one.n for one in sealed if one.stream == stream]
        assert of_it == list(range(1, len(of_it) + 1))


@given(EVENTS, EVENTS)
def test_a_chain_goes_on_from_its_head(before: list[tuple[bytes, str]], after: list[tuple[bytes, str]]):
    whole, part = Chain("gw", beginning("gw", 1)), Chain("gw", beginning("gw", 1))
    expected = [seal(whole, *event) for event in before + after]
    first = [seal(part, *event) for event in before]
    rest = Chain("gw", part.head)
    assert first + [seal(rest, *event) for event in after] == expected
    assert rest.head == whole.head
