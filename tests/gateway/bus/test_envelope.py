"""Signed requests: what is accepted, what each fault is called, and that nothing a stranger sends raises."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bus.envelope import SIZE_LIMIT, Inbound, open_request, sign, wire
from rules.model.canonical import canonical_bytes

KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
KEYS = {"amira": KEY.public_key().public_bytes_raw(), "gate": OTHER.public_key().public_bytes_raw()}
NOW = 1_800_000_000_000_000


def opened(payload: bytes, verb: str = "open", *, retained: bool = False) -> Inbound:
    return open_request(payload, verb=verb, retained=retained, keys=KEYS, audience="gw")


def signed(key: Ed25519PrivateKey = KEY, **changes: Any) -> bytes:
    terms: dict[str, Any] = {
        "verb": "open",
        "target": "front",
        "args": {"for": 5},
        "key_id": "amira",
        "audience": "gw",
        "issued": NOW,
        "request": "request-1",
        "nonce": "0f" * 16,
    }
    return sign(key, **(terms | changes))


def test_a_signed_request_is_opened_as_it_was_signed() -> None:
    signal = opened(signed()).signal
    assert signal.fault is None
    assert (signal.request, signal.who, signal.verb, signal.target) == ("request-1", "amira", "open", "front")
    assert (signal.args, signal.nonce) == ('{"for":5}', "0f" * 16)
    assert (signal.issued, signal.expires) == (NOW, NOW + 10_000_000)


def unsigned() -> bytes:
    return canonical_bytes({"body": json.loads(signed())["body"]})


def tampered() -> bytes:
    outer = json.loads(signed())
    body = base64.b64decode(outer["body"]).replace(b"front", b"vault")
    return wire(body, base64.b64decode(outer["signature"]))


@pytest.mark.parametrize(
    ("payload", "retained", "fault", "who"),
    [
        (signed(), True, "retained", None),
        (unsigned(), False, "unsigned", None),
        (tampered(), False, "bad_signature", None),
        (signed(OTHER), False, "bad_signature", None),
        (signed(key_id="nobody"), False, "unknown_key", None),
        (signed(audience="gw2"), False, "foreign", "amira"),
        (signed(verb="unlock"), False, "verb_mismatch", "amira"),
        (signed(life=10_000_001), False, "too_long_lived", "amira"),
        (signed(life=0), False, "too_long_lived", "amira"),
        (signed(args={"pin": "1234"}), False, "malformed", "amira"),
    ],
)
def test_faults_have_their_names_and_keep_no_arguments(
    payload: bytes, retained: bool, fault: str, who: str | None
) -> None:
    inbound = opened(payload, retained=retained)
    assert (inbound.signal.fault, inbound.signal.who) == (fault, who)
    assert inbound.signal.request == "request-1"  # so that it can be answered
    assert inbound.signal.args == "{}"
    assert inbound.signal.nonce == ""
    assert inbound.card is None


@pytest.mark.parametrize("request_id", ["short", "UPPERCASE-ID", "a" * 65, "with/slash-in-it", "with+plus-"])
def test_a_request_id_that_could_leave_its_topic_is_malformed(request_id: str) -> None:
    signal = opened(signed(request=request_id)).signal
    assert (signal.request, signal.fault) == ("", "malformed")


@pytest.mark.parametrize(
    "change", [{"target": "a b"}, {"target": "x" * 200}, {"nonce": "00"}, {"key_id": "Not An Id"}, {"verb": "O"}]
)
def test_a_malformed_body_is_still_answerable(change: dict[str, Any]) -> None:
    signal = opened(signed(**change)).signal
    assert (signal.request, signal.fault) == ("request-1", "malformed")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[" * 15_000,
        b"null",
        b'{"body":1}',
        b'{"body":"!!"}',
        b'{"body":"e30="}',
        b'{"body":"e30=","body":"e30="}',
        b'{"body":1e999}',
        b"9" * 5_000,
        signed(args={"text": "x" * SIZE_LIMIT}),
    ],
)
def test_garbage_is_malformed(payload: bytes) -> None:
    assert opened(payload).signal.fault == "malformed"


def test_arguments_that_cannot_be_journalled_are_malformed() -> None:
    body = json.loads(base64.b64decode(json.loads(signed())["body"]))
    for bad in ({"text": "\ud800"}, {"weight": 1.5}):
        raw = json.dumps(body | {"args": bad}).encode()
        assert opened(wire(raw, KEY.sign(raw))).signal.fault == "malformed"


def badge(**changes: Any) -> bytes:
    args = {"bits": "2006ec0c86", "length": 37, "reader": "gate"} | changes
    return signed(OTHER, verb="decide", key_id="gate", args=args)


def test_the_bits_of_a_badge_travel_beside_the_signal_never_in_it() -> None:
    inbound = opened(badge(), "decide")
    assert inbound.signal.fault is None
    assert inbound.signal.args == "{}"
    assert inbound.card is not None
    assert (inbound.card.reader, inbound.card.read, inbound.card.card.length) == ("gate", "request-1", 37)
    assert inbound.card.card.as_int() == 0x2006EC0C86 >> 3
    assert "2006ec" not in repr(inbound).lower()


@pytest.mark.parametrize(
    "change",
    [{"bits": "zz"}, {"bits": "20"}, {"bits": 5}, {"length": 0}, {"length": 600}, {"length": True}, {"reader": "A"}],
)
def test_a_badge_that_is_none_is_malformed(change: dict[str, Any]) -> None:
    inbound = opened(badge(**change), "decide")
    assert (inbound.signal.fault, inbound.card) == ("malformed", None)


def test_bits_outside_decide_are_refused_and_not_kept() -> None:
    inbound = opened(signed(args={"bits": "2006ec0c86"}))
    assert inbound.signal.fault == "malformed"
    assert "2006ec" not in repr(inbound)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = ("request", "verb", "target", "args", "key_id", "nonce", "issued", "expires", "audience")


@settings(max_examples=150, deadline=None)
@given(payload=st.binary(max_size=300), verb=st.text(max_size=40), retained=st.booleans())
def test_no_bytes_raise(payload: bytes, verb: str, retained: bool) -> None:
    signal = opened(payload, verb, retained=retained).signal
    assert signal.fault is not None
    canonical_bytes(signal.verb)


@settings(max_examples=150, deadline=None)
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_no_signed_body_raises(field: str, value: Any) -> None:
    body = json.loads(base64.b64decode(json.loads(signed())["body"])) | {field: value}
    raw = json.dumps(body).encode()
    signal = opened(wire(raw, KEY.sign(raw))).signal
    canonical_bytes([signal.request, signal.target, signal.args])
    assert signal.fault is not None or signal.who == "amira"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_is_accepted(data: st.DataObject) -> None:
    outer = json.loads(signed())
    body = bytearray(base64.b64decode(outer["body"]))
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    body[at // 8] ^= 1 << at % 8
    assert opened(wire(bytes(body), base64.b64decode(outer["signature"]))).signal.who is None
