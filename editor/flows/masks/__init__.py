"""The Mask menu."""
