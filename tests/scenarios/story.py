"""A story told from its seed: trouble, then rest, then trouble again; checked at every step."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from tests.scenarios import healing, mishaps, operators, travels
from tests.scenarios.anchor_rules import check_anchor
from tests.scenarios.domain_rules import check_owners, check_rest, check_stale_service
from tests.scenarios.exchange_rules import check_anchor_exchanges, check_gateway_exchanges
from tests.scenarios.gateway_rules import check_gateway
from tests.scenarios.host import Host
from tests.scenarios.memory_rules import check_memory
from tests.scenarios.network import LATEST_MS
from tests.scenarios.plan import ANCHOR_HOSTS, GATEWAY_HOSTS, draw_plan
from tests.scenarios.world import World

#: What somebody may do, and how often against the rest.
DEEDS: Final[dict[Callable[[World], None], int]] = {
    travels.move: 12,
    travels.leave: 5,
    travels.flap: 3,
    travels.show: 12,
    travels.ask_dhcp: 12,
    travels.lose_link: 1,
    travels.intrude: 1,
    operators.change_node: 2,
    operators.change_profile: 1,
    operators.change_domain: 1,
    operators.change_anchor: 1,
    operators.change_gateway: 1,
    operators.clear_binding: 1,
    operators.reregister: 1,
    operators.force_reregistration: 1,
    operators.revoke: 2,
    mishaps.kill: 1,
    mishaps.trouble_network: 2,
    mishaps.cut_line: 1,
    mishaps.set_clock: 1,
    mishaps.refuse_in_kernel: 1,
    mishaps.send_garbage: 1,
    mishaps.forge: 3,
}
#: Steps of trouble before everything is set right.
TROUBLE: Final = 2_500
#: Steps between two looks at all that is remembered, which costs more than the other checks.
BETWEEN_LOOKS: Final = 500
#: Somebody waits so long at most before doing something.
LONGEST_PAUSE_MS: Final = 1_500
#: The last that the trouble has put on the agenda has happened by then.
AFTERMATH_MS: Final = 70_000


class StoryError(AssertionError):
    """A story came to a bad end; tells its seed and how to hear it again."""


class Story:
    """The one story that a seed leads to."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = Random(seed)
        plan = draw_plan(self._random)
        self.world = World(plan, self._random)
        self._next_look = 0
        #: What was looked at last.
        self._at = "the domain"

    def tell(self, steps: int) -> None:
        """Go on until so many events were handled; raises StoryError where a rule is broken.

        Whole rounds of trouble and rest are told: the last one may exceed the number a little.
        """
        try:
            while self.world.steps < steps:
                self._trouble(min(steps, self.world.steps + TROUBLE))
                self._rest()
        except Exception as fault:
            raise StoryError(
                f"{self._at}: {fault!r}\n"
                f"in story {self.seed} at step {self.world.steps}, to be heard by\n"
                f"    python -m tests.scenarios {self.seed} --steps {steps}"
            ) from fault

    def _trouble(self, until_step: int) -> None:
        world, percent = self.world, self._random.randrange
        deeds, weights = list(DEEDS), list(DEEDS.values())
        while world.steps < until_step:
            if percent(100) < world.plan.activity:
                world.now_ms += percent(min(world.gap_ms, LONGEST_PAUSE_MS) + 1)
                self._random.choices(deeds, weights)[0](world)
            else:
                world.go_on()
            self._check()

    def _rest(self) -> None:
        """Set everything right and leave it alone; then all must be as it should be."""
        healing.heal(self.world)
        self._wait(AFTERMATH_MS)
        healing.settle_places(self.world)
        healing.heal(self.world)
        self._wait(LATEST_MS)
        healing.pardon(self.world)
        self._wait(healing.rest_of_ms(self.world))
        while healing.is_anybody_waiting(self.world) or self._is_anything_left():
            self.world.go_on()
            self._check()
        check_rest(self.world)

    def _wait(self, after_ms: int) -> None:
        """Let time pass in which nodes show themselves; the last of their wishes are answered."""
        world = self.world
        end_ms = world.now_ms + after_ms
        next_signs_ms = world.now_ms
        while world.now_ms < end_ms or self._is_anything_left():
            if next_signs_ms <= world.now_ms < end_ms - healing.SIGN_EVERY_MS:
                healing.show_and_lose(world)
                next_signs_ms = world.now_ms + healing.SIGN_EVERY_MS
            else:
                world.go_on()
            self._check()

    def _is_anything_left(self) -> bool:
        """Tell whether a host has not done yet what its engine wanted."""
        return any(host.outbox for host in self.world.hosts.values())

    def _check(self) -> None:
        """Look at what has changed."""
        world = self.world
        if not world.touched:
            return
        for name in world.touched:
            self._at = name
            check_host(world.hosts[name])
        self._at = "the domain"
        if not world.touched.keys().isdisjoint(ANCHOR_HOSTS):
            check_owners(world)
        check_stale_service(world)
        world.touched.clear()
        if world.steps >= self._next_look:
            self._next_look = world.steps + BETWEEN_LOOKS
            for host in world.hosts.values():
                check_memory(host)


def check_host(host: Host) -> None:
    """Check the roles of one host by themselves."""
    if host.is_up and host.name in ANCHOR_HOSTS:
        check_anchor(host)
        check_anchor_exchanges(host)
    if host.is_up and host.name in GATEWAY_HOSTS:
        check_gateway(host)
        check_gateway_exchanges(host)
