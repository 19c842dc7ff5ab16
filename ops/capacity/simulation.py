"""A load on the whole pipeline: the gateway, and the three functions behind it."""

import random
from collections.abc import Generator, Mapping
from dataclasses import dataclass

import simpy

from ops.capacity.functions import Backlog, Function, Settings
from ops.capacity.gateway import Gateway, Load, UsagePlan
from ops.measured import Measured


@dataclass(frozen=True)
class Outcome:
    """What became of a load; times in seconds."""

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
    """From the last acceptance until the last event was done."""
    packet: int
    """How many transactions were simulated as one; times are exact to what these take."""


def stages_of(
    measured: Measured, *, concurrency: int, retries: int = 0, failure_rate: float = 0.0
) -> dict[str, Settings]:
    """Make the stages of what was measured; the validator has no retries, and never fails here."""
    return {
        name: Settings(
            duration=float(duration.warm) / 1_000,
            init=float(duration.init) / 1_000,
            concurrency=concurrency,
            retries=retries,
            failure_rate=failure_rate if name != "validator" else 0.0,
        )
        for name, duration in measured.ours.items()
    }


def simulate(
    load: Load, plan: UsagePlan, stages: Mapping[str, Settings], *, seed: int = 0
) -> Outcome:
    """Run the load through validator, processor and notifier until all is done."""
    env = simpy.Environment()
    gateway, backlog = Gateway(plan, load), Backlog()
    chance = random.Random(seed)  # noqa: S311 - the same chances in each run

    def nothing(_count: int) -> None:
        """End here."""

    def function(name: str, *then: Function) -> Function:
        success = then[0].invoke if then else nothing
        failure = then[-1].invoke if then else nothing
        return Function(env, stages[name], gateway.packet, backlog, chance, success, failure)

    notifier = function("notifier")
    processor = function("processor", notifier)
    validator = function("validator", processor, notifier)
    env.process(_clients(env, gateway, validator))
    env.run()
    functions = (validator, processor, notifier)
    return Outcome(
        offered=gateway.accepted + gateway.throttled + gateway.over_quota,
        accepted=gateway.accepted,
        throttled=gateway.throttled,
        over_quota=gateway.over_quota,
        notified=notifier.done,
        dead_lettered=sum(one.dead_lettered for one in functions),
        expired=sum(one.expired for one in functions),
        backlog_peak=backlog.peak,
        oldest_event=max(one.oldest for one in functions),
        drain=env.now - gateway.last_accepted,
        packet=gateway.packet,
    )


def _clients(
    env: simpy.Environment, gateway: Gateway, validator: Function
) -> Generator[simpy.Event]:
    for time, count in gateway.accepted_at():
        if time > env.now:
            yield env.timeout(time - env.now)
        validator.invoke(count)
