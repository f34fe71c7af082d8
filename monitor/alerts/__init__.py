"""What to tell whom: policy, message, outbox, channels."""
