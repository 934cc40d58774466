"""Storybook, the small world that the starter model knows.

A `Scene` is drawn with a mask for each subject, told in several true captions, and edited with a known
answer: `render(edit(scene, change), size)` is the picture that a perfect edit would give.
"""

from resources.starter.world.changes import GLOBAL, Edit, edits, lesson, removal, twin
from resources.starter.world.render import render
from resources.starter.world.scene import (
    JUDGING_SEEDS,
    LOOKS,
    TRAINING_SEEDS,
    Change,
    Scene,
    Subject,
    edit,
    sample,
    unseen,
    unseen_subject,
)
from resources.starter.world.words import captions

__all__ = [
    "GLOBAL",
    "JUDGING_SEEDS",
    "LOOKS",
    "TRAINING_SEEDS",
    "Change",
    "Edit",
    "Scene",
    "Subject",
    "captions",
    "edit",
    "edits",
    "lesson",
    "removal",
    "render",
    "sample",
    "twin",
    "unseen",
    "unseen_subject",
]
