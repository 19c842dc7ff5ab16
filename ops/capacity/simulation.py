"""The simulation of a load on the whole pipeline."""

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import simpy

from ops import stage_durations as durations
from ops.capacity.function_sim import Backlog, FunctionSimulator, StageConfig
from ops.capacity.gateway import Gateway, OfferedLoad
from ops.stage_durations import StageDurations
from template.backlog import UsagePlan
from template.capacity_check import executions
from template.settings import Settings as TemplateSettings

DEFAULTS = TemplateSettings()


@dataclass(frozen=True)
class SimulationResult:
    """The result of a simulation; times are in seconds."""

    offered: int
    accepted: int
    throttled: int
    over_quota: int
    notified: int
    dead_lettered: int
    expired: int
    backlog_peak: int
    oldest_event: float
    drain: float
    """Seconds from the last acceptance to the end of the last event."""
    packet: int
    """Transactions simulated as one event; times are accurate to the duration of one event."""


def stages_of(
    measured: StageDurations,
    *,
    concurrency: int | None = None,
    retries: int | None = None,
    failure_rate: float = 0.0,
) -> dict[str, StageConfig]:
    """Return the default template's stages with the measured durations.

    By default, each stage keeps its concurrency and retry attempts. The first stage never fails:
    a rejection is a client error.
    """
    deployed = durations.stages()
    default_concurrency = executions(DEFAULTS, deployed)
    return {
        stage.name: StageConfig(
            duration=float(measured.ours[stage.name].warm) / 1_000,
            init=float(measured.ours[stage.name].init) / 1_000,
            concurrency=concurrency or default_concurrency[stage.name],
            retries=stage.settings.retries if retries is None else retries,
            failure_rate=failure_rate if stage is not deployed[0] else 0.0,
        )
        for stage in deployed
    }


def simulate(
    load: OfferedLoad, plan: UsagePlan, stages: Mapping[str, StageConfig], *, seed: int = 0
) -> SimulationResult:
    """Simulate the load until the last event is done; failures go to the last stage."""
    env = simpy.Environment()
    gateway, backlog = Gateway(plan, load), Backlog()
    chance = random.Random(seed)
    functions = [
        FunctionSimulator(env, settings, gateway.packet, backlog, chance)
        for settings in stages.values()
    ]
    for function, following in pairwise(functions):
        function.on_success, function.on_failure = following.invoke, functions[-1].invoke
    env.process(_clients(env, gateway, functions[0]))
    env.run()
    return SimulationResult(
        offered=gateway.accepted + gateway.throttled + gateway.over_quota,
        accepted=gateway.accepted,
        throttled=gateway.throttled,
        over_quota=gateway.over_quota,
        notified=functions[-1].done,
        dead_lettered=sum(one.dead_lettered for one in functions),
        expired=sum(one.expired for one in functions),
        backlog_peak=backlog.peak,
        oldest_event=max(one.oldest for one in functions),
        drain=env.now - gateway.last_accepted,
        packet=gateway.packet,
    )


def _clients(
    env: simpy.Environment, gateway: Gateway, first: FunctionSimulator
) -> Generator[simpy.Event]:
    for time, count in gateway.accepted_at():
        if time > env.now:
            yield env.timeout(time - env.now)
        first.invoke(count)
