"""The interleaved measurement: one badge through the daemon, one past it through the bare relay, and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import IO

from rules.model.secret import CardBits
from simulators.ascii_reader import card_frame
from tests.bench.site import ASCII_LINES, DOORS, OSDP_LINES, PEOPLE, RTU_LINE, Door, Site, card
from tests.bench.yard import Board, OsdpLine, Pty, RtuModule, TcpModule, Yard

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 3.0  # s a badge may take before it counts as lost
PAUSE = (0.015, 0.045)  # s between two badges, drawn anew each time so that no poll keeps step with them
PASSAGE = 0.12  # s a door stands open, and then at least stays shut: a little more than the slower module's poll
START = 30.0  # s until a process must be up
CARD_FRAME = bytes(range(31))  # as long as a reader's sealed card reply

MINIMUM_TCP, MINIMUM_RTU = "wire minimum, Modbus TCP", "wire minimum, Modbus RTU"
MINIMUM_DISK = "wire minimum and one fdatasync"
MAIN = "OSDP to Modbus TCP"
FROM_SWIPE = "OSDP to Modbus TCP, from the swipe: waits for its poll"


def lane_of(door: Door) -> str:
    """The row that a door's badges count for."""
    reader = "ASCII" if door.line in ASCII_LINES else "OSDP"
    module = "Modbus TCP" if door.module == "io-tcp" else "Modbus RTU"
    return f"{reader} to {module}" + (", journal: required" if door.required else "")


@dataclass(frozen=True, slots=True)
class Sample:
    """One badge: from its last byte at the reader's end of the wire to FC05 at the module's end, us."""

    lane: str
    us: float


def _adam() -> Board:
    return Board(outputs_at=16, inputs_as_coils=True)


class Bench:
    """The yard with both the daemon's ends and the relay's. `pair` yields a badge through each, in drawn order."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.yard = Yard()
        self.count = self.lost = 0
        self._boards = {"io-tcp": Board(), "io-rtu": _adam()}
        self._past = {MINIMUM_TCP: Board(), MINIMUM_RTU: _adam()}
        self._past[MINIMUM_DISK] = self._past[MINIMUM_TCP]
        self.module = TcpModule(self._boards["io-tcp"], self.yard)
        self._relay_module = TcpModule(self._past[MINIMUM_TCP], self.yard)
        self._osdp = {line: self._osdp_line(line) for line in OSDP_LINES}
        self._ascii = {line: self._pty(line) for line in ASCII_LINES}
        self._relay_in = {lane: self._pty(f"relay{n}") for n, lane in enumerate(self._past)}
        for name, board in ((RTU_LINE, self._boards["io-rtu"]), ("relay-out", self._past[MINIMUM_RTU])):
            self.yard.add(RtuModule(board, site.line(name)).pty)
        self._closing: list[tuple[float, Board, int]] = []
        self._shut_until: dict[str, float] = {}

    def _pty(self, name: str) -> Pty:
        pty = Pty(self.site.line(name))
        self.yard.add(pty)
        return pty

    def _osdp_line(self, name: str) -> OsdpLine:
        readers = {d.reader: (d.address, self.site.keys[d.reader]) for d in DOORS if d.line == name}
        line = OsdpLine(self.site.line(name), readers)
        self.yard.add(line.pty)
        return line

    @contextmanager
    def relay(self) -> Iterator[None]:
        """The bare relay, in a process of its own."""
        paths = [str(self.site.line(name)) for name in ("relay0", "relay1", "relay-out", "relay2")]
        record = str(self.site.state / "bare-record")
        with self._child("tests.bench.relay", str(self._relay_module.port), *paths, record):
            yield

    @contextmanager
    def daemon(self, loop: str) -> Iterator[int]:
        """The daemon with all its devices online; yields its process id."""
        with self._child("tests.bench.daemon", str(self.site.config.parent), loop) as pid:
            yield pid

    @contextmanager
    def _child(self, module: str, *arguments: str) -> Iterator[int]:
        """A process of ours, once it said that it is ready. Ended at the end, killed if it will not."""
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            self._await_ready(process.stdout, module)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdin.close()
            process.stdout.close()

    def _await_ready(self, stdout: IO[bytes], module: str) -> None:
        told: list[bytes] = []
        self.yard.watch(stdout.fileno(), lambda: told.append(os.read(stdout.fileno(), 4096)))
        self.yard.serve(START, lambda: bool(told))
        self.yard.forget(stdout.fileno())
        if not told or not told[0].startswith(b"ready"):
            raise RuntimeError(f"{module} did not start")

    # -- one badge ----------------------------------------------------------------------------------------------

    def pair(self, door: Door, past: str) -> Iterator[Sample]:
        """A badge at a door, and one through the relay lane `past`; which goes first is drawn by lot."""
        ways: list[Callable[[], Iterator[Sample]]] = [lambda: self._through(door), lambda: self._beside(past)]
        random.shuffle(ways)
        for way in ways:
            self.rest(random.uniform(*PAUSE))
            yield from way()

    def rest(self, seconds: float) -> None:
        """Serve the wires; doors that were opened close again."""
        self.yard.serve(seconds)
        for at, board, index in self._closing:
            if at <= monotonic():
                board.inputs[index] = True
        self._closing = [entry for entry in self._closing if entry[0] > monotonic()]

    def _through(self, door: Door) -> Iterator[Sample]:
        board = self._boards[door.module]
        self._until_at_rest(door, board)
        board.struck.pop(door.output, None)
        self.count += 1
        swiped = monotonic_ns()
        began = self._swipe(door, card(random.randint(1, PEOPLE)))
        if not self.yard.serve(LIMIT, lambda: door.output in board.struck):
            self.lost += 1
            return
        struck = board.struck[door.output]
        self._pass(door, board)
        yield Sample(lane_of(door), (struck - began()) / 1000)
        if lane_of(door) == MAIN:
            yield Sample(FROM_SWIPE, (struck - swiped) / 1000)

    def _until_at_rest(self, door: Door, board: Board) -> None:
        """The daemon has seen the last passage to its end, or LIMIT is over."""
        shut, end = self._shut_until.get(door.id, 0.0), monotonic() + LIMIT
        while monotonic() < end and (board.outputs[door.output] or monotonic() < shut):
            self.rest(0.01)

    def _swipe(self, door: Door, held: CardBits) -> Callable[[], int]:
        """Hold a card to the reader; the result tells, later, when its bytes left."""
        if door.line in ASCII_LINES:
            moment = self._ascii[door.line].write(card_frame("wiegand-hex", held.as_int(), held.length))
            return lambda: moment
        line = self._osdp[door.line]
        line.swipe(door.reader, held)
        return lambda: line.sent[door.reader]

    def _pass(self, door: Door, board: Board) -> None:
        """Somebody opens the door and lets it close behind him."""
        now = monotonic()
        board.inputs[door.output] = False
        self._closing.append((now + PASSAGE, board, door.output))
        self._shut_until[door.id] = now + 2 * PASSAGE

    def _beside(self, lane: str) -> Iterator[Sample]:
        board = self._past[lane]
        board.struck.clear()
        began = self._relay_in[lane].write(CARD_FRAME)
        if not self.yard.serve(LIMIT, lambda: bool(board.struck)):
            raise RuntimeError("the relay does not answer")
        yield Sample(lane, (board.struck[0] - began) / 1000)

    def idle_share(self, pid: int, seconds: float) -> float:
        """How much of one processor the daemon takes while nobody comes, %."""
        before = _processor_time(pid)
        self.yard.serve(seconds)
        return 100 * (_processor_time(pid) - before) / seconds


def _processor_time(pid: int) -> float:
    """s that a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
