"""What is completed when it is first used, for a run uses a part of what it imports."""
