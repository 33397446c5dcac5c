"""Tells one story again: python -m tests.scenarios SEED --steps N [--about WORD] [--last N]."""

from __future__ import annotations

import argparse
import sys

from nf.journal import effect_to_json, event_to_json, words
from tests.scenarios.story import Story, StoryError
from tests.scenarios.world import World


def main() -> int:
    """Tell the story, and how it came to its end; returns 1 where that is a bad one."""
    parser = argparse.ArgumentParser(prog="python -m tests.scenarios", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--about", default="", help="show only lines with this word")
    parser.add_argument("--last", type=int, default=40, help="how many events to show")
    options = parser.parse_args()
    story = Story(options.seed)
    fault: StoryError | None = None
    try:
        story.tell(options.steps)
    except StoryError as failed:
        fault = failed
    for line in _lines(story.world, options.about)[-options.last :]:
        print(line)
    print(fault or f"story {options.seed} is well after {story.world.steps} steps")
    return 1 if fault else 0


def _lines(world: World, about: str) -> list[str]:
    lines = []
    for at_ms, name, event, effects in world.memory:
        told = [words("event", event_to_json(event))]
        told += [f"    {words('effect', effect_to_json(each))}" for each in effects]
        line = f"{at_ms / 1000:.3f} {name}: " + "\n".join(told)
        if about in line:
            lines.append(line)
    return lines


if __name__ == "__main__":
    sys.exit(main())
