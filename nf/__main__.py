"""The command ``pmip6``: reads the arguments and calls the part that is meant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nf.cli.client import ClientError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.function(options)
    except ClientError as fault:
        print(f"pmip6: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pmip6", description="Proxy Mobile IPv6 with network mobility, managed by NETCONF"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_drain(commands)
    _add_show(commands)
    _add_reregister(commands)
    _add_revoke(commands)
    _add_presence(commands)
    _add_demo(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="run the daemon; its roles come from its configuration")
    run.add_argument(
        "--data-directory",
        type=Path,
        default=Path("/var/lib/pmip6"),
        help="configuration, bindings and host key (default: %(default)s)",
    )
    run.add_argument(
        "--users",
        type=Path,
        default=Path("/etc/pmip6/users.toml"),
        help="who may log in over NETCONF (default: %(default)s)",
    )
    run.add_argument("--listen", default="", metavar="ADDRESS", help="default: all addresses")
    run.add_argument("--port", type=_port, default=830, help="NETCONF over SSH (default: 830)")
    run.add_argument(
        "--netconf-settings",
        type=Path,
        metavar="FILE",
        help="limits, TLS and call home of the NETCONF server, as docs/netconf-server.md says",
    )
    run.add_argument(
        "--writable-running", action="store_true", help="let clients edit running itself"
    )
    run.add_argument(
        "--record", type=Path, metavar="DIRECTORY", help="write events.jsonl and effects.jsonl"
    )
    run.add_argument("-v", "--verbose", action="store_true", help="tell every effect")
    run.set_defaults(function=_run)


def _add_drain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    drain = commands.add_parser(
        "drain", help="take everything of ours out of the kernel, where no daemon runs any more"
    )
    drain.set_defaults(function=_drain)


def _add_show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help="show operational state of a running daemon")
    show.add_argument("what", nargs="?", default="all", help="a table's name (default: all)")
    _add_target(show)
    show.add_argument("--json", action="store_true", help="for programs")
    show.set_defaults(function=_show)


def _add_reregister(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    reregister = commands.add_parser(
        "reregister", help="have a session of an LMA registered anew by its gateway"
    )
    reregister.add_argument("binding", type=int, help="the binding's id, as in show bindings")
    _add_target(reregister)
    reregister.set_defaults(function=_reregister)


def _add_revoke(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    revoke = commands.add_parser("revoke", help="have bindings ended on both sides")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "binding", type=int, nargs="?", help="at an LMA: the binding's id, as in show bindings"
    )
    which.add_argument("--node", metavar="ID", help="at an LMA: all bindings of a mobile node")
    which.add_argument("--realm", metavar="NAME", help="at an LMA: all bindings of a realm's nodes")
    which.add_argument("--gateway", metavar="ADDRESS", help="at an LMA: all bindings of a MAG")
    which.add_argument("--anchor", metavar="ADDRESS", help="at a MAG: all bindings with an LMA")
    revoke.add_argument(
        "--trigger", metavar="WORD", help="the reason told of a binding or node, as in YANG"
    )
    _add_target(revoke)
    revoke.set_defaults(function=_revoke)


def _add_presence(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    attach = commands.add_parser("attach", help="tell a gateway that a node has come to a link")
    attach.set_defaults(function=_attach)
    detach = commands.add_parser("detach", help="tell a gateway that a node has left a link")
    detach.set_defaults(function=_detach)
    for command in (attach, detach):
        command.add_argument("link", help="the gateway's interface")
        command.add_argument("address", help="the node's link-layer address there")
        _add_target(command)


def _add_target(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="::1", help="default: %(default)s")
    command.add_argument("--port", type=_port, default=830)
    command.add_argument("--user", default="admin")
    command.add_argument(
        "--password-file", type=Path, help="otherwise a key of this account is used"
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="run a whole mobility domain in network namespaces")
    demo.add_argument("--keep", action="store_true", help="leave the domain running")
    demo.add_argument("--remove", action="store_true", help="remove a domain left running")
    demo.set_defaults(function=_demo)


def _port(text: str) -> int:
    """Return the number of a TCP port; 0 takes any that is free."""
    number = int(text)
    if not 0 <= number <= 0xFFFF:
        raise argparse.ArgumentTypeError(f"there is no port {number}")
    return number


def _run(options: argparse.Namespace) -> int:
    from nf.cli.run import run

    return run(options)


def _drain(options: argparse.Namespace) -> int:
    from nf.cli.drain import drain

    return drain()


def _show(options: argparse.Namespace) -> int:
    from nf.cli.show import show

    return show(options)


def _reregister(options: argparse.Namespace) -> int:
    from nf.cli.reregister import reregister

    return reregister(options)


def _revoke(options: argparse.Namespace) -> int:
    from nf.cli.revoke import revoke

    return revoke(options)


def _attach(options: argparse.Namespace) -> int:
    from nf.cli.presence import tell

    return tell(options, is_there=True)


def _detach(options: argparse.Namespace) -> int:
    from nf.cli.presence import tell

    return tell(options, is_there=False)


def _demo(options: argparse.Namespace) -> int:
    from nf.cli.demo.demo import demo

    return demo(keep=options.keep, remove=options.remove)


if __name__ == "__main__":
    sys.exit(main())
