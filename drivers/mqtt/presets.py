"""What a family of devices publishes, as data: topics, where each point is found, what each value means.

zigbee2mqtt: www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html (state JSON per friendly name,
`<name>/availability` as {"state": "online"} or plain text, `bridge/state` likewise). `contact: true` is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.model.points import PointKind, Sensed


@dataclass(frozen=True, slots=True)
class Field:
    """Where a point is found in a payload and what it says there.

    path: keys into the JSON object; states: JSON literal (`true`, `"ON"`) -> state; low: for a number instead,
    active at or below it.
    """

    path: tuple[str, ...]
    states: Mapping[str, Sensed] = field(default_factory=dict)
    low: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One input of a kind of device: the first field present in a payload counts."""

    kind: PointKind
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """Topics are formats of `base` and `name`. seen: path of the time the device last spoke.

    kinds: kind of device -> its points, of which the first is what it is there for.
    """

    state: str
    availability: str
    bridge: str
    online: frozenset[str]
    offline: frozenset[str]
    seen: tuple[str, ...]
    kinds: Mapping[str, Mapping[str, Point]]


def _detector(*fields: Field) -> Point:
    return Point(PointKind.DETECTOR, fields)


_ACTIVE = {"true": Sensed.ACTIVE, "false": Sensed.NORMAL}
_TAMPER = _detector(Field(("tamper",), _ACTIVE))
_BATTERY = _detector(Field(("battery_low",), _ACTIVE), Field(("battery",), low=10))
_CONTACT = Point(PointKind.CIRCUIT, (Field(("contact",), {"true": Sensed.CLOSED, "false": Sensed.OPEN}),))

PRESETS: Mapping[str, Preset] = {
    "zigbee2mqtt": Preset(
        state="{base}/{name}",
        availability="{base}/{name}/availability",
        bridge="{base}/bridge/state",
        online=frozenset({"online"}),
        offline=frozenset({"offline"}),
        seen=("last_seen",),
        kinds={
            "contact": {"contact": _CONTACT, "tamper": _TAMPER, "battery": _BATTERY},
            "motion": {
                "motion": _detector(Field(("occupancy",), _ACTIVE)),
                "tamper": _TAMPER,
                "battery": _BATTERY,
            },
        },
    ),
}
