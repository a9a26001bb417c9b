"""A question on the terminal, and its answer."""

from batchtui.cli.context import Context
from batchtui.cli.running import read_line


async def ask(context: Context, question: str) -> str:
    """The line that is typed for an answer, without blanks around it. For interactive contexts."""
    assert context.stdin is not None, "only an interactive context asks"
    context.diagnostics.question(question)
    return (await read_line(context.stdin)).strip()
