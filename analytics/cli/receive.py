"""The command that takes in what tills push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..settings import SettingsError, load
from ..settings.live import reveal
from .opening import UsageError, opened

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from .parents import Parents, Parsers


def receive(options: argparse.Namespace, console: Console) -> int:
    """Takes in batches on 127.0.0.1 until stopped; the next import puts them into tables."""
    from ..receiving import Guard, Inbox, make_app, serve

    settings = load(options.config)
    push = settings.push
    if push.token is None:
        raise SettingsError([f"{settings.file}: push.token: must be given, such as 'env:FOOTFALL_PUSH_TOKEN'"])
    try:
        guard = Guard(reveal(push.token, settings.file.parent))
    except ValueError as error:
        raise SettingsError([f"{settings.file}: push.token: {error}"]) from error
    with opened(settings) as context:
        shop = context.plan.imports.shop(context.time, context.facts.store.currency)
    most_bytes = int(push.most_mb * 1_000_000)
    app = make_app(Inbox(settings.resolve(settings.landing.folder), shop), guard, most_bytes)
    try:
        serve(app, push.port, most_bytes, lambda address: console.print(f"taking in sales at {address}"))
    except OSError as error:
        raise UsageError(f"port {push.port} of 127.0.0.1 cannot be opened: {error.strerror}") from error
    console.print("stopped")
    return 0


def add_commands(commands: Parsers, parents: Parents) -> None:
    """Adds the command of this module to the command line."""
    one = commands.add_parser(
        "receive", parents=[parents.config], help="take in sales that tills push, on this machine"
    )
    one.set_defaults(command=receive)
