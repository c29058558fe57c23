"""What several rules ask about a verdict: what comes nearest to a grant that is missing, what is wrong with it, and what would be one."""
