"""The composition root: everything the daemon is made of, opened in order, run in one TaskGroup, closed in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.configuration import Configuration
from gateway.bus.history import history_of
from gateway.bus.link import BusLink, offline_will
from gateway.bus.topics import Topics
from gateway.clock import Clock, Sources
from gateway.core import Core
from gateway.dispatch import Dispatch
from gateway.followers.outbound import Outbound
from gateway.followers.publisher import Publisher
from gateway.followers.state_view import StateView
from gateway.health import Health
from gateway.inbox import OWN
from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from gateway.journal.record import Sealed
from gateway.link import Link
from gateway.notify import Notifier
from gateway.people import peppers
from gateway.people.directory import Directory
from gateway.people.names import Names
from gateway.people.pins import PinService
from gateway.recovery import Recovered, recover, save
from gateway.release import release, site_change
from gateway.reload.bundle import pack
from gateway.reload.candidate import Source
from gateway.reload.link import ReloadLink
from gateway.reload.present import Edit, edited
from gateway.reload.start import to_start_with
from gateway.safety import refuse_broken
from gateway.services import PeopleLink, PinLink
from gateway.supervise import keep_running
from gateway.wires import broker, wired
from rules.compile import compile_site, renamed, warm
from rules.model.driver import DriverSpec
from rules.model.errors import CommandError, DoorwardError
from rules.model.signals import (
    GatewayBegan,
    GatewayEnding,
    JournalGapFound,
    JournalStateChanged,
    PublishRefused,
    RecoveryFaulted,
)
from rules.people import People
from rules.record import decode
from rules.site import Site
from rules.view import everything, touched, view

log = logging.getLogger(__name__)

SNAPSHOT_EVERY = 5_000
"""Events between snapshots."""

RESERVED = frozenset({OWN, "bus", "pin", "people", "reload"})
"""Links of the gateway itself, by which alarms and commands name them."""

STOP_LIMIT = 1.0
"""Seconds the last events may take to become durable at the end."""


@dataclass(slots=True)
class Options:
    """What the caller decides. sources, speed: clocks, for tests and the demo; started: called once all runs.

    source: where the configuration came from, to be watched; None: rule sets do not change while it runs.
    fell_back: the configuration is not what is there now, but what was active last.
    """

    state: Path
    sources: Sources | None = None
    speed: float = 1
    notifier: Notifier = field(default_factory=Notifier)
    started: Callable[[App], None] = lambda app: None
    snapshot_every: int = SNAPSHOT_EVERY
    source: Source | None = None
    fell_back: bool = False


class App:
    """The daemon of one configuration. `run` ends when `stop` is called or it is cancelled."""

    core: Core
    journal: Journal
    directory: Directory
    reload: ReloadLink

    def __init__(self, configuration: Configuration, drivers: Mapping[str, DriverSpec], options: Options) -> None:
        self.configuration = configuration
        self.dispatch = Dispatch()
        self.topics = Topics(configuration.policy.site, configuration.policy.gateway)
        self._drivers = drivers
        self._options = options
        self._stopping = asyncio.Event()
        self._snapshot_at = 0
        self._gone: set[tuple[str, str]] = set()  # nouns of earlier sites, whose retained views are to be cleared

    def stop(self) -> None:
        """Stop in order: the last events are journalled, the links are closed."""
        self._stopping.set()

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            await self._open(stack)
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(work, name=name) for name, work in self._work()]
                await asyncio.sleep(0)  # each has begun: ready means that reads are taken
                self._options.notifier.ready(f"{len(self.configuration.policy.doors)} doors")
                self._options.started(self)
                await self._stopping.wait()
                self._options.notifier.stopping()
                await self._say_goodbye()
                for task in running:
                    task.cancel()
            self._snapshot()

    # -- opening ------------------------------------------------------------------------------------------------

    async def _open(self, stack: AsyncExitStack) -> None:
        policy, options = self.configuration.policy, self._options
        self.journal = await stack.enter_async_context(
            Journal.open(options.state, gateway=policy.gateway, spool=self.configuration.spool)
        )
        self.directory = stack.enter_context(self._open_directory())
        people = await asyncio.to_thread(self.directory.people)
        recovered = await recover(self.journal)
        self._names = Names(self.directory)
        self._make_core(recovered, await self._choose(recovered, people))
        self._make_services(people, await stack.enter_async_context(PinService(self.directory)))
        self._make_links()
        self._make_bus()
        self._announce(recovered, people)

    def _open_directory(self) -> Directory:
        pepper, pin_pepper = self.configuration.pepper, self.configuration.pin_pepper
        return Directory.open(self._options.state / "people.db", pepper, pin_pepper)

    async def _choose(self, recovered: Recovered, people: People) -> Site:
        """Settle which rule set runs, and compile it."""
        head, options = self.journal.head, self._options
        self._clock = Clock(head.t, head.utc, options.sources, options.speed)

        async def compiled(found: Configuration) -> Site:
            await asyncio.to_thread(self._names.look_up, found.policy)
            site = compile_site(found.policy, people, found.rules_hash, self._names.refs)
            warm(site, self._clock.utc())
            if site.rules_hash != recovered.state.gateway().rules_hash:  # what ran so far goes on in any case
                await asyncio.to_thread(refuse_broken, site, self._clock.utc())
            return site

        self.configuration, site = await to_start_with(
            self.configuration, options.source, recovered.state, self.journal, compiled, fell_back=options.fell_back
        )
        return site

    def _make_core(self, recovered: Recovered, site: Site) -> None:
        head = self.journal.head
        self.core = Core(
            site=site,
            state=recovered.state,
            clock=self._clock,
            chain=Chain(self.configuration.policy.gateway, head),
            append=self.journal.append,
            dispatch=self.dispatch,
            pepper=peppers.key(self.configuration.pepper),
        )
        self.core.progress = self._progress
        self._snapshot_at = head.seq + self._options.snapshot_every
        self.journal.watch(
            self.core.durable,
            lambda level: _ignore(self.core.say(JournalStateChanged(level))),
            lambda first, last: _ignore(self.core.say(JournalGapFound(first, last))),
        )

    def _announce(self, recovered: Recovered, people: People) -> None:
        """The first signals: what was found, that we are here, and which site holds."""
        clean = self.journal.head.seq == 0 or self.journal.head.type == "GatewayStopped"
        if recovered.fault is not None:
            self.core.say(RecoveryFaulted(*recovered.fault))
        self.core.say(GatewayBegan(release(), clean))
        self.core.say(JournalStateChanged(self.journal.level))
        self.core.say(site_change("start", self.configuration.rules_hash, people.rev))
        self.journal.keep_site(self.configuration.rules_hash, pack(self.configuration.files))

    # -- making -------------------------------------------------------------------------------------------------

    def _make_services(self, people: People, pins: PinService) -> None:
        self._add(Link("pin", PinLink(pins), self.core.emit("pin")))
        following = PeopleLink(
            self.directory,
            people.rev,
            self._people_changed,
            lambda found: self.core.site.members.enrol(found),
            lambda: self._names.look_up(self.configuration.policy),
        )
        self._add(Link("people", following, self.core.emit("people")))
        self.reload = ReloadLink(self.core, self.journal, self.configuration, self._options.source, self._swapped)
        self.reload.names_of = self._names.of
        self._add(Link("reload", self.reload, self.core.emit("reload")))

    def _people_changed(self, change: Edit) -> None:
        def edit(site: Site) -> Site:
            self.reload.note(change)
            return renamed(edited(site, change), self._names.refs)

        _ignore(self.core.edit_site(edit, site_change("people")))

    def _swapped(self, before: Site, configuration: Configuration) -> None:
        self.configuration, self._names.refs = configuration, self.core.site.members.refs
        self._gone.update(everything(before, self.core.state))

    def _make_links(self) -> None:
        for id, driver, devices in wired(self.configuration, self._drivers, RESERVED):
            self._add(Link(id, driver, self.core.emit(id)), devices)

    def _make_bus(self) -> None:
        self.publisher = Publisher(self.journal, self.topics, self._refused)
        self.health = Health(self.core, self.journal, self.dispatch, self.publisher)
        bus = BusLink(
            broker(self.configuration, "bus", will=offline_will(self.topics)),
            self.topics,
            keys=self._keys,
            identify=self.core.identify,
            history=history_of(self.journal),
            about=self.health.about,
        )
        self._add(Link("bus", bus, self.core.emit("bus"), longest_pause=2.0))
        state_view = StateView(
            self.journal,
            self.topics,
            render=lambda noun, id: view(self.core.site, self.core.state, noun, id),
            everything=lambda: everything(self.core.site, self.core.state),
            touched=self._touched,
            on_refused=self._refused,
        )
        transport = broker(self.configuration, "out", no_local=True)
        self._outbound = Outbound(transport, self.topics, self.publisher, state_view, self.health.report, self._refused)

    def _keys(self) -> Mapping[str, bytes]:
        site = self.core.site
        return {id: found.key for known in (site.operators, site.controllers) for id, found in known.items()}

    def _touched(self, row: Sealed) -> Iterable[tuple[str, str]]:
        data = decode(row.body)["data"]
        if row.type == "SiteActivated" and data["previous"] != data["rules_hash"]:
            return (*everything(self.core.site, self.core.state), *self._gone)
        return touched(self.core.site, data)

    def _refused(self, topic: str, error: CommandError) -> None:
        self.core.say(PublishRefused(topic))

    def _add(self, link: Link, devices: Mapping[str, str] | None = None) -> None:
        self.dispatch.add(link, devices)

    # -- running ------------------------------------------------------------------------------------------------

    def _work(self) -> Iterable[tuple[str, Any]]:
        yield "core", self.core.run()
        for link in self.dispatch.links:
            yield f"link {link.id}", link.run()
        yield "outbound", keep_running("outbound", self._outbound.run, self._outbound_failed, longest=2.0)

    def _outbound_failed(self, error: DoorwardError) -> None:
        self.health.outbound_failures += 1

    def _progress(self) -> None:
        self._options.notifier.progress()
        if self.core.head >= self._snapshot_at:
            self._snapshot()

    def _snapshot(self) -> None:
        head = self.core.sealed
        self._snapshot_at = head.seq + self._options.snapshot_every
        save(self.journal, self.core.state, head.seq, head.hash)

    async def _say_goodbye(self) -> None:
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self.core.say(GatewayEnding())
        except TimeoutError:
            log.warning("the journal did not take the last events in time: they may be missing")


def _ignore(receipt: object) -> None:
    """Nobody waits for this receipt."""
