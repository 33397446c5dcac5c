"""FreeRADIUS's radclient as a network access server that accounts for its stations."""

from __future__ import annotations

import subprocess

from nf.cli.demo.namespaces import Namespace

#: How long a message waits for its answer, and how often it is sent: by a server that expects
#: one, however busy the machine is, and by one that expects none.
PATIENT = ("-t", "2", "-r", "5")
BRIEF = ("-t", "0.3", "-r", "1")


def account(
    host: Namespace, server: str, secret: str, *attributes: str, waiting: tuple[str, ...] = PATIENT
) -> bool:
    """Send an accounting message, and tell whether an authentic answer came."""
    command = ("radclient", "-x", *waiting, server, "acct", secret)
    done = subprocess.run(
        [*host.prefix, *command],
        input=", ".join(attributes),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode == 0 and "Received Accounting-Response" in done.stdout


def about(status: str, station: str, session: str = "s1") -> tuple[str, ...]:
    """Return what such a message has to say of a station."""
    return (
        f"Acct-Status-Type = {status}",
        f'Calling-Station-Id = "{station}"',
        f'Acct-Session-Id = "{session}"',
        'User-Name = "bus-7@operator.example"',
    )
