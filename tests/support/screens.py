"""What is seen of the app."""

from batchtui.tui.app import BatchtuiApp
from batchtui.tui.widgets.bar import Bar


def page(app: BatchtuiApp) -> str:
    """The whole screen as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def said(app: BatchtuiApp) -> str:
    """The message line of the screen."""
    return app.screen.query_one("#message", Bar).text
