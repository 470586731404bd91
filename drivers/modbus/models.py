"""Maps of door I/O modules. Addresses are those on the wire, 0-based, whatever the manual's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

READ_COILS = 1
READ_DISCRETE_INPUTS = 2
READ_HOLDING_REGISTERS = 3
WRITE_COIL = 5
WRITE_REGISTER = 6

OnCommsLoss = Literal["hold", "lock"]


@dataclass(frozen=True, slots=True)
class TimedCoils:
    """Coils by which the module itself ends a pulse: FC05 to `on`/`off` + n, value = duration in steps."""

    on: int
    off: int
    step: int  # us
    longest: int  # steps


@dataclass(frozen=True, slots=True)
class SafetyRegister:
    """A holding register that says what the outputs do when the gateway falls silent."""

    address: int
    lock: int
    hold: int


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of module. inverted: a DI bit of 1 means an open circuit (normally it means closed)."""

    inputs: int
    outputs: int
    input_function: int = READ_DISCRETE_INPUTS
    input_address: int = 0
    output_address: int = 0
    inverted: bool = False
    timed: TimedCoils | None = None
    safety: SafetyRegister | None = None


# Waveshare wiki, "Modbus RTU Relay": FC05 to 0x0200+n flashes on, 0x0400+n flashes off, in 100 ms.
_FLASH = TimedCoils(on=0x0200, off=0x0400, step=100_000, longest=0x7FFF)

MODELS: dict[str, Model] = {
    # Moxa ioLogik E1200 manual, appendix A. The E1212's eight DIO channels are taken as outputs.
    "moxa-e1212": Model(inputs=8, outputs=8),
    "moxa-e1214": Model(inputs=6, outputs=6),
    # Advantech ADAM-6000 manual, appendix B.2: inputs are coils 00001.., relays coils 00017.. .
    "adam-6060": Model(inputs=6, outputs=6, input_function=READ_COILS, output_address=16),
    # Advantech ADAM-4000 manual, appendix G: the same, and 40215 enables the communication safety,
    # which drives the outputs to the module's own safe values (set at commissioning).
    "adam-4055": Model(
        inputs=8,
        outputs=8,
        input_function=READ_COILS,
        output_address=16,
        safety=SafetyRegister(address=214, lock=1, hold=0),
    ),
    "waveshare-8ch": Model(inputs=8, outputs=8, timed=_FLASH),
    "waveshare-8ch-relay": Model(inputs=0, outputs=8, timed=_FLASH),
    # Brainboxes ED Modbus product data tables, ED-588.
    "brainboxes-ed588": Model(inputs=8, outputs=8),
    "generic": Model(inputs=8, outputs=8),
}
