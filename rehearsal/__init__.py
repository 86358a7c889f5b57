"""AWS played locally: what moto stores and does not move, moved by a clock that is turned."""
