"""The canonical form, records and snapshots: nothing secret in them, nothing lost by them."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import snapshot
from rules.model import events
from rules.model.canonical import canonical_bytes, from_plain, to_plain
from rules.model.points import InputState
from rules.model.secret import CardBits, Secret
from rules.model.signals import CardPresented, CardRead, PinEntered, RequestReceived
from rules.model.stamp import ClockState, Stamp
from rules.record import EVENT_TYPES, SIGNAL_TYPES, decode, envelope, event_of, signal_of, stream
from rules.state import DoorRecord, Release, State
from rules.step import EVOLUTIONS, evolve
from tests.rules.profiles import examples
from tests.rules.world import World, copy, picture

STAMP = Stamp(1, 2, ClockState.OK, "ab" * 16)


def test_the_form() -> None:
    assert canonical_bytes({"b": 1, "a": [True, None, "é\n"]}) == '{"a":[true,null,"é\\n"],"b":1}'.encode()


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1, 2}, [1], object(), 1j])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_plain(value)
    with pytest.raises(TypeError):
        to_plain((value,))


@pytest.mark.parametrize("value", [b"x", object(), {1, 2}])
def test_bytes_of_what_is_not_plain_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical_bytes({"a": value})


def test_bytes_of_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        canonical_bytes({"a": 1.5})


def test_a_secret_is_null_and_card_bits_are_refused() -> None:
    assert to_plain(PinEntered("r", Secret("4711"))) == {"reader": "r", "pin": None}
    with pytest.raises(TypeError):
        to_plain(CardRead("r", CardBits.from_int(5, 26)))


@pytest.mark.parametrize("secret", [Secret("314159"), CardBits(b"314159", 48)])
def test_secrets_cannot_be_printed(secret: Any) -> None:
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r:>5}", repr((secret,)), repr({"a": secret})):
        assert "314159" not in text
    assert "314159" not in repr(PinEntered("r", Secret("314159")))
    assert "314159" not in repr(CardRead("r", CardBits(b"314159", 48)))


@pytest.mark.parametrize(
    ("cls", "plain"),
    [
        (int, True),
        (int, "1"),
        (str, 1),
        (bool, 1),
        (InputState, "closed"),
        (Release, {"cause": "rex"}),
        (Release, {"until": "soon"}),
        (DoorRecord, {"nonsense": 1}),
        (tuple[int, str], [1]),
        (int | None, "x"),
    ],
)
def test_what_does_not_fit_its_type_is_refused(cls: Any, plain: Any) -> None:
    with pytest.raises((TypeError, KeyError, ValueError)):
        from_plain(cls, plain)


# -- every event there is ---------------------------------------------------------------------------------------------


def value_of(hint: Any) -> st.SearchStrategy[Any]:
    args = typing.get_args(hint)
    if type(None) in args:
        (inner,) = (a for a in args if a is not type(None))
        return st.none() | value_of(inner)
    if typing.get_origin(hint) is tuple:
        return st.lists(value_of(args[0]), max_size=3).map(tuple)
    if is_dataclass(hint) and isinstance(hint, type):
        return of_class(hint)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(1 << 70), 1 << 70),
        bool: st.booleans(),
        str: st.text(max_size=20),
        InputState: st.sampled_from(InputState),
    }
    return plain[hint]


def of_class(cls: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{f.name: value_of(hints[f.name]) for f in fields(cls)})


ANY_EVENT = st.sampled_from(sorted(EVENT_TYPES)).flatmap(lambda name: of_class(EVENT_TYPES[name]))


@examples(150)
@given(ANY_EVENT)
def test_every_event_comes_back(event: Any) -> None:
    body = envelope(event, STAMP, None)
    plain = decode(body)
    assert event_of(plain) == event
    assert canonical_bytes(plain) == body
    assert (plain["type"], plain["v"], plain["class"]) == (type(event).__name__, 1, event.CLASS)
    assert signal_of(plain) is None
    assert stream(event) in ("event", "silent")


@examples(100)
@given(st.lists(ANY_EVENT, max_size=8))
def test_evolve_takes_any_event_and_undo_takes_it_back(found: list[Any]) -> None:
    """Recovery may meet any record: each is folded or refused as a whole, and the state stays one that can be kept."""
    state = State()
    for event in found:
        before = picture(state)
        state.mark()
        evolve(state, event)
        after = picture(state)
        state.undo()
        assert picture(state) == before
        evolve(state, event)
        assert picture(state) == after == picture(copy(state))


def test_every_event_has_its_evolution_and_its_class() -> None:
    assert EVOLUTIONS.keys() == set(EVENT_TYPES.values())
    assert set(events.__all__) - {"Event"} == EVENT_TYPES.keys()
    classes = {"access", "door", "area", "intrusion", "alarm", "device", "system"}
    assert {cls.CLASS for cls in EVENT_TYPES.values()} <= classes


def test_a_signal_comes_back_redacted() -> None:
    card = CardPresented("gate-ctl", "c", "h10301", "17", read="q")
    asked = RequestReceived("q", "gate-ctl", "decide", "", "{}", "n", 1, 2, card=card)
    for signal in (asked, PinEntered("r", Secret("4711"))):
        body = envelope(events.GatewayStopped(), STAMP, signal)
        assert b"4711" not in body
        found = signal_of(decode(body))
        assert found is not None
        assert found[1] == STAMP
        assert found[0] == (PinEntered("r", Secret("")) if isinstance(signal, PinEntered) else signal)
    assert "CardRead" in SIGNAL_TYPES


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b'"x"'])
def test_what_is_no_envelope(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)


@pytest.mark.parametrize("plain", [{}, {"type": "Nonsense", "data": {}}, {"type": "DoorForced", "data": {"door": 1}}])
def test_what_is_no_event(plain: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        event_of(plain)


# -- snapshots --------------------------------------------------------------------------------------------------------


def test_a_snapshot_holds_everything_and_knows_its_version(world: World) -> None:
    world.card("lab-in", "c-ann").card("front-in", "c-bob").ask("gus", "lockdown", "all").ask("gus", "arm", "lab")
    kept = decode(canonical_bytes(snapshot.dump(world.state)))
    again = snapshot.load(kept)
    assert picture(again) == picture(world.state)
    assert again.deadlines.first() == world.state.deadlines.first()
    again.undo()
    assert picture(again) == picture(world.state)
    with pytest.raises(ValueError):
        snapshot.load({**kept, "v": 99})


@pytest.mark.parametrize(
    "tables",
    [
        {"ghosts": {"a": {}}},
        {"doors": {"a": {"position": 1}}},
        {"doors": {"a": {"ghost": 1}}},
        {"deadlines": {"a": {}}},
    ],
)
def test_a_damaged_snapshot_is_refused(tables: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        snapshot.load({"v": 1, "tables": tables})
