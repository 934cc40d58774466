"""Projects as OpenRaster files: written, opened, and what other programs changed in them read back."""
