"""OSDP readers on pty lines, made of libosdp's peripheral device, in a process of their own.

`python -m simulators.osdp_pd --config FILE` (`-`: the first line of stdin). The configuration, in JSON:
`{"lines": [{"name", "path", "readers": [{"id", "address", "key", "keypad", "serial"}]}]}`; `path` becomes a
symlink to the pty, `key` is hex, and a reader without one waits in install mode.

Commands, one JSON object a line on stdin, each with an optional `id`, answered by `{"event": "answer", "id", "ok"}`:
`swipe` reader bits length, `keys` reader digits, `tamper` reader on, `mute` reader seconds, `restart` reader
[seconds], `swap` reader serial, `unplug` line, `replug` line, `stop`. Events on stdout: `ready`, `session`, `led`,
`buzzer`, `output`, `text`, `keyset`, `answer`, `error`; each has `t`, CLOCK_MONOTONIC seconds.
The end of stdin ends it.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import osdp_sys

from simulators.osdp_line import PtyLine
from simulators.osdp_reader import Reader

TICK = 0.04  # s; libosdp wants a refresh at least every 50 ms


class Lines:
    """Finds one whole line after another in a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._buffer = b""

    def read(self) -> list[bytes] | None:
        """The lines that are complete now; None at the end of the stream."""
        data = os.read(self.descriptor, 65536)
        if not data:
            return None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return lines


class Site:
    """All lines, and the control channel."""

    def __init__(self, out: int) -> None:
        self._out = out
        self._lines: dict[str, PtyLine] = {}
        self._readers: dict[str, Reader] = {}
        self._running = True

    def report(self, event: str, **values: Any) -> None:
        """Write one event; a reader of ours that went away ends the process by SIGPIPE's error."""
        text = json.dumps({"event": event, "t": time.monotonic(), **values}, separators=(",", ":"))
        os.write(self._out, text.encode() + b"\n")

    def build(self, config: Mapping[str, Any]) -> None:
        """Plug every line in."""
        for spec in config["lines"]:
            line = PtyLine(spec, self.report)
            self._lines[line.name] = line
            self._readers |= {reader.id: reader for reader in line.readers}
        self.report("ready", lines=list(self._lines), readers=list(self._readers))

    def run(self, control: Lines) -> None:
        """Serve lines and commands until `stop` or the end of the control stream."""
        due = 0.0
        while self._running:
            by_descriptor = {line.descriptor: line for line in self._lines.values() if line.descriptor >= 0}
            wait = max(0.0, due - time.monotonic())
            ready, _, _ = select.select([control.descriptor, *by_descriptor], [], [], wait)
            for descriptor in ready:
                if descriptor in by_descriptor:
                    by_descriptor[descriptor].pump()
                else:
                    self._obey_all(control.read())
            if time.monotonic() >= due:
                self._tick()
                due = time.monotonic() + TICK

    def close(self) -> None:
        for line in self._lines.values():
            line.unplug()

    def _tick(self) -> None:
        now = time.monotonic()
        for line in self._lines.values():
            line.refresh()
            for reader in line.readers:
                reader.tick(now)

    def _obey_all(self, lines: list[bytes] | None) -> None:
        if lines is None:
            self._running = False
        for line in lines or ():
            if line.strip():
                self._obey(line)

    def _obey(self, text: bytes) -> None:
        try:
            command = json.loads(text)
            ok = COMMANDS[command["do"]](self, command)
        except (ValueError, KeyError, TypeError) as error:
            self.report("error", message=f"{type(error).__name__}: {error}")
        else:
            self.report("answer", do=command["do"], id=command.get("id"), ok=ok)

    def _reader(self, command: Mapping[str, Any]) -> Reader:
        return self._readers[command["reader"]]

    def _swipe(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).swipe(command["bits"], int(command["length"]))

    def _keys(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).keys(command["digits"])

    def _tamper(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).tamper(bool(command.get("on", True)))

    def _mute(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).mute(float(command["seconds"]))

    def _restart(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).restart(float(command.get("seconds", 2.0)))

    def _swap(self, command: Mapping[str, Any]) -> bool:
        return self._reader(command).swap(int(command["serial"]))

    def _unplug(self, command: Mapping[str, Any]) -> bool:
        self._lines[command["line"]].unplug()
        return True

    def _replug(self, command: Mapping[str, Any]) -> bool:
        self._lines[command["line"]].plug()
        return True

    def _stop(self, command: Mapping[str, Any]) -> bool:
        self._running = False
        return True


COMMANDS: Mapping[str, Callable[[Site, Mapping[str, Any]], bool]] = {
    "swipe": Site._swipe,
    "keys": Site._keys,
    "tamper": Site._tamper,
    "mute": Site._mute,
    "restart": Site._restart,
    "swap": Site._swap,
    "unplug": Site._unplug,
    "replug": Site._replug,
    "stop": Site._stop,
}


def take_stdout() -> int:
    """A descriptor of our own for events; what libosdp prints goes to stderr instead."""
    out = os.dup(1)
    os.dup2(2, 1)
    return out


def main() -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(description="OSDP readers on pty lines (libosdp's peripheral device)")
    parser.add_argument("--config", required=True, help="a JSON file, or - for the first line of stdin")
    name = parser.parse_args().config
    site = Site(take_stdout())
    osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
    try:
        # read stdin by hand: a buffered reader would swallow the commands behind the first line
        text = read_line(0) if name == "-" else Path(name).read_text()
        site.build(json.loads(text))
        site.run(Lines(0))
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        site.close()
    return 0


def read_line(descriptor: int) -> str:
    """One line, byte by byte."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            break
        line += byte
    return line.decode()


if __name__ == "__main__":
    sys.exit(main())
