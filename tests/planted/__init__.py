"""Each gate refuses a violation that was planted for it."""
