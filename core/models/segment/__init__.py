"""SAM 2.1: what a click or a box on a picture takes."""
