"""A push button of a dialog in which Enter means something else."""

from PySide6.QtWidgets import QPushButton


def push_button(text: str, tip: str) -> QPushButton:
    """Pressed by mouse, Space or its own key; never by Enter in a field."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
