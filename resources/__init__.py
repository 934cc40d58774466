"""Icons, themes, sample pictures and the starter model: what ships beside the code."""

from pathlib import Path

_HERE = Path(__file__).parent
STARTER = "starter"  # what a request calls the model that ships; others are folders, files or hub names


def starter_folder() -> Path:
    """The diffusers folder of the starter model."""
    return _HERE / "starter" / "model"


def models_folder() -> Path:
    """Configurations of the model families, and CLIP's vocabulary."""
    return _HERE / "models"


def samples_folder() -> Path:
    """The sample pictures: Storybook scenes that training never saw."""
    return _HERE / "samples"


def icon_file() -> Path:
    """The program's icon, PNG, 256 pixels."""
    return _HERE / "icons" / "palimpsest.png"
