"""Runs tests in user-mode Linux: a kernel with ``ip6_tunnel``, as a process.

Its root is this system's root, read-only; what is written goes to memory and is gone afterwards.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.kernel.domain import ROOT

KERNEL: Final = "linux.uml"
_MODULES: Final = Path("/usr/lib/uml/modules")
_MEMORY: Final = "512M"
_EXIT_STATUS: Final = "exit-status:"

#: Only /run becomes memory, since this checkout may be anywhere, /tmp included.
#: modprobe looks for modules below DIRECTORY/lib/modules, where Debian's package has none.
_INIT: Final = """#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
export HOME=/run/tmp TMPDIR=/run/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/tmp /run/kernel/lib
ln -s {modules} /run/kernel/lib/modules
modprobe -d /run/kernel -a veth bridge ip6_tunnel
ip link set lo up
cd {root}
{python} -m pytest -p no:cacheprovider --color=no -q {arguments}
echo {exit_status} $?
poweroff -f
"""


def run_pytest(arguments: list[str], directory: Path, timeout_s: int) -> tuple[int, str]:
    """Run pytest in a kernel of its own; return its exit status (-1: none) and all it printed."""
    init = directory / "init"
    init.write_text(
        _INIT.format(
            modules=_MODULES,
            root=ROOT,
            python=sys.executable,
            arguments=shlex.join(arguments),
            exit_status=_EXIT_STATUS,
        )
    )
    init.chmod(0o755)
    output = _boot(init, timeout_s)
    statuses = [line for line in output.splitlines() if line.startswith(_EXIT_STATUS)]
    return (int(statuses[0].split()[1]) if statuses else -1), output


def _boot(init: Path, timeout_s: int) -> str:
    command = [KERNEL, f"mem={_MEMORY}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro"]
    command += [f"init={init}", "con=null", "con0=fd:0,fd:1", "ssl=null", "quiet"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        check=False,
    )
    return done.stdout.decode(errors="replace").replace("\r", "")
