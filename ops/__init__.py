"""The operator's and the pipeline's commands, run as `python -m ops.<command>`."""
