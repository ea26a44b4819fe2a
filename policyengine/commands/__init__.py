"""The command line: one file a verb; argument parsing and exit codes, nothing else."""
