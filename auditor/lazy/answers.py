"""Answers that are kept: what a function made of the very objects that it was given.

A proof puts one question many times, for each need and in each case, and most of what it reads of a document is the same each time. Values are
deep and their equality is costly, and does not look at places; so an argument is told by which object it is, never by what it equals.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def made_once(most: int) -> Callable[[Callable[Asked, Answer]], Callable[Asked, Answer]]:
    """Lets a function give the answer that it gave before when it is asked of the same objects.

    Args:
        most: how many answers are kept, the last ones.

    The function must depend on nothing but its arguments, and its arguments and answers must not change. What it raises is not kept.
    """

    def keeping(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
        kept: dict[tuple[object, ...], tuple[object, Answer]] = {}

        @functools.wraps(function)
        def answer(*arguments: Asked.args, **named: Asked.kwargs) -> Answer:
            key: tuple[object, ...] = tuple(map(id, arguments))
            if named:
                key = (*key, *named, *map(id, named.values()))
            found = kept.get(key)
            if found is None:
                # With the arguments, so that no other object becomes one of their numbers.
                found = (arguments, named), function(*arguments, **named)
                while len(kept) >= most:
                    kept.pop(next(iter(kept)), None)
                kept[key] = found
            return found[1]

        return answer

    return keeping
