"""Reads what synth wrote (the cloud assembly): the summary, the pictures, the acknowledgements."""
