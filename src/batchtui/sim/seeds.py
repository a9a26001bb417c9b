"""Seeded choices: the same seed and the same names give the same world, on every machine."""

from hashlib import blake2b
from math import gcd
from random import Random
from typing import Final

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def number(*parts: object) -> int:
    """A 64-bit number that depends on all parts and nothing else."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def rng(*parts: object) -> Random:
    """A generator of its own for whatever the parts name."""
    return Random(number(*parts))


def token(chance: Random, length: int = 24) -> str:
    """A base62 token, as the ids on the wire end in."""
    return "".join(chance.choices(_BASE62, k=length))


class Shuffle:
    """A permutation of `range(size)` that takes no memory: `i -> (a*i + b) mod size`.

    `place_of(order[i]) == i` for every i, so that a batch of 100,000 rows needs no list of them.
    """

    __slots__ = ("_back", "_size", "_start", "_step")

    def __init__(self, size: int, key: int) -> None:
        step = int(size * 0.618) + key % 1009
        while gcd(step, size) != 1:
            step += 1
        self._size = size
        self._step = step % size or 1
        self._back = pow(self._step, -1, size) if size > 1 else 0
        self._start = key % size

    def __getitem__(self, place: int) -> int:
        return (self._step * place + self._start) % self._size

    def place_of(self, value: int) -> int:
        """The place that holds a value: the inverse of indexing."""
        return (value - self._start) * self._back % self._size
