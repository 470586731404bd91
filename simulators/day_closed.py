"""The demo's evening and night: cleaners, armed areas, an intruder, a guard."""

from __future__ import annotations

from simulators.expect import seen
from simulators.scene import Scene, asks, attended, do, enters, raised, refused, returned

EVENING = Scene(
    "19:05",
    "staff are late, cleaners are on time",
    1,
    (
        (
            refused("p014", "front-reader", "outside_schedule"),
            enters("p053", "front-reader"),
            do("locks", "front", locked=True),
        ),
        (enters("p054", "staff-reader"), refused("p015", "staff-reader", "outside_schedule")),
        (refused("p055", "lab-reader", "denied_by_rule"),),
        (do("panel", 1, "away", then=seen("panel_area_changed", device="panel", area=1)),),
    ),
)

_INTRUDER = (
    asks("arm", "office", seen("area_arming", area="office"), seen("area_armed", area="office", within=8)),
    do(
        "sensor",
        "corridor-pir",
        occupancy=True,
        then=(seen("area_triggered", area="office", zone="corridor-motion"), raised("intrusion.office")),
    ),
    do(
        "sensor",
        "corridor-pir",
        occupancy=False,
        then=seen("input_reported", point="corridor-pir.motion", state="normal"),
    ),
    refused("p058", "staff-reader", "wrong_pin", pin="1111"),
    enters(
        "p057",
        "staff-reader",
        seen("area_disarmed", area="office", by="p057", door="staff-entrance"),
        returned("intrusion.office"),
    ),
    *attended("intrusion.office"),
)

_LATE_WORKER = (
    asks("arm", "workshop", seen("area_arming", area="workshop"), seen("area_armed", area="workshop", within=8)),
    do(
        "leave",
        "workshop-door",
        then=(
            seen("exit_requested", door="workshop-door"),
            seen("entry_delay_started", area="workshop", zone="workshop-entry"),
        ),
    ),
    asks("disarm", "workshop", seen("area_disarmed", area="workshop", by="amira")),
)

NIGHT = Scene("22:40", "armed: an intruder, a guard, somebody who worked late", 9, (_INTRUDER, _LATE_WORKER))

ROUNDS = Scene(
    "23:30",
    "the guard's round",
    2,
    (
        (enters("p060", "front-reader"), enters("p060", "office-reader"), enters("p060", "lab-reader")),
        (
            do(
                "sensor",
                "office-window",
                tamper=True,
                then=(raised("zone-tamper.window-tamper"), raised("device-tamper.office-window")),
            ),
            do(
                "sensor",
                "office-window",
                tamper=False,
                then=(returned("zone-tamper.window-tamper"), returned("device-tamper.office-window")),
            ),
            *attended("zone-tamper.window-tamper"),
            *attended("device-tamper.office-window"),
        ),
    ),
)
