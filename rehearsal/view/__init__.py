"""What a person sees while a rehearsal runs: a live view, plain lines, or JSON for scripts."""
