"""`label`: what people write on a batch."""

import argparse

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.errors import UsageError


def label(context: Context, args: argparse.Namespace) -> int:
    """Give a batch a label, a note or tags. The provider hears nothing of it."""
    if args.text is None and args.note is None and args.tag is None:
        raise UsageError("there is nothing to write", hint="give a TEXT, --note or --tag")
    return run_async(_label(context, args))


async def _label(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        ref = (await find(context, service, args.id)).ref
        if args.tag is not None:  # First: a wrong one leaves everything as it was.
            service.labels.set_tags(ref, [tag for tag in args.tag if tag])
        if args.text is not None:
            service.labels.set_label(ref, args.text)
        if args.note is not None:
            service.labels.set_note(ref, args.note)
    return exits.OK
