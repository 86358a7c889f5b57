"""Whole releases: the synthesized templates, the real functions, and the models of AWS."""
