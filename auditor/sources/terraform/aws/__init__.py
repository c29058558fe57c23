"""What the AWS provider makes of resources: computed attributes, declarations, policy documents, described modules."""
