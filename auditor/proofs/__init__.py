"""What the proofs of needs share: who asks, what is attached in a case, how cases make one outcome."""
