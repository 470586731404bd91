"""The demo's working hours: who comes, who may not, what is forgotten, forced, unplugged and set on fire."""

from __future__ import annotations

from simulators.expect import seen
from simulators.folder import DURESS_PIN
from simulators.scene import Scene, asks, attended, do, enters, raised, refused, returned

NORTH = ("front-reader", "staff-reader", "office-reader")
_EDITED = (seen("request_carried_out", ok=True), seen("site_activated"))
"""A change of the directory, and the moment from which the gateway decides by it."""

EGRESS = ("front", "staff-entrance", "office-door", "workshop-door", "dock", "lab-door", "transfer")

BEFORE_OPENING = Scene(
    "06:50",
    "before opening",
    2,
    (
        (
            enters("p026", "front-reader"),
            refused("unknown", "front-reader", "unknown_credential"),
            refused("p047", "front-reader", "denied_by_rule"),
        ),
        (refused("p003", "staff-reader", "outside_schedule"),),
        (enters("p031", "workshop-reader"),),
        (refused("p003", "gate", "outside_schedule"),),
    ),
)

ARRIVALS = Scene(
    "07:02",
    "people arrive, at all nine readers",
    3,
    (
        (enters("p005", "front-reader"), enters("p006", "front-reader"), enters("p004", "front-reader")),
        (enters("p003", "staff-reader"), enters("p002", "staff-reader")),
        (enters("p007", "office-reader"), refused("p045", "office-reader", "no_access_rights")),
        (
            enters("p037", "lab-reader"),
            refused("p038", "lab-reader", "wrong_pin", pin="0000"),
            enters("p037", "lab-exit-reader"),
        ),
        (enters("p027", "transfer-reader"), refused("p003", "transfer-reader", "no_access_rights")),
        (enters("p045", "workshop-reader"), refused("p009", "workshop-reader", "no_access_rights")),
        (enters("p046", "dock-reader"),),
        (enters("p003", "gate"), refused("p053", "gate", "no_access_rights")),
    ),
)

RECEPTION = Scene(
    "08:31",
    "reception is staffed: the front door stands unlocked",
    1,
    (
        (
            do("locks", "front", locked=False),
            do("pull", "front", then=seen("door_opened", door="front", authorised=True)),
            do("wait", 0.45),
            do("shut", "front", then=seen("door_closed", door="front")),
        ),
    ),
)

DOORS = Scene(
    "10:05",
    "a door forgotten, a door forced, a reader silent, ways out",
    11,
    (
        (
            do("badge", "p008", "office-reader", walk=False, then=seen("access_granted", person="p008")),
            do(
                "pull",
                "office-door",
                then=(
                    seen("door_opened", door="office-door", authorised=True),
                    seen("held_open_warned", door="office-door", within=7),
                    seen("door_held_open", door="office-door", within=5),
                    raised("door-held.office-door"),
                ),
            ),
            do(
                "shut", "office-door", then=(seen("door_closed", door="office-door"), returned("door-held.office-door"))
            ),
            *attended("door-held.office-door", latching=False),
        ),
        (
            do(
                "force",
                "workshop-door",
                then=(seen("door_forced", door="workshop-door"), raised("door-forced.workshop-door")),
            ),
            do("shut", "workshop-door", then=returned("door-forced.workshop-door")),
            *attended("door-forced.workshop-door"),
        ),
        (
            do(
                "button",
                "dock",
                then=(
                    seen("exit_requested", door="dock", released=True),
                    seen("door_opened", door="dock", authorised=True),
                    seen("door_closed", door="dock"),
                ),
            ),
        ),
        (
            do(
                "leave",
                "lab-door",
                then=(
                    seen("exit_requested", door="lab-door", released=False),
                    seen("door_opened", door="lab-door", authorised=True),
                    seen("door_closed", door="lab-door"),
                ),
            ),
            do("badge", "p028", "transfer-reader", walk=False, then=seen("access_granted", person="p028")),
            do("wait", 0.1, then=seen("access_not_taken", person="p028", door="transfer", within=10)),
        ),
        (asks("open", "staff-entrance", seen("released_by_operator", door="staff-entrance")),),
        (
            do(
                "mute",
                "front-reader",
                9.0,
                then=(
                    seen("device_offline", device="front-reader", within=11),
                    raised("device-lost.front-reader"),
                    seen("device_online", device="front-reader"),
                    returned("device-lost.front-reader"),
                ),
            ),
            *attended("device-lost.front-reader", latching=False),
        ),
        (do("restart", "lab-exit-reader", 2.0, then=seen("reader_restarted", device="lab-exit-reader", within=8)),),
    ),
)

CABLES = Scene(
    "11:15",
    "cables are pulled and plugged in again",
    3,
    (
        (
            do("unplug", "north", then=(seen("link_offline", link="north"), raised("link-lost.north"))),
            do("wait", 1.0),
            do(
                "replug",
                "north",
                then=(*(seen("device_online", device=reader) for reader in NORTH), returned("link-lost.north")),
            ),
            *attended("link-lost.north", latching=False),
            enters("p010", "office-reader"),
        ),
        (
            do("unplug", "workshop", then=(seen("link_offline", link="workshop"), raised("link-lost.workshop"))),
            do("wait", 0.5),
            do(
                "replug",
                "workshop",
                then=(seen("device_online", device="workshop-reader"), returned("link-lost.workshop")),
            ),
            *attended("link-lost.workshop", latching=False),
            enters("p032", "workshop-reader"),
        ),
        (
            do(
                "unplug",
                "io-lab",
                then=(
                    seen("link_offline", link="io-lab"),
                    seen("door_position_lost", door="lab-door"),
                    seen("door_position_lost", door="transfer"),
                    raised("link-lost.io-lab"),
                ),
            ),
            do("wait", 0.5),
            do("replug", "io-lab", then=(seen("device_online", device="lab-io"), returned("link-lost.io-lab"))),
            *attended("link-lost.io-lab", latching=False),
            enters("p029", "transfer-reader"),
        ),
        (
            do("tamper", "lab-reader", True, then=(raised("door-tamper.lab-door"), raised("device-tamper.lab-reader"))),
            do(
                "tamper",
                "lab-reader",
                False,
                then=(returned("door-tamper.lab-door"), returned("device-tamper.lab-reader")),
            ),
            *attended("door-tamper.lab-door"),
            *attended("device-tamper.lab-reader"),
        ),
        (
            do("zone", 2, "violated", then=raised("zone-alarm.lab-freezer")),
            do("zone", 2, "normal", then=returned("zone-alarm.lab-freezer")),
            *attended("zone-alarm.lab-freezer"),
        ),
    ),
)

FIRE = Scene(
    "12:20",
    "fire: every egress door lets go, until a signed reset",
    3,
    (
        (
            do("fire", True, then=(raised("fire.fire-panel"), seen("door_layer_set", 7, exactly=True, layer="fire"))),
            do("locks", *EGRESS, locked=False),
            do("wait", 1.0),
            asks(
                "fire-reset",
                "fire-panel",
                seen("request_accepted", verb="fire-reset", target="fire-panel"),
                refusal="input_not_normal",
            ),
            do("fire", False, then=returned("fire.fire-panel")),
            do("wait", 1.0),
            do("locks", *EGRESS, locked=False),
            asks(
                "fire-reset",
                "fire-panel",
                seen("alarm_reset", alarm="fire.fire-panel"),
                seen("door_layer_cleared", 7, exactly=True, layer="fire"),
            ),
            do("locks", *(door for door in EGRESS if door != "front"), locked=True),
        ),
    ),
)

LOCKDOWN = Scene(
    "14:10",
    "lockdown; somebody is blocked; somebody is under duress",
    4,
    (
        (
            asks("lockdown", "all", seen("door_layer_set", 7, layer="locked_down")),
            do("locks", *EGRESS, locked=True),
            do("wait", 1.0),
            refused("p005", "front-reader", "lockdown"),
            enters("p037", "lab-exit-reader"),
            asks("open", "front", seen("request_refused", verb="open", code="locked_down"), refusal="locked_down"),
            asks("lockdown-end", "all", seen("door_layer_cleared", 7, layer="locked_down")),
            asks("person-block", "p011", *_EDITED, person="p011"),
            refused("p011", "office-reader", "person_blocked"),
            asks("person-unblock", "p011", *_EDITED, person="p011"),
            enters("p011", "office-reader"),
            enters(
                "p041",
                "lab-reader",
                seen("duress_reported", person="p041", stream="silent"),
                raised("duress.lab-door"),
                pin=DURESS_PIN,
            ),
        ),
        (
            do("call_point", True, then=raised("emergency-release.dock")),
            do("call_point", False, then=returned("emergency-release.dock")),
            *attended("emergency-release.dock"),
        ),
    ),
)

BROKER = Scene(
    "15:40",
    "the broker dies: doors go on, nothing is lost",
    3,
    (
        (
            do("kill_broker"),  # its alarms can be heard only when it is back
            do("badge", "p012", "office-reader"),
            do("badge", "p033", "workshop-reader"),
            do(
                "start_broker",
                then=(
                    seen("link_offline", link="bus", within=15),
                    raised("link-lost.bus"),
                    raised("link-lost.mqtt"),
                    seen("access_granted", person="p012", reader="office-reader"),
                    seen("access_granted", person="p033", reader="workshop-reader"),
                    seen("access_taken", person="p012", door="office-door"),
                    seen("access_taken", person="p033", door="workshop-door"),
                    *(seen("device_online", device=name) for name in ("office-pir", "office-window")),
                ),
            ),
            enters("p013", "gate"),
            *attended("link-lost.mqtt", latching=False),
            *attended("link-lost.bus", latching=False),
        ),
    ),
)
