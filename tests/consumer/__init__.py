"""What a consumer may do, asked through the command line."""
