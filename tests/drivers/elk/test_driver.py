"""The whole Elk link over real ptys and a socket: panel simulator, transport, driver."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
from pathlib import Path

import pytest

from drivers.elk import SHARED_LINE, Config, Driver
from gateway.transport import open_transport
from rules.model.commands import Command, PulseOutput, SetOutput, ShowOutcome
from rules.model.driver import Device
from rules.model.errors import CommandError, ConfigError, LinkError
from rules.model.points import Outcome, Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, OutputReported, PanelReported
from simulators.elk_panel import ElkPanel, frame
from tests.drivers.ascii.recorder import LIMIT, Recorder, running

FOUND = DeviceFound("panel")
QUIET = [InputChanged("panel.zone1", Sensed.NORMAL), InputChanged("panel.zone2", Sensed.NORMAL)]


def driver(url: str | Path) -> Driver:
    config = Config.model_validate({"zones": "2", "areas": ["1"], "outputs": "2"})
    link = Driver("line-2", (Device("panel", config, {}),), open_transport(str(url), 115200))
    link.tuning.retry, link.tuning.answer, link.tuning.refresh_gap = 0.2, 0.6, 0.05
    link.tuning.confirm_ask = 0.05
    return link


def panel_at(path: Path, heartbeat: float = 30.0) -> ElkPanel:
    panel = ElkPanel(path, heartbeat=heartbeat)
    panel.zone(1, "normal")
    panel.zone(2, "normal")
    return panel


async def test_zones_and_areas(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel, running(driver(panel.line.path), emit):
        start = await emit.until(FOUND)
        assert start == [
            *QUIET,
            OutputReported("panel.out1", False),
            OutputReported("panel.out2", False),
            PanelReported("panel", 1, "disarmed", "no_alarm"),
            FOUND,
        ]
        for state, sensed in [
            ("violated", Sensed.ACTIVE), ("normal", Sensed.NORMAL), ("trouble_open", Sensed.CUT),
            ("trouble_short", Sensed.SHORT), ("trouble", Sensed.FOREIGN), ("bypassed", Sensed.NORMAL),
        ]:  # fmt: skip
            panel.zone(2, state)
            await emit.until(InputChanged("panel.zone2", sensed))
        panel.arm(1, "away")
        await emit.until(PanelReported("panel", 1, "armed_away", "no_alarm"))
        panel.alarm(1, "burglar")
        await emit.until(PanelReported("panel", 1, "armed_away", "burglar_alarm"))
        panel.arm(1, "disarmed")
        await emit.until(PanelReported("panel", 1, "disarmed", "no_alarm"))


async def test_a_panel_that_announces_nothing_is_read_at_its_heartbeats(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty", heartbeat=0.05) as panel, running(driver(panel.line.path), emit):
        await emit.until(FOUND)
        panel.announce_zones = panel.announce_areas = False
        panel.zone(1, "violated")
        await emit.until(InputChanged("panel.zone1", Sensed.ACTIVE))
        panel.arm(1, "stay")
        await emit.until(PanelReported("panel", 1, "armed_stay", "no_alarm"))


async def test_a_change_lost_to_noise_is_read_again(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            link.tuning.refresh_gap = 0.0
            panel.damage = 1
            panel.zone(1, "violated")
            await emit.until(InputChanged("panel.zone1", Sensed.ACTIVE))
        assert link.health()["panel"]["checksum"] == 1


async def test_a_silent_panel_is_lost_and_found(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty", heartbeat=0.05) as panel:
        link = driver(panel.line.path)
        link.tuning.silence = 0.3
        async with running(link, emit):
            await emit.until(FOUND)
            panel.stop()
            panel.deaf = True
            await emit.until(DeviceLost("panel", "silent"))
            panel.zone(1, "violated")
            panel.deaf = False
            back = await emit.until(FOUND)
            assert InputChanged("panel.zone1", Sensed.ACTIVE) in back


async def test_a_panel_whose_receive_wire_is_cut_is_lost_though_it_beats(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty", heartbeat=0.05) as panel, running(driver(panel.line.path), emit):
        await emit.until(FOUND)
        panel.deaf = True
        await emit.until(DeviceLost("panel", "silent"))


async def test_programming_mode(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            panel.program()
            await emit.until(DeviceLost("panel", "programming"))
            asked = len(panel.requests)
            panel.zone(1, "violated")
            with pytest.raises(CommandError) as caught:
                await link.execute(SetOutput("panel.out1", True))
            assert caught.value.code == "device_lost"
            assert len(panel.requests) == asked, "nothing was said to it"
            panel.end_programming()
            back = await emit.until(FOUND)
            assert InputChanged("panel.zone1", Sensed.ACTIVE) in back


@pytest.mark.parametrize("announce", [True, False])
async def test_outputs_are_confirmed_by_what_the_panel_reports(tmp_path: Path, announce: bool) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        panel.announce_outputs = announce
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            await link.execute(SetOutput("panel.out2", True))
            assert panel.output(2)
            await emit.until(OutputReported("panel.out2", True))
            await link.execute(SetOutput("panel.out2", True))
            await link.execute(SetOutput("panel.out2", False))
            assert not panel.output(2)
            await emit.until(OutputReported("panel.out2", False))


async def test_a_pulse_is_ended_by_the_panel(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            await link.execute(PulseOutput("panel.out1", True, 200_000))
            await emit.until(OutputReported("panel.out1", True))
            await emit.until(OutputReported("panel.out1", False))
            assert panel.requests.count("cn") == 1
            assert "cf" not in panel.requests


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (SetOutput("panel.out9", True), "no_such_output"),
        (SetOutput("panel.zone1", True), "no_such_output"),
        (PulseOutput("panel.out1", False, 1_000_000), "unsupported"),
        (PulseOutput("panel.out1", True, 0), "unsupported"),
        (PulseOutput("panel.out1", True, 70_000_000_000), "unsupported"),
        (ShowOutcome("panel", Outcome.GRANTED), "unsupported"),
    ],
)
async def test_commands_that_make_no_sense_raise(tmp_path: Path, command: Command, code: str) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            asked = len(panel.requests)
            with pytest.raises(CommandError) as caught:
                await link.execute(command)
            assert caught.value.code == code
            assert len(panel.requests) == asked


async def test_an_output_without_confirmation_raises(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        link.tuning.confirm, link.tuning.confirm_ask = 0.2, 0.05
        with pytest.raises(CommandError) as caught:
            await link.execute(SetOutput("panel.out1", True))
        assert caught.value.code == "not_connected"
        async with running(link, emit):
            await emit.until(FOUND)
            panel.set_output(1, True)
            await emit.until(OutputReported("panel.out1", True))
            panel.deaf = True  # what it said before the command confirms nothing
            with pytest.raises(CommandError) as caught:
                await link.execute(SetOutput("panel.out1", True))
            assert caught.value.code == "unconfirmed"
            link.tuning.confirm = link.tuning.confirm_ask = LIMIT
            async with asyncio.TaskGroup() as group:
                group.create_task(unplug_soon(panel), name="unplug")
                with pytest.raises(CommandError) as caught:
                    await link.execute(SetOutput("panel.out1", True))
            assert caught.value.code == "not_connected"


async def unplug_soon(panel: ElkPanel) -> None:
    await asyncio.sleep(0)
    panel.line.unplug()


async def test_unplugged_is_a_link_error_and_a_new_run_finds_it_again(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit) as run:
            await emit.until(FOUND)
            panel.line.unplug()
            with pytest.raises(LinkError) as caught:
                await run
            assert caught.value.code == "line_closed"
        panel.zone(2, "violated")
        panel.line.replug()
        async with running(link, emit):
            back = await emit.until(FOUND)
            assert InputChanged("panel.zone2", Sensed.ACTIVE) in back


async def test_noise_between_the_frames_changes_nothing(tmp_path: Path) -> None:
    emit, noise = Recorder(), random.Random(7)
    async with panel_at(tmp_path / "tty", heartbeat=0.05) as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            for _ in range(50):
                panel.say(noise.randbytes(noise.randrange(400)) + b"\r\n")
                await asyncio.sleep(0.002)
            panel.zone(1, "violated")
            told = await emit.until(InputChanged("panel.zone1", Sensed.ACTIVE))
            assert told == [InputChanged("panel.zone1", Sensed.ACTIVE)]
        assert int(link.health()["panel"]["malformed"]) > 0


async def test_codes_on_the_line_are_neither_told_nor_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        link = driver(panel.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            panel.say(frame("IC", "040711090401" + "00001"))
            panel.say(frame("UA", "987654" + "C3000000004" + "1F"))
            panel.zone(1, "violated")
            await emit.until(InputChanged("panel.zone1", Sensed.ACTIVE))
        for secret in ("040711090401", "987654"):
            assert secret not in caplog.text + repr(emit.signals) + repr(link.health())


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
async def test_the_same_panel_behind_a_terminal_server(tmp_path: Path) -> None:
    emit = Recorder()
    async with panel_at(tmp_path / "tty") as panel:
        server = await asyncio.create_subprocess_exec(
            "socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,reuseaddr", f"{panel.line.path},raw,echo=0",
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert server.stderr is not None
        try:
            listening = await asyncio.wait_for(server.stderr.readuntil(b"listening on"), LIMIT)
            assert listening
            address = await asyncio.wait_for(server.stderr.readline(), LIMIT)
            port = int(address.decode().rsplit(":", 1)[1])
            async with running(driver(f"socket://127.0.0.1:{port}"), emit) as run:
                await emit.until(FOUND)
                panel.zone(1, "violated")
                await emit.until(InputChanged("panel.zone1", Sensed.ACTIVE))
                server.terminate()
                with pytest.raises(LinkError):
                    await asyncio.wait_for(run, LIMIT)
        finally:
            if server.returncode is None:
                server.kill()
            await server.wait()


def test_two_panels_on_one_line_are_refused() -> None:
    config = Config.model_validate({"zones": 1})
    with pytest.raises(ConfigError) as caught:
        Driver("l", (Device("a", config, {}), Device("b", config, {})), open_transport("/dev/null"))
    assert caught.value.code == "line_shared"
    assert not SHARED_LINE
