"""Icons, themes, sample pictures and the starter model: what ships beside the code."""

from importlib.resources import files
from pathlib import Path

STARTER = "starter"  # what a request calls the model that ships; others are folders, files or hub names


def starter_folder() -> Path:
    """The diffusers folder of the starter model."""
    return Path(str(files("resources.starter"))) / "model"


def models_folder() -> Path:
    """Configurations of the model families, and CLIP's vocabulary."""
    return Path(str(files("resources"))) / "models"


def samples_folder() -> Path:
    """The sample pictures: Storybook scenes that training never saw."""
    return Path(str(files("resources"))) / "samples"


def icon_file() -> Path:
    """The program's icon, PNG, 256 pixels."""
    return Path(str(files("resources"))) / "icons" / "palimpsest.png"
