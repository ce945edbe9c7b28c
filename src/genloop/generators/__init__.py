"""PART 2: the families of generative models, one folder each; found by entry point, independent of one another."""
