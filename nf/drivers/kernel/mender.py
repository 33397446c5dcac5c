"""Makes the kernel agree with the ledger while the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain

from nf.drivers.kernel.ledger import Ledger
from nf.drivers.kernel.mending import Steps, clean_up, reconcile, restore
from nf.drivers.kernel.netlink import KernelError


class Mender:
    """Does one thing at a time, a step in each turn of the loop; what begins anew ends the last.

    What is let in (``admit``: whether also to remove) comes first. Each refusal is reported.
    """

    def __init__(
        self,
        ledger: Ledger,
        admit: Callable[[bool], Steps],
        report: Callable[[KernelError], None],
    ) -> None:
        self._ledger = ledger
        self._admit = admit
        self._report = report
        self._steps: Steps = iter(())
        #: Whether what is under way also removes.
        self._is_removing = False
        self._turn: asyncio.Handle | None = None

    def reconcile_now(self) -> None:
        """Have in the kernel what is wanted and nothing else of ours, before anything goes on."""
        self.stop()
        for refusals in chain(self._admit(True), reconcile(self._ledger)):
            for refusal in refusals:
                self._report(refusal)

    def clean_up(self) -> None:
        """Begin to remove what a former run left."""
        self._begin(clean_up(self._ledger), is_removing=True)

    def restore(self) -> None:
        """Begin to put back whatever is missing."""
        is_removing = self._is_removing
        self._ledger.doubt()
        steps = reconcile(self._ledger) if is_removing else restore(self._ledger)
        self._begin(steps, is_removing=is_removing)

    def stop(self) -> None:
        """Leave the kernel as it is."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._steps, self._is_removing = iter(()), False

    def _begin(self, steps: Steps, *, is_removing: bool) -> None:
        self.stop()
        self._steps = chain(self._admit(is_removing), steps)
        self._is_removing = is_removing
        self._turn = asyncio.get_running_loop().call_soon(self._step)

    def _step(self) -> None:
        try:
            refusals = next(self._steps)
        except StopIteration:
            self.stop()
            return
        except KernelError as fault:
            self.stop()
            self._report(fault)
            return
        self._turn = asyncio.get_running_loop().call_soon(self._step)
        for refusal in refusals:
            self._report(refusal)
