"""One recipe over many pictures: gathered, worked on by processes or a Ray cluster, written down as done."""
