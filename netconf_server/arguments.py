"""The command line of the server that stands alone; what cannot be right ends with one line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

#: What libyang takes for every feature of a module.
_ALL_FEATURES = ("*",)

_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line asks for; ``modules`` are those to implement with their features."""

    yang_directories: tuple[Path, ...]
    modules: dict[str, tuple[str, ...]]
    host: str
    port: int
    host_key: Path | None
    user: str
    password: str | None
    authorized_keys: tuple[str, ...]
    data_directory: Path | None
    is_running_writable: bool
    factory_default: Path | None
    settings_file: Path | None


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def read_arguments(arguments: Sequence[str] | None) -> Arguments:
    """Read the command line; ends the program with status 2 where it is wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.password is None and not options.authorized_keys:
        parser.error("--user needs --password-file or --authorized-keys, or both")
    return Arguments(
        yang_directories=tuple(options.yang),
        modules=_modules(options.module, options.feature),
        host=options.host,
        port=options.port,
        host_key=options.host_key,
        user=options.user,
        password=options.password,
        authorized_keys=options.authorized_keys,
        data_directory=options.data_dir,
        is_running_writable=options.writable_running,
        factory_default=options.factory_default,
        settings_file=options.settings,
    )


def _parser() -> _Parser:
    parser = _Parser(
        prog="netconf_server",
        description="Serve any YANG modules over NETCONF; what is configured is only stored.",
    )
    _add_what_is_served(parser)
    _add_where_and_to_whom(parser)
    return parser


def _add_what_is_served(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--yang",
        metavar="DIR",
        type=_directory,
        action="append",
        default=[],
        help="a folder with YANG modules; those of the IETF are known already",
    )
    add(
        "--module",
        metavar="NAME",
        action="append",
        required=True,
        help="a module to implement, with all its features",
    )
    add(
        "--feature",
        metavar="MODULE:FEATURE",
        type=_feature,
        action="append",
        default=[],
        help="of MODULE, only the features that are named so; MODULE: for none of them",
    )
    add("--data-dir", metavar="DIR", type=Path, help="where to keep data; without it nothing stays")
    add("--writable-running", action="store_true", help="let clients edit running itself")
    add("--factory-default", metavar="FILE", type=_file, help="what to begin with, and to reset to")


def _add_where_and_to_whom(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", metavar="ADDRESS", default="127.0.0.1", help="'' for all; default %(default)s")
    add("--port", metavar="N", type=_port, default=830, help="0 for a free one; default 830")
    add("--host-key", metavar="FILE", type=Path, help="private key of the server, made if absent")
    add("--user", metavar="NAME", required=True, help="who may log in and do everything")
    add("--password-file", metavar="FILE", type=_first_line, dest="password")
    add("--authorized-keys", metavar="FILE", type=_public_keys, default=())
    add("--settings", metavar="FILE", type=Path, help="TOML with limits, TLS and call home")


def _modules(
    names: Sequence[str], features: Sequence[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    chosen = {module for module, _ in features}
    return {
        name: tuple(feature for module, feature in features if module == name and feature)
        if name in chosen
        else _ALL_FEATURES
        for name in names
    }


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return path


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is not a file")
    return path


def _feature(text: str) -> tuple[str, str]:
    module, colon, feature = text.partition(":")
    if not module or not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form MODULE:FEATURE")
    return module, feature


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port")
    return int(text)


def _first_line(text: str) -> str:
    lines = _read(text).splitlines()
    if not lines or not lines[0]:
        raise argparse.ArgumentTypeError(f"the first line of {text} is empty")
    return lines[0]


def _public_keys(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in _read(text).splitlines())
    keys = tuple(line for line in lines if line and not line.startswith("#"))
    if not keys:
        raise argparse.ArgumentTypeError(f"{text} has no key")
    return keys


def _read(text: str) -> str:
    try:
        return Path(text).read_text(encoding="utf-8")
    except OSError as fault:
        raise argparse.ArgumentTypeError(f"{text}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise argparse.ArgumentTypeError(f"{text} is not a text: {fault.reason}") from fault
