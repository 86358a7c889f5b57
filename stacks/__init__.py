"""Deploy units and their wiring: the stacks of an environment, the pipeline that carries them."""
