"""The canvas: the picture, the mask over it, and the tools that change the mask."""
