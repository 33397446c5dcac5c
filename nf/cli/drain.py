"""``pmip6 drain``: takes everything of ours out of the kernel, when no daemon will come back.

A daemon that ends, however it does, leaves its tunnels and routes in the kernel, so that traffic
flows until the next one starts. This is for when there will be none.
"""

from __future__ import annotations

import errno

from nf.cli.claim import NETWORK_NAMESPACE, claimed
from nf.cli.client import ClientError
from nf.drivers.kernel.driver import KernelDriver
from nf.engine.events import Event, KernelFailed


def drain() -> int:
    """Remove devices, routes, rules and filters of ours; raises ClientError."""
    refusal = "a daemon runs in this network namespace: stop it first"
    try:
        with claimed(NETWORK_NAMESPACE, refusal):
            faults = _drain()
    except OSError as fault:
        raise ClientError(_words(fault, refusal)) from fault
    if faults:
        raise ClientError("; ".join(faults))
    print("nothing of ours is left in the kernel; bindings are as they were")
    return 0


def _drain() -> list[str]:
    """Remove what there is and return what the kernel refused, in words."""
    posted: list[Event] = []
    kernel = KernelDriver(posted.append)
    try:
        kernel.drain()
    finally:
        kernel.close()
    return [event.detail for event in posted if isinstance(event, KernelFailed)]


def _words(fault: OSError, refusal: str) -> str:
    return refusal if fault.errno == errno.EBUSY else str(fault)
