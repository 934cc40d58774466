"""The pictures that came with the program, and words for an edit of each that the starter model can draw."""

from pathlib import Path

from resources import samples_folder

EXAMPLE = "horse-on-a-meadow.png"  # that of the examples in the prompt fields
WORDS = {  # what is there, and what it should be: in the starter's own language, which no translation knows
    "basket-of-apples.png": ("a basket of apples", "a basket of lemons"),
    "bowl-of-fruit-on-a-table.jpg": ("a bowl of fruit", "a basket of fruit"),
    "red-car-on-a-road.jpg": ("a red car", "a blue car"),
    "cat-in-the-snow.jpg": ("an orange cat", "a grey cat"),
    "horse-at-sunset.jpg": ("a horse", "a zebra"),
    "horse-beside-a-tree.png": ("a horse", "a zebra"),
    EXAMPLE: ("a horse", "a zebra"),
    "summer-tree-on-a-meadow.png": ("a summer tree", "an autumn tree"),
}


def samples() -> list[Path]:
    """The sample pictures, by name."""
    folder = samples_folder()
    return (
        sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))
        if folder.is_dir()
        else []
    )
