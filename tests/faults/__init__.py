"""Faults injected into the outbox: nothing lost, nothing sent twice, nothing sent unasked."""
