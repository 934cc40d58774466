"""Devices, precision, and what is done when memory is short."""
