"""The whole templates, so that no change of them passes unseen."""
