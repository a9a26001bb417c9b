"""Terminals with few characters: what stands for the glyphs there. Pure."""

GLYPHS = str.maketrans(
    {
        "○": "o", "▸": ">", "◌": "~", "■": "#", "□": "-", "◷": "%", "✓": "+", "✗": "x", "·": "-",
        "●": "*", "█": "#", "▌": "|", "░": ".", "…": "~", "≤": "<", "▓": "=", "▒": "-", "—": "-",
        "–": "-", "▴": "^", "▾": "v", "▲": "^", "▼": "v", "▶": ">", "◀": "<", "→": ">", "←": "<",
        "↑": "^", "↓": "v", "↵": "<", "‼": "!", "•": "*", "◆": "#", "◇": ":", "∅": "/", "≠": "=",
    }
)  # fmt: skip
"""The glyphs of the program itself, one cell each, by what stands for them in ASCII."""


def can_encode(encoding: str | None) -> bool:
    """Whether a stream of that encoding can carry every character."""
    return (encoding or "").lower().startswith("utf")
