"""What several tests share: one synth a session, readers of templates, masking, rendering."""
