"""Deploy units and their wiring: the stacks of one environment and the pipeline that carries them."""
