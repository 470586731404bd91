"""Signed requests: `{verb, target, args, key_id, nonce, issued, expires, audience, request}` under Ed25519.

On the wire: JSON `{"body": base64, "signature": base64}`, the signature over the exact bytes of the body.
What needs the keys is judged here; expiry, replayed nonces and rights by the rules, which know the moment.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.bus.strict_json import read_object
from rules.model.canonical import canonical_bytes
from rules.model.ids import is_id
from rules.model.secret import CardBits
from rules.model.signals import CardRead, RequestReceived

SIZE_LIMIT = 16 * 1024
LIFE_LIMIT = 10_000_000  # us
CARD_BITS = 512
# Raw bits and PINs would be journalled with the request: bits travel in `decide` alone, PINs never.
NEVER_IN_ARGS = frozenset({"bits", "pin"})

_REQUEST = re.compile(r"[a-z0-9-]{8,64}")
_VERB = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_TARGET = re.compile(r"[\x21-\x7e]{0,128}")
_NONCE = re.compile(r"[0-9a-f]{32}")
_BITS = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as a signal, and for `decide` the badge that came with it, which the signal never holds."""

    signal: RequestReceived
    card: CardRead | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The signed part, well formed. issued, expires: us since 1970."""

    request: str
    verb: str
    target: str
    args: dict[str, Any]
    key_id: str
    nonce: str
    issued: int
    expires: int
    audience: str


def is_request_id(text: str) -> bool:
    """True for `[a-z0-9-]{8,64}`."""
    return _REQUEST.fullmatch(text) is not None


def new_request_id() -> str:
    return secrets.token_hex(16)


def sign(
    private_key: Ed25519PrivateKey,
    *,
    verb: str,
    target: str,
    args: Mapping[str, Any],
    key_id: str,
    audience: str,
    issued: int,
    life: int = LIFE_LIMIT,
    request: str | None = None,
    nonce: str | None = None,
) -> bytes:
    """The wire form of one request. issued: us since 1970; life: us until it expires."""
    body = canonical_bytes(
        {
            "request": request or new_request_id(),
            "verb": verb,
            "target": target,
            "args": dict(args),
            "key_id": key_id,
            "nonce": nonce or secrets.token_hex(16),
            "issued": issued,
            "expires": issued + life,
            "audience": audience,
        }
    )
    return wire(body, private_key.sign(body))


def wire(body: bytes, signature: bytes) -> bytes:
    """The JSON that carries a body and its signature."""
    return canonical_bytes({"body": base64.b64encode(body).decode(), "signature": base64.b64encode(signature).decode()})


def open_request(payload: bytes, *, verb: str, retained: bool, keys: Mapping[str, bytes], audience: str) -> Inbound:
    """Judge what came on `request/<verb>`; never raises, `fault` says what is wrong.

    keys: id -> raw Ed25519 public key. Of a faulty request only id, verb and target are kept; who is set only
    where the signature holds. One without a readable id has the id "" and cannot be answered.
    """
    opened = _unpack(payload)
    if isinstance(opened, str):
        return _unreadable(opened, verb, "retained" if retained else "malformed")
    body, signature = opened
    fault = "retained" if retained else _authenticity(body, signature, payload, keys)
    if fault is not None:
        return _faulty(body, fault)
    fault = _validity(body, verb, audience)
    card = _card(body) if fault is None and body.verb == "decide" else None
    if body.verb == "decide" and card is None:
        fault = fault or "malformed"
    if fault is not None:
        return _faulty(body, fault, who=body.key_id)
    return Inbound(_signal(body, "{}" if card else canonical_bytes(body.args).decode()), card)


def _signal(body: Body, args: str) -> RequestReceived:
    return RequestReceived(
        body.request, body.key_id, body.verb, body.target, args, body.nonce, body.issued, body.expires
    )


def _unreadable(request: str, verb: str, fault: str) -> Inbound:
    topic_verb = verb if _VERB.fullmatch(verb) else ""
    return Inbound(RequestReceived(request, None, topic_verb, "", "{}", "", 0, 0, fault))


def _faulty(body: Body, fault: str, who: str | None = None) -> Inbound:
    return Inbound(RequestReceived(body.request, who, body.verb, body.target, "{}", "", 0, 0, fault))


def _authenticity(body: Body, signature: bytes, payload: bytes, keys: Mapping[str, bytes]) -> str | None:
    if not signature:
        return "unsigned"
    key = keys.get(body.key_id)
    if key is None:
        return "unknown_key"
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _exact_bytes(payload))
    except (InvalidSignature, ValueError):
        return "bad_signature"
    return None


def _validity(body: Body, verb: str, audience: str) -> str | None:
    if body.audience != audience:
        return "foreign"
    if body.verb != verb:
        return "verb_mismatch"
    if not 0 < body.expires - body.issued <= LIFE_LIMIT:
        return "too_long_lived"
    if body.verb != "decide" and NEVER_IN_ARGS & body.args.keys():
        return "malformed"
    return None


def _exact_bytes(payload: bytes) -> bytes:
    return base64.b64decode(read_object(payload)["body"], validate=True)


def _unpack(payload: bytes) -> tuple[Body, bytes] | str:
    """The body and its signature; of what is malformed its request id, or "" where that is unreadable too."""
    if len(payload) > SIZE_LIMIT:
        return ""
    request = ""
    try:
        outer = read_object(payload)
        plain = read_object(base64.b64decode(_text(outer["body"]), validate=True))
        request = _match(_REQUEST, plain["request"])
        signature = base64.b64decode(_text(outer.get("signature") or ""), validate=True)
        return _body(plain), signature
    except (ValueError, KeyError, TypeError, RecursionError):
        return request


def _body(plain: dict[str, Any]) -> Body:
    if plain.keys() != set(Body.__dataclass_fields__):
        raise ValueError("not the fields of a request")
    args = plain["args"]
    if not isinstance(args, dict):
        raise ValueError("args is not an object")
    canonical_bytes(args)  # raises UnicodeEncodeError on what could not be journalled
    return Body(
        request=_match(_REQUEST, plain["request"]),
        verb=_match(_VERB, plain["verb"]),
        target=_match(_TARGET, plain["target"]),
        args=args,
        key_id=_ident(plain["key_id"]),
        nonce=_match(_NONCE, plain["nonce"]),
        issued=_moment(plain["issued"]),
        expires=_moment(plain["expires"]),
        audience=_ident(plain["audience"]),
    )


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not text")
    return value


def _match(pattern: re.Pattern[str], value: Any) -> str:
    if not pattern.fullmatch(_text(value)):
        raise ValueError("not in its form")
    return _text(value)


def _ident(value: Any) -> str:
    if not is_id(_text(value)):
        raise ValueError("not an id")
    return _text(value)


def _moment(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 62:
        raise ValueError("not a moment")
    return value


def _card(body: Body) -> CardRead | None:
    """The badge of a `decide`: args `{"bits": hex, left-justified, "length": bits, "reader": id}`."""
    bits, length, reader = (body.args.get(name) for name in ("bits", "length", "reader"))
    if type(bits) is not str or type(length) is not int or type(reader) is not str:
        return None
    if not (1 <= length <= CARD_BITS and is_id(reader) and _BITS.fullmatch(bits)):
        return None
    data = bytes.fromhex(bits)
    if len(data) != (length + 7) // 8:
        return None
    card = CardBits(data, length)
    return CardRead(reader, CardBits.from_int(card.as_int(), length), body.request)
